import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
} from 'yaml'
import { PolicyError, type Problem } from './error.js'
import type { Place } from './policy.js'

/** A policy is written by people. The parser takes microseconds for each word of it. */
export const POLICY_BYTES_MAX = 1 << 18
const DEPTH_MAX = 16
const BRACKETS_MAX = 1000
const NODES_MAX = 1 << 16

const TWICE = 'twice in one place: take one of them away'

/** A value, and where in the text each part of it stands. */
export interface Located {
  readonly value: unknown
  /** Of what lies at `path`, keys and indices from the top; of the key itself where `ofKey`. */
  readonly place: (path: readonly string[], ofKey?: boolean) => Place
}

/**
 * Reads YAML 1.2, and thereby JSON, that may be hostile: bounded in length, depth and count, without aliases, objects
 * without a prototype. Throws a PolicyError.
 */
export function readYaml(path: string, bytes: Uint8Array): Located {
  if (bytes.length > POLICY_BYTES_MAX) {
    const message = `longer than ${POLICY_BYTES_MAX} bytes: move lists into files of their own`
    throw new PolicyError(path, [{ message }])
  }
  const lines = new LineCounter()
  const document = parse(path, textOf(path, bytes), lines)
  const reader = new Reader(path, lines)
  const { contents } = document
  return {
    value: contents && reader.value(contents, 0),
    place: (keys, ofKey = false) => placeOf(find(contents, keys, ofKey), lines),
  }
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const problem = { message: 'not UTF-8: save it in that encoding' }
    throw new PolicyError(path, [problem], 'WEIR_BAD_POLICY', { cause })
  }
}

/** Brackets that are open at once; those in quotes count, too. The parser slows down with each. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length && depth < BRACKETS_MAX; i++) {
    const c = text.charCodeAt(i) | 0x20
    if (c === 0x7b) depth++
    else if (c === 0x7d && depth > 0) depth--
  }
  return depth >= BRACKETS_MAX
}

function parse(path: string, text: string, lineCounter: LineCounter) {
  let document: ReturnType<typeof parseDocument>
  if (isTooDeep(text)) throw new PolicyError(path, [{ message: 'nested too deeply' }])
  try {
    document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false, // quadratic; the reader looks for them itself
      logLevel: 'error', // 'silent' is silent about a second document
    })
  } catch (cause) {
    const problem = { message: 'nested too deeply' } // the parser ran out of stack
    throw new PolicyError(path, [problem], 'WEIR_BAD_POLICY', { cause })
  }
  if (!document.errors.length) return document
  const problems = document.errors.map((error): Problem => {
    const { line, col } = lineCounter.linePos(error.pos[0])
    return { line, column: col, message: hint(error.code, error.message) }
  })
  throw new PolicyError(path, problems)
}

function hint(code: string, message: string): string {
  return code === 'MULTIPLE_DOCS' ? 'a second document: one policy a file' : firstLine(message)
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!

class Reader {
  #nodes = 0

  constructor(
    private readonly path: string,
    private readonly lines: LineCounter,
  ) {}

  value(node: Node | null, depth: number): unknown {
    if (node === null) return null
    if (depth > DEPTH_MAX) this.#refuse(node, 'nested too deeply')
    if (++this.#nodes > NODES_MAX) this.#refuse(node, 'too much for a policy: use files of lists')
    if (isAlias(node)) {
      this.#refuse(node, `aliases are not taken; in quotes it is a name: "*${node.source}"`)
    }
    if (node.anchor !== undefined) this.#refuse(node, 'anchors are not taken: leave out the &')
    if (node.tag?.startsWith('!')) this.#refuse(node, 'tags are not taken: leave out the !')
    if (isScalar(node)) return node.value
    if (isSeq(node)) return node.items.map((item) => this.value(nodeOf(item), depth + 1))
    return this.#map(node, depth)
  }

  #map(node: Node, depth: number): unknown {
    const value = Object.create(null) as Record<string, unknown>
    if (!isMap(node)) return value
    for (const pair of node.items) {
      const key = nodeOf(pair.key)
      if (!isScalar(key) || typeof key.value !== 'string') {
        return this.#refuse(key ?? node, 'a key is a text: put it in quotes')
      }
      this.value(key, depth + 1)
      if (Object.hasOwn(value, key.value)) this.#refuse(key, `"${key.value}" is there ${TWICE}`)
      value[key.value] = this.value(nodeOf(pair.value), depth + 1)
    }
    return value
  }

  #refuse(node: Node, message: string): never {
    throw new PolicyError(this.path, [{ ...placeOf(node, this.lines), message }])
  }
}

const nodeOf = (value: unknown): Node | null => (isNode(value) ? value : null)

/** The nearest node there is: where a key is missing, what should have it. */
function find(top: Node | null, keys: readonly string[], ofKey: boolean): Node | null {
  let node: Node | null = top
  for (const [i, key] of keys.entries()) {
    if (!isCollection(node)) break
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined
    if (pair && ofKey && i === keys.length - 1) return nodeOf(pair.key)
    const next = pair ? (nodeOf(pair.value) ?? nodeOf(pair.key)) : childOf(node, key)
    if (!next) break
    node = next
  }
  return node
}

const childOf = (node: Node, key: string): Node | null =>
  isSeq(node) ? nodeOf(node.items[Number(key)]) : null

function placeOf(node: Node | null, lines: LineCounter): Place {
  const { line, col } = lines.linePos(node?.range?.[0] ?? 0)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}
