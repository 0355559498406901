import type { Diagnostic, ListSource } from '../blocklist/compile.js'
import { eachLine } from '../blocklist/syntax/lines.js'
import type { Output } from './output.js'

const SHOWN_MAX = 120
/** Controls, and what changes the direction of text or is not seen. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text of others as one line that does nothing to a terminal, cut where it is long. */
export function shown(text: string, max = SHOWN_MAX): string {
  const safe = text.slice(0, max).replace(UNSAFE, (c) => {
    const code = c.codePointAt(0)!.toString(16)
    return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`
  })
  return text.length > max ? `${safe}…` : safe
}

/** `list:line: reason: text` for each; the lists are read again for the text. */
export function writeDiagnostics(
  output: Output,
  lists: readonly ListSource[],
  diagnostics: readonly Diagnostic[],
): void {
  const byList = new Map<string, Diagnostic[]>()
  for (const diagnostic of diagnostics) {
    const found = byList.get(diagnostic.list)
    if (found) found.push(diagnostic)
    else byList.set(diagnostic.list, [diagnostic])
  }
  for (const { id, chunks } of lists) {
    const found = byList.get(id)
    if (!found || !chunks) continue
    found.sort((a, b) => a.line - b.line)
    let number = 0
    let next = 0
    eachLine(chunks, (line) => {
      number++
      if (found[next]?.line !== number) return
      const text = shown(line.text(line.start, Math.min(line.end, line.start + 4 * SHOWN_MAX + 4)))
      while (found[next]?.line === number) {
        output.text(`${shown(id)}:${number}: ${found[next++]!.message}: ${text}\n`)
      }
    })
  }
}
