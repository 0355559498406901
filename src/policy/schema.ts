import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { PolicyError, type Problem } from './error.js'
import type { Located } from './yaml.js'

let compiled: ValidateFunction | undefined

/** The published schema, compiled when first needed. */
function validator(): ValidateFunction {
  // Rooms are equally deep, in src, in dist, and in the command line that is built into one.
  const file = new URL('../policy/policy.schema.json', import.meta.url)
  compiled ??= new Ajv2020({
    verbose: true,
    allowUnionTypes: true,
    ownProperties: true,
  }).compile(JSON.parse(readFileSync(file, 'utf8')) as object)
  return compiled
}

/** Throws a PolicyError where `read` is none that the schema takes. */
export function checkSchema(path: string, read: Located): void {
  const validate = validator()
  if (validate(read.value)) return
  const seen = new Map<string, Problem>()
  for (const error of validate.errors ?? []) {
    if (error.keyword === 'propertyNames' || error.keyword === 'anyOf') continue // others say why
    const problem = problemOf(error, read)
    seen.set(`${problem.line}:${problem.column}`, problem)
  }
  throw new PolicyError(path, [...seen.values()])
}

function problemOf(error: ErrorObject, read: Located): Problem {
  const keys = keysOf(error.instancePath)
  const params = error.params as Record<string, unknown>
  const wrongName = error.propertyName
  const unknown = params['additionalProperty']
  const key = wrongName ?? (typeof unknown === 'string' ? unknown : undefined)
  const place = key === undefined ? read.place(keys) : read.place([...keys, key], true)
  return { ...place, message: sentence(error, keys, key) }
}

/** RFC 6901. */
const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))

function sentence(error: ErrorObject, keys: readonly string[], key: string | undefined): string {
  const params = error.params as Record<string, unknown>
  const what = keys.length ? keys.join('.') : 'the policy'
  const properties = (error.parentSchema?.['properties'] ?? {}) as object
  switch (error.keyword) {
    case 'additionalProperties':
      return `unknown key ${quoted(key)}${known(Object.keys(properties))}`
    case 'required':
      return keys.at(-2) === 'schedules'
        ? `a schedule says from, to, and a profile or a protection`
        : `${what} has no ${String(params['missingProperty'])}: add it`
    case 'enum':
      return `${what} is one of ${(params['allowedValues'] as string[]).join(', ')}`
    case 'const':
      return `${what} is ${String(params['allowedValue'])}`
    case 'type':
      return `${what} is ${described(error.schema)}`
    case 'pattern':
      return key === undefined
        ? patternSentence(what, keys)
        : `${quoted(key)} cannot be a name here: ${NAMES}`
    default:
      return `${what} ${error.message ?? 'is not valid'}`
  }
}

const NAMES = 'use a-z, 0-9, dot, hyphen and underscore, and no comma or space'

function patternSentence(what: string, keys: readonly string[]): string {
  const last = keys.at(-1)
  if (last === 'from' || last === 'to') return `${what} is a time of day: "16:30"`
  if (last === 'bypass') return `${what} is a time: 30s, 10m, 2h or 1d`
  if (last === 'zone') return `${what} is a time zone: Europe/Berlin`
  if (last === 'dns')
    return `${what} is nxdomain, nodata, null, refused, or { mode: sinkhole, ipv4, ipv6 }`
  return `${what} is a name: ${NAMES}`
}

function described(schema: unknown): string {
  const types = (Array.isArray(schema) ? schema : [schema]) as string[]
  const words: Readonly<Record<string, string>> = {
    string: 'a text (in quotes where YAML takes it for something else)',
    object: 'a map of keys',
    array: 'a list',
    boolean: 'true or false',
  }
  return types.map((type) => words[type] ?? type).join(' or ')
}

const known = (names: readonly string[]): string =>
  names.length ? `: there are ${names.join(', ')}` : ''

/** What a hostile file calls its keys is not to drive a terminal. */
const quoted = (text: string | undefined): string =>
  JSON.stringify((text ?? '').slice(0, 64)).replace(/[\u007f-\u009f\u2028-\u202e]/g, '?')
