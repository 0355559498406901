// The run-time half of the inventory: what is not in it is refused.
import { WeirError } from '../errors.js'
import { INVENTORY, type Item, type RecordKind } from './inventory.js'

/** Bounds of texts whose item has no pattern, and of lists. */
export const TEXT_MAX = 4096
export const LIST_MAX = 256

/** Fields of a record by name: null for a value, a map for what is nested, lists as their element. */
type Shape = ReadonlyMap<string, unknown>

export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

function shapeOf(paths: readonly string[]): Shape {
  const shape = new Map<string, unknown>()
  const nested = new Map<string, string[]>()
  for (const path of paths) {
    const [head = '', ...rest] = path.split('.')
    const key = head.replace('[]', '')
    if (!rest.length) shape.set(key, null)
    else nested.set(key, [...(nested.get(key) ?? []), rest.join('.')])
  }
  for (const [key, below] of nested) shape.set(key, shapeOf(below))
  return shape
}

const SHAPES = new Map(
  (Object.keys(INVENTORY) as RecordKind[]).map((kind) => [
    kind,
    shapeOf(['type', ...Object.keys(INVENTORY[kind])]),
  ]),
)

export const isKind = (text: unknown): text is RecordKind => SHAPES.has(text as RecordKind)

/** Throws WEIR_NOT_IN_INVENTORY where a record of the engine has a field that the inventory lacks. */
export function refuseUnlisted(record: object & { readonly type: unknown }): void {
  if (!isKind(record.type)) throw unlisted('a record', 'type')
  check(record, SHAPES.get(record.type)!, record.type)
}

function check(value: object, shape: Shape, kind: RecordKind): void {
  for (const key in value) {
    const below = shape.get(key) as Shape | null | undefined
    if (below === null) continue
    if (below === undefined) throw unlisted(kind, key)
    const inner = (value as Record<string, unknown>)[key]
    if (inner === null || inner === undefined) continue
    if (typeof inner !== 'object') throw unlisted(kind, key)
    if (Array.isArray(inner)) for (const one of inner) check(one as object, below, kind)
    else check(inner, below, kind)
  }
}

const PATTERNS = new Map<string, RegExp>()

function pattern(text: string): RegExp {
  let compiled = PATTERNS.get(text)
  if (!compiled) PATTERNS.set(text, (compiled = new RegExp(`^(?:${text})$`, 'su')))
  return compiled
}

/** Throws WEIR_NOT_IN_INVENTORY where a report's value is not what its item says. */
export function refuseWrong(kind: RecordKind, field: string, item: Item, value: unknown): void {
  if (!isRight(item, value)) {
    throw new WeirError(
      'WEIR_NOT_IN_INVENTORY',
      `${kind}.${field} is not what the inventory says: see weir privacy`,
    )
  }
}

function isRight(item: Item, value: unknown): boolean {
  const { type } = item
  if (typeof type !== 'string') return typeof value === 'string' && type.includes(value)
  switch (type) {
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0
    case 'flag':
      return typeof value === 'boolean'
    case 'time':
      return typeof value === 'string' && TIME.test(value)
    case 'texts':
      return (
        Array.isArray(value) &&
        value.length <= LIST_MAX &&
        value.every((text) => isText(item, text))
      )
    default:
      return isText(item, value)
  }
}

const isText = (item: Item, value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= TEXT_MAX &&
  (item.pattern === undefined || pattern(item.pattern).test(value))

/** The value is not in the message: it may be what must not be seen. */
export const unlisted = (kind: string, field: string): WeirError =>
  new WeirError(
    'WEIR_NOT_IN_INVENTORY',
    `${kind} has a field that the inventory does not list: ${JSON.stringify(field.slice(0, 64))}`,
  )
