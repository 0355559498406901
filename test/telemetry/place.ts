import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A device of its own for a test: its state, and its consent. */
export class Place implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'weir-telemetry-'))
  readonly state = join(this.path, 'state', 'weir')
  readonly config = join(this.path, 'config', 'weir')
  /** For commands. */
  readonly env = {
    XDG_STATE_HOME: join(this.path, 'state'),
    XDG_CONFIG_HOME: join(this.path, 'config'),
  }

  join(...names: string[]): string {
    return join(this.path, ...names)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
