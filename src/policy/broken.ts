import { compile, type Diagnostic, type ListSource } from '../blocklist/compile.js'
import { PolicyError } from './error.js'

const LF = 0x0a
/** A list this short is looked at whatever became of its lines. */
const SHORT = 10_000

/**
 * A line that is no rule stops nothing; a list of nothing else is refused: an error page, a binary, half a file.
 * So is a rule that stands in the policy itself (`own` is what its list is called).
 */
export function checkLists(
  sources: readonly ListSource[],
  diagnostics: readonly Diagnostic[],
  policy: { readonly path: string; readonly own: string | undefined },
): void {
  const byList = new Map<string, Diagnostic[]>()
  for (const diagnostic of diagnostics) {
    const found = byList.get(diagnostic.list)
    if (found) found.push(diagnostic)
    else byList.set(diagnostic.list, [diagnostic])
  }
  for (const source of sources) {
    const found = byList.get(source.id)
    if (!found) continue
    if (source.id === policy.own) throw new PolicyError(policy.path, found)
    if (isBroken(source, found.length)) throw brokenError(source.id, found)
  }
}

/** Compiled alone, it has no rule. Most lists have far more lines than problems, and are not looked at. */
function isBroken(source: ListSource, problems: number): boolean {
  const lines = countLines(source)
  if (lines > SHORT && problems < lines / 2) return false
  return compile([source], { publicSuffixes: 'allow' }).stats.rules === 0
}

function countLines(source: ListSource): number {
  let lines = 1
  for (const chunk of source.chunks ?? []) {
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++
  }
  return lines
}

function brokenError(path: string, found: readonly Diagnostic[]): PolicyError {
  const { line, message } = found[0]!
  const rest = found.length > 1 ? `, and ${found.length - 1} more` : ''
  const what = `no line of this list is a rule (${message}${rest}): is it the right file, and syntax?`
  return new PolicyError(path, [{ line, message: what }], 'WEIR_BAD_LIST')
}
