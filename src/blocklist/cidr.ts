import { type Line } from './lines.js'
import { PROBLEM, type RuleStore } from './rules.js'

/** One address or network a line; feeds put counts and dates into further columns. */
export function readCidrLine(line: Line, rules: RuleStore, kind: number): void {
  if (!rules.addNetwork(line.bytes, line.start, line.fieldEnd(line.start), kind)) {
    rules.refuse(PROBLEM.address)
  }
}
