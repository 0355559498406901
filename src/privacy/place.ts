import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

export const CONSENT_FILE = 'consent.json'

/** Where consent is kept, unless told otherwise. */
export function consentDirectory(): string {
  const config = process.env['XDG_CONFIG_HOME'] ?? ''
  return join(isAbsolute(config) ? config : join(homedir(), '.config'), 'weir')
}
