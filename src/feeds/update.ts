import { open, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WeirError, type WeirErrorCode } from '../errors.js'
import { checkSum, findSum, sha256 } from './checksum.js'
import { decodeBody, decodeFile } from './decode.js'
import { download } from './download.js'
import { isMissing, moveFile, removeFile, replaceFile, TEMPORARY } from '../files/durable.js'
import type { Copy, HeldCopy, ListEntry, Outcome, Validators } from './entry.js'
import { checkSignature } from './minisign.js'
import { type FetchLimits, type FetchOptions, LIMITS } from './request.js'
import type { RouteFacts } from './route.js'
import { examine, type Judge, reasonToHold } from './sanity.js'
import type { Kind, Store } from './store.js'

export interface UpdateOptions {
  /** All lists when absent. */
  readonly names?: readonly string[] | undefined
  readonly judge: Judge
  /** Interface to fetch by; what the kernel chooses when absent. */
  readonly by?: string | undefined
  readonly limits?: Partial<FetchLimits>
  /** This machine's when absent. */
  readonly facts?: RouteFacts
  /** Called with the bytes that came, of any list. */
  readonly progress?: (bytes: number) => void
}

export interface UpdateResult {
  readonly name: string
  readonly outcome: Outcome
  /** A sentence. */
  readonly message: string
  /** Why it failed. */
  readonly code?: WeirErrorCode
}

const AT_ONCE = 4
const SMALL_MAX = 1 << 20

/** Brings lists up to date, several at a time; one that fails stops no other. In the order of the store. */
export async function updateLists(store: Store, options: UpdateOptions): Promise<UpdateResult[]> {
  const lists = options.names
    ? [...new Set(options.names)].map((name) => store.get(name))
    : store.lists
  const update = new Update(store, options)
  const results: UpdateResult[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < lists.length; i = next++) results[i] = await update.run(lists[i]!)
  }
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker))
  for (const end of workers) if (end.status === 'rejected') throw end.reason
  return results
}

/** Takes the held copy of a list for its good one. Throws WEIR_BAD_ARGUMENT where there is none. */
export async function confirmHeld(store: Store, name: string): Promise<UpdateResult> {
  const { held, ...list } = store.get(name)
  if (!held || (await sumOf(store.path(name, 'held'))) !== held.sha256) {
    throw new WeirError('WEIR_BAD_ARGUMENT', `no copy of "${name}" is waiting to be confirmed`)
  }
  const { why, blocks, ...good } = held
  await moveFile(store.path(name, 'held'), store.path(name, 'list'))
  const accepted = [...new Set([...(list.accepted ?? []), ...blocks])]
  const message = `confirmed: ${good.rules} rules, although ${why}`
  const last = { at: new Date().toISOString(), outcome: 'updated', message } as const
  await store.put({ ...list, good, last, ...(accepted.length ? { accepted } : {}) })
  return { name, outcome: 'updated', message }
}

class Update {
  readonly #fetch: FetchOptions
  /** Lists are compiled one at a time: each takes the memory of a list. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly store: Store,
    private readonly options: UpdateOptions,
  ) {
    const { limits, by, facts } = options
    this.#fetch = { limits: { ...LIMITS, ...limits }, by, facts }
  }

  async run(list: ListEntry): Promise<UpdateResult> {
    let result: UpdateResult
    let next = list
    try {
      ;({ next, ...result } = await this.#update(list))
    } catch (error) {
      result = failed(list, error)
    }
    const { outcome } = result
    const message = result.message.replace(/\p{Cc}/gu, '?') // it may quote a server
    await this.store.put({ ...next, last: { at: new Date().toISOString(), outcome, message } })
    // A copy that is spoken of no more goes after lists.json has said so.
    if (!next.held) await this.store.unlink(list.name, 'held')
    return { ...result, message }
  }

  async #update(list: ListEntry): Promise<UpdateResult & { next: ListEntry }> {
    const { name } = list
    const { held: recorded, ...rest } = list
    const good = await this.#intact(name, 'list', list.good)
    const held = await this.#intact(name, 'held', recorded)
    const next = held ? list : rest
    const file = await this.#fetchFile(list.address, this.store.path(name, 'part'), held ?? good)
    if (!file) {
      if (held) return { name, outcome: 'held', message: heldText(held), next }
      return { name, outcome: 'unchanged', message: 'unchanged', next }
    }
    try {
      await this.#verify(list, file.bytes)
      return await this.#inTurn(() => this.#judge(rest, good, file))
    } finally {
      await this.store.unlink(name, 'part')
    }
  }

  /** `copy` if it is on disk as lists.json says: a crash may have come between the two. */
  async #intact<T extends Copy>(name: string, kind: Kind, copy: T | undefined) {
    const isIntact = copy && (await sumOf(this.store.path(name, kind))) === copy.sha256
    return isIntact ? copy : undefined
  }

  /** A file as it was published: without the encoding of its transport. */
  async #fetchFile(
    address: string,
    part: string,
    have: Validators = {},
  ): Promise<Published | undefined> {
    const url = new URL(address)
    const { receivedMax, listMax } = this.#fetch.limits
    if (url.protocol === 'file:')
      return { bytes: await readLocal(url, receivedMax), validators: {} }
    const { progress } = this.options
    const came = await download({ url, part, have, progress }, this.#fetch)
    if (!came) return undefined
    const { encoding, validators } = came
    try {
      return { validators, bytes: await decodeBody(came.bytes, encoding, listMax) }
    } catch (error) {
      await removeFile(part)
      throw error
    }
  }

  async #verify(list: ListEntry, bytes: Buffer): Promise<void> {
    const { sha256: sum, minisign, address } = list
    const isPinned = sum !== undefined && /^[0-9a-f]{64}$/.test(sum)
    if (isPinned) checkSum(bytes, sum)
    else if (sum !== undefined) {
      checkSum(
        bytes,
        findSum(await this.#fetchText(list, sum), basename(new URL(address).pathname)),
      )
    }
    if (minisign === undefined) return
    const url = new URL(address)
    url.pathname += '.minisig'
    checkSignature(bytes, minisign, await this.#fetchText(list, url.href))
  }

  async #fetchText(list: ListEntry, address: string): Promise<string> {
    const part = this.store.path(list.name, 'part') + TEMPORARY
    try {
      const file = await this.#fetchFile(address, part)
      if (file && file.bytes.length <= SMALL_MAX) return file.bytes.toString('utf8')
    } finally {
      await removeFile(part)
    }
    throw new WeirError('WEIR_FEED_REFUSED', `${address} is too long for a checksum or a signature`)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Puts what came in its place: the good copy's, or that of a copy to be confirmed. */
  async #judge(
    list: Omit<ListEntry, 'held'>,
    before: Copy | undefined,
    { bytes: published, validators }: Published,
  ): Promise<UpdateResult & { next: ListEntry }> {
    const { name } = list
    const bytes = await decodeFile(published, this.#fetch.limits.listMax)
    const fetched = new Date().toISOString()
    const sum = sha256(bytes)
    if (sum === before?.sha256) {
      const { rules, faults } = before
      const good = { sha256: sum, bytes: bytes.length, rules, faults, fetched, ...validators }
      return { name, outcome: 'unchanged', message: 'unchanged', next: { ...list, good } }
    }
    const { blocks, ...found } = examine(list, bytes, this.options.judge)
    const copy = { sha256: sum, bytes: bytes.length, ...found, fetched, ...validators }
    const why = reasonToHold(list, { ...found, blocks })
    if (why !== undefined) {
      const held = { ...copy, why, blocks }
      await replaceFile(this.store.path(name, 'held'), bytes)
      return { name, outcome: 'held', message: heldText(held), next: { ...list, held } }
    }
    await replaceFile(this.store.path(name, 'list'), bytes)
    const message = updatedText(copy, list.good)
    return { name, outcome: 'updated', message, next: { ...list, good: copy } }
  }
}

interface Published {
  readonly bytes: Buffer
  readonly validators: Validators
}

/** A bug that only this list brings up is this list's failure too: it does not stop the others. */
function failed({ name }: ListEntry, error: unknown): UpdateResult {
  if (!(error instanceof WeirError)) {
    return { name, outcome: 'failed', message: `internal error: ${String(error)}` }
  }
  if (error.code === 'WEIR_STORE_BUSY') throw error
  return { name, outcome: 'failed', message: error.message, code: error.code }
}

const heldText = ({ why }: HeldCopy): string =>
  `held: ${why}; the last good copy stays; accept with --confirm`

function updatedText({ rules }: Copy, before: Copy | undefined): string {
  const change = before ? rules - before.rules : 0
  const sign = change > 0 ? '+' : ''
  return change ? `${rules} rules (${sign}${change})` : `${rules} rules`
}

async function sumOf(path: string): Promise<string | undefined> {
  try {
    return sha256(await readFile(path))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(error as Error).message}`)
  }
}

async function readLocal(url: URL, max: number): Promise<Buffer> {
  let path = url.href
  try {
    path = fileURLToPath(url)
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size <= max) return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
  throw new WeirError('WEIR_FEED_REFUSED', `${path} is longer than ${max} bytes`)
}
