import type { RuleStore } from '../rules.js'
import { type Chunks, markEnd } from './lines.js'

/** Bytes of a list that is read as a whole. */
const DOCUMENT_MAX = 1 << 26

const TOO_LONG = 'a document of more than 64 MiB'
const LF = 0x0a

/** A list that is no sequence of lines; its rules still stand on some. */
export interface SourceDocument {
  /** Without a byte order mark; bytes that are no UTF-8 are U+FFFD. */
  readonly text: string
  /** What follows is about this line, counted from 1. */
  at(line: number): void
}

/** Reads `chunks` whole, and lets `read` make rules of them. Lines of the list are counted in any case. */
export function readDocument(
  chunks: Chunks,
  rules: RuleStore,
  read: (source: SourceDocument) => void,
): void {
  const pieces: Buffer[] = []
  const first = rules.line
  let bytes = 0
  let lines = 0
  let last = LF
  for (const chunk of chunks) {
    bytes += chunk.length
    if (bytes <= DOCUMENT_MAX) pieces.push(Buffer.from(chunk))
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++
    last = chunk.at(-1) ?? last
  }
  if (last !== LF) lines++
  rules.line = first + 1
  if (bytes > DOCUMENT_MAX) rules.refuse(TOO_LONG)
  else {
    const whole = Buffer.concat(pieces)
    const text = whole.toString('utf8', markEnd(whole))
    read({ text, at: (line) => (rules.line = first + Math.min(line, lines)) })
  }
  rules.line = first + lines
}
