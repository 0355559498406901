import type { NameTable } from './nametable.js'
import { seen } from './seen.js'

/**
 * Touches the texts of the names from `from` to `to`, by their places in `names` where it is given: they lie
 * anywhere in the pool, and so the processor waits for all of them at once instead of one after the other.
 */
export function fetchNames(
  pool: Uint8Array,
  table: NameTable,
  names: Uint32Array | undefined,
  from: number,
  to: number,
): void {
  let sum = 0
  for (let i = from; i < to; i++) {
    sum += pool[table.at(names === undefined ? i : names[i]!)]!
  }
  seen.sum = sum
}
