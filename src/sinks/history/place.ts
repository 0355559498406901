import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where the local store of who has this home lies unless told otherwise (XDG Base Directory: state). */
export function historyPath(home = homedir()): string {
  const state = process.env['XDG_STATE_HOME'] ?? ''
  const base = isAbsolute(state) ? state : join(home, '.local', 'state')
  return join(base, 'weir', 'history.db')
}
