import { type LineReader, listKind, type Reading } from './reading.js'
import { PROBLEM } from '../rules.js'

const COMMENTS = [0x23, 0x3b] // '#', ';'

/** One address or network a line; feeds put counts and dates into further columns. */
export function cidrReader(reading: Reading): LineReader {
  const { rules } = reading
  const kind = listKind(reading)
  return (line) => {
    for (const comment of COMMENTS) line.cut(comment)
    const { bytes, start, first } = line
    if (start === line.end) return
    if (!rules.addNetwork(bytes, start, first, kind)) rules.refuse(PROBLEM.address)
  }
}
