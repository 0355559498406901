import { WeirError } from '../errors.js'
import { readCapture } from './capture.js'

/**
 * Captures in the order of their first packets' times, as a ring of capture files has to be read,
 * whatever the files are called. Equal times keep the order given; captures without a packet that
 * can be read come last, so that their error is told when they are read. Standard input can be
 * read once only, and so must be alone.
 */
export async function inTimeOrder(paths: readonly string[]): Promise<string[]> {
  if (paths.length < 2) return [...paths]
  if (paths.includes('-')) {
    throw new WeirError('WEIR_BAD_ARGUMENT', 'standard input cannot be put in order with others')
  }
  const begun: { path: string; time: number }[] = []
  for (const path of paths) begun.push({ path, time: await firstTime(path) })
  return begun.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).map((c) => c.path)
}

/** Microseconds; Infinity when there is no packet. */
async function firstTime(path: string): Promise<number> {
  try {
    using capture = readCapture(path)
    for await (const batch of capture) return batch.times[0]!
  } catch (error) {
    if (!(error instanceof WeirError)) throw error
  }
  return Infinity
}
