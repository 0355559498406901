import { type Line } from './lines.js'
import { PROBLEM, type RuleStore } from './rules.js'

/** One address or network a line; feeds put counts and dates into further columns. */
export function readCidrLine(line: Line, rules: RuleStore): void {
  if (!rules.addNetwork(line.bytes, line.start, line.fieldEnd(line.start))) {
    rules.refuse(PROBLEM.address)
  }
}
