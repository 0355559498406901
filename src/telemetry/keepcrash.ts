import { ConsentStore } from '../privacy/store.js'
import { crashReport } from './crash.js'
import { Outbox } from './outbox.js'

/** Writes a crash down, on the device. Never throws: it is called when something has failed already. */
export async function keepCrash(thrown: unknown): Promise<void> {
  try {
    await new Outbox().keep(crashReport(thrown), await ConsentStore.open())
  } catch {
    // A disk that fails, or a consent file that does: what failed first is what people are to see.
  }
}
