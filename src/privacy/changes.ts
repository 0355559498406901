// What was done on the device, beside what was seen: records in a file, a line of JSON each.
import { appendFile, readFile } from 'node:fs/promises'
import { cannotWrite, isMissing, replaceFile } from '../files/durable.js'
import { WeirError } from '../errors.js'
import type { ClearedAction, Gate } from './gate.js'
import { TIME } from './listed.js'
import type { ActionRecord } from './reports.js'
import { retentionDays } from './retention.js'

export const CHANGES_FILE = 'changes.ndjson'
const PRIVATE = 0o600
const DAY_MS = 86_400_000

/**
 * Adds what the gate to the device lets through; what is older than the inventory lets it be goes. One process at a time.
 * Throws WEIR_CANNOT_WRITE.
 */
export async function keepChanges(
  path: string,
  gate: Pick<Gate<'device'>, 'clear'>,
  actions: readonly ActionRecord[],
): Promise<void> {
  const cleared = actions.flatMap((action) => gate.clear(action) ?? [])
  if (!cleared.length) return
  const text = cleared.map((action) => `${JSON.stringify(action)}\n`).join('')
  try {
    const before = await readText(path)
    const kept = withoutOld(before, Date.now() - retentionDays('action') * DAY_MS)
    if (kept === before) await appendFile(path, text, { mode: PRIVATE })
    else await replaceFile(path, kept + text, PRIVATE)
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
}

/** What is kept there; a line that is no such record is left out. The gate has cleared them when they came. Throws WEIR_CANNOT_READ. */
export async function readChanges(path: string): Promise<ClearedAction[]> {
  const text = await readText(path).catch((cause: unknown) => {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  })
  return text.split('\n').flatMap((line) => actionIn(line) ?? [])
}

function actionIn(line: string): ClearedAction | null {
  try {
    const value = JSON.parse(line) as Partial<ActionRecord> | null
    const isAction = value?.type === 'action' && typeof value.action === 'string'
    return isAction && TIME.test(String(value.time)) ? (value as ClearedAction) : null
  } catch {
    return null
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}

/** From the first line that is not older than `since`, in milliseconds since 1970; they are in order. */
function withoutOld(text: string, since: number): string {
  let at = 0
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    if (timeOf(text.slice(at, end)) >= since) break
    at = end + 1
  }
  return text.slice(at)
}

/** What is no record is as old as can be. */
function timeOf(line: string): number {
  const [, time = ''] = /"time":"([^"]{1,40})"/.exec(line) ?? []
  return Date.parse(time) || 0
}
