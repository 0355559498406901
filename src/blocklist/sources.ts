import { WeirError } from '../errors.js'
import { cancelledKeys } from './syntax/adblockbadfilter.js'
import { detectSyntax } from './syntax/detect.js'
import { type Action, LINES_MAX } from './ruleset/format.js'
import type { Chunks } from './syntax/lines.js'
import { LISTS_MAX, type RuleStore } from './rules.js'
import { defaultCategory, isAdblock, readList, type Syntax } from './syntax/syntaxes.js'

/** A list to compile: its text, its bytes in UTF-8, or these in pieces. */
export interface ListSource {
  /** Names the list in verdicts and diagnostics. */
  readonly id: string
  readonly text?: string
  readonly bytes?: Uint8Array
  /**
   * Pieces of any length, of which only one is held at a time. Asked for its iterator more than once, it
   * begins anew: a generator will not do.
   */
  readonly chunks?: Chunks
  /** Bytes that `chunks` have together, where known: for room and progress only. */
  readonly size?: number
  /** Told from the list's first lines when absent. */
  readonly syntax?: Syntax
  /** What its rules ask for; 'block' when absent. */
  readonly action?: Action
  /** Before every rule that is not important; an important allow before an important block. */
  readonly important?: boolean
  /**
   * One word for what the list is about, without commas; when absent or empty, 'indicator' for indicators and none
   * for other lists. At most 64 in all lists.
   */
  readonly category?: string
  /**
   * How a bare name is read where the syntax leaves that open ('domains'): that name only, or
   * it and all below it. 'exact' when absent. Names of a hosts file are exact always.
   */
  readonly match?: 'exact' | 'suffix'
  /** Whether `*.name` of a wildcard list means the name too. */
  readonly apex?: boolean
}

const POOL_MAX = 2 ** 31
const SAMPLE_BYTES = 65_536
const PIECE_BYTES = 1 << 20
/** Work for the regular expressions of all lists together: some ten seconds. */
const REGEX_STEPS = 100_000_000

interface Opened {
  readonly list: ListSource
  readonly chunks: Chunks
  readonly size: number
  readonly syntax: Syntax
}

/**
 * Reads all lists into `rules`; `at` is the time, in seconds since 1970, by which indicators may have expired.
 * `progress` is told the bytes read so far, and all that are known of.
 */
export function readSources(
  lists: Iterable<ListSource>,
  rules: RuleStore,
  at: number,
  progress: (read: number, total: number) => void,
): void {
  const opened = Array.from(lists, open)
  if (opened.length > LISTS_MAX) throw tooLong()
  const total = opened.reduce((sum, { size }) => sum + size, 0)
  const cancelled = cancelledKeys(
    opened.filter(({ syntax }) => isAdblock(syntax)).map(({ chunks }) => chunks),
  )
  const budget = { steps: REGEX_STEPS }
  rules.expect(total)
  let read = 0
  const count = (bytes: number): void => progress((read += bytes), Math.max(total, read))
  for (const { list, chunks, syntax } of opened) {
    const category = list.category ?? ''
    rules.begin({ id: list.id, category: category === '' ? defaultCategory(syntax) : category })
    readList(counted(chunks, count), syntax, rules, {
      action: list.action ?? 'block',
      important: list.important ?? false,
      match: list.match ?? 'exact',
      apex: list.apex ?? false,
      at,
      cancelled,
      budget,
    })
    if (rules.line > LINES_MAX || rules.pool.length > POOL_MAX) throw tooLong()
  }
}

const tooLong = (): WeirError =>
  new WeirError('WEIR_BAD_LIST', 'the lists together are too long for one ruleset')

function open(list: ListSource): Opened {
  const bytes = list.bytes ?? (list.text === undefined ? undefined : Buffer.from(list.text))
  const chunks = bytes === undefined ? list.chunks : [bytes]
  if (chunks === undefined) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `list "${list.id}" has neither text nor bytes`)
  }
  const syntax = list.syntax ?? detectSyntax(beginning(chunks))
  return { list, chunks, size: bytes?.length ?? list.size ?? 0, syntax }
}

/** Enough of a list to tell its syntax. */
function beginning(chunks: Chunks): Uint8Array {
  const pieces: Uint8Array[] = []
  let length = 0
  for (const chunk of chunks) {
    pieces.push(chunk)
    length += chunk.length
    if (length >= SAMPLE_BYTES) break
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}

/** Pieces small enough for progress to show. */
function* counted(chunks: Chunks, count: (bytes: number) => void): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const piece = chunk.subarray(at, at + PIECE_BYTES)
      yield piece
      count(piece.length)
    }
  }
}
