import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { type Gate, makeGate } from './gate.js'
import { STRICT } from './gates.js'

export const CONSENT_FILE = 'consent.json'

/** Where consent is kept, unless told otherwise. */
export function consentDirectory(): string {
  const config = process.env['XDG_CONFIG_HOME'] ?? ''
  return join(isAbsolute(config) ? config : join(homedir(), '.config'), 'weir')
}

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
