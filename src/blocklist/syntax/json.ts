import { type JSONVisitor, visit } from 'jsonc-parser'
import type { SourceDocument } from './document.js'
import type { RuleStore } from '../rules.js'

const DEPTH_MAX = 64
const DEEP = `JSON of more than ${DEPTH_MAX} levels: the rest is not read`
const INVALID = 'not valid JSON: the rest is not read'

/** What one object says, as far as it was asked for; keys are in lower case, members of arrays joined by commas. */
export class JsonRecord {
  private readonly fields = new Map<string, { text: string; line: number }>()

  /** `line` is where the object begins. */
  constructor(readonly line: number) {}

  set(key: string, text: string, line: number, isMore: boolean): void {
    const before = isMore ? this.fields.get(key) : undefined
    this.fields.set(key, { text: before ? `${before.text},${text}` : text, line })
  }

  /** Strings as they are, numbers, true and false as JSON writes them; undefined: absent or null. */
  get(key: string): string | undefined {
    return this.fields.get(key)?.text
  }

  lineOf(key: string): number {
    return this.fields.get(key)?.line ?? this.line
  }
}

/** An array that is the value of `key` ('' for none), so many levels deep: whether its objects are wanted. */
export type IsWanted = (key: string, depth: number) => boolean

interface Level {
  readonly key: string
  readonly isArray: boolean
  readonly record: JsonRecord | undefined
}

class Stop extends Error {}

/** Calls `take` for each object of the wanted arrays, as it ends. Of invalid JSON the part before the error is read. */
export function eachRecord(
  source: SourceDocument,
  rules: RuleStore,
  keys: ReadonlySet<string>,
  isWanted: IsWanted,
  take: (record: JsonRecord) => void,
): void {
  const walker = new Walker(source, rules, keys, isWanted, take)
  try {
    visit(source.text, walker, { disallowComments: true })
  } catch (error) {
    if (!(error instanceof Stop)) throw error
  }
}

class Walker implements JSONVisitor {
  private readonly levels: Level[] = []
  private key = ''

  constructor(
    private readonly source: SourceDocument,
    private readonly rules: RuleStore,
    private readonly keys: ReadonlySet<string>,
    private readonly isWanted: IsWanted,
    private readonly take: (record: JsonRecord) => void,
  ) {}

  private stop(line: number, reason: string): never {
    this.source.at(line + 1)
    this.rules.refuse(reason)
    throw new Stop()
  }

  private push(line: number, isArray: boolean, record?: JsonRecord): void {
    if (this.levels.length === DEPTH_MAX) this.stop(line, DEEP)
    const key = this.levels.at(-1)?.isArray ? '' : this.key
    this.levels.push({ key, isArray, record })
    this.key = ''
  }

  readonly onObjectBegin = (_offset: number, _length: number, line: number): void => {
    const array = this.levels.at(-1)
    const isRecord = array?.isArray && this.isWanted(array.key, this.levels.length - 1)
    this.push(line, false, isRecord ? new JsonRecord(line + 1) : undefined)
  }

  readonly onObjectProperty = (name: string): void => {
    this.key = name.toLowerCase()
  }

  /** Told of an object that breaks off, too, before the error: it may lack what makes it harmless. */
  readonly onObjectEnd = (offset: number, _length: number, line: number): void => {
    if (this.source.text[offset] !== '}') this.stop(line, INVALID)
    const record = this.levels.pop()?.record
    if (record !== undefined) this.take(record)
  }

  readonly onArrayBegin = (_offset: number, _length: number, line: number): void => {
    this.push(line, true)
  }

  readonly onArrayEnd = (): void => {
    this.levels.pop()
  }

  readonly onLiteralValue = (
    value: string | number | boolean | null,
    _offset: number,
    _length: number,
    line: number,
  ): void => {
    const level = this.levels.at(-1)
    const isMember = level?.isArray ?? false
    const record = isMember ? this.levels.at(-2)?.record : level?.record
    const key = isMember ? level!.key : this.key
    if (record === undefined || value === null || !this.keys.has(key)) return
    record.set(key, String(value), line + 1, isMember)
  }

  readonly onError = (_error: number, _offset: number, _length: number, line: number): void => {
    this.stop(line, INVALID)
  }
}
