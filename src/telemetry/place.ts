import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { cannotWrite } from '../files/durable.js'

/** Of what telemetry keeps on the device: for its owner alone. */
export const PRIVATE = 0o600

/**
 * Where Weir keeps what it has to say until it is sent, unless told otherwise (XDG Base Directory: state). `home` is that of
 * whom this process will become.
 */
export function stateDirectory(home?: string): string {
  const state = process.env['XDG_STATE_HOME'] ?? ''
  const isOwn = home === undefined && isAbsolute(state)
  return join(isOwn ? state : join(home ?? homedir(), '.local', 'state'), 'weir')
}

/** Throws WEIR_CANNOT_WRITE. */
export async function makePrivate(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw cannotWrite(directory, cause)
  }
}
