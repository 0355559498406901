import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Gate, makeGate } from './gate.js'
import { STRICT } from './gates.js'
import { CONSENT_FILE, consentDirectory } from './place.js'

/**
 * The gate to the device by the consent that is in force there; quick where nobody set any. Throws WEIR_BAD_CONSENT,
 * WEIR_CANNOT_READ: what cannot be told to be allowed is not.
 */
export async function deviceGate(directory = consentDirectory()): Promise<Gate<'device'>> {
  if (!existsSync(join(directory, CONSENT_FILE))) {
    const nothingSet = { revision: 0, values: STRICT }
    return makeGate(nothingSet, { destination: 'device', key: new Uint8Array(0) })
  }
  const { ConsentStore } = await import('./store.js')
  return (await ConsentStore.open(directory)).gate('device')
}
