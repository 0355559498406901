// The consent file, and the identity that a device keeps.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WeirError } from '../errors.js'
import { cannotWrite, isMissing, replaceFile } from '../files/durable.js'
import { Lock } from '../files/lock.js'
import { CHANGES_FILE, keepChanges } from './changes.js'
import {
  type Change,
  changeConsent,
  type Changed,
  type Consent,
  type EffectiveConsent,
  effectiveConsent,
  NO_CONSENT,
  type Purgeable,
  withdrawConsent,
} from './consent.js'
import { CONSENT_FILE, consentDirectory } from './place.js'
import { type Gate, makeGate } from './gate.js'
import type { Destination } from './inventory.js'
import type { ActionRecord } from './reports.js'

const IDENTITY_FILE = 'identity.json'
const LOCK_FILE = 'consent.lock'
const BYTES_MAX = 1 << 16
const PRIVATE = 0o600
const KEY_BYTES = 32
/** A change takes milliseconds: who waits longer meets more than another change. */
const ATTEMPTS = 100
const RETRY_MS = 50

/** What a device is called, and the key of its hashed names; both are random, and kept. */
export interface Identity {
  readonly guid: string
  readonly key: Uint8Array
}

/** Administrator policy and user choice, in one file of `directory`. */
export class ConsentStore {
  #consent: Consent

  private constructor(
    readonly directory: string,
    consent: Consent,
  ) {
    this.#consent = consent
  }

  /** The strict default where there is no file. Throws WEIR_BAD_CONSENT, WEIR_CANNOT_READ. */
  static async open(directory: string = consentDirectory()): Promise<ConsentStore> {
    return new ConsentStore(directory, await readConsent(join(directory, CONSENT_FILE)))
  }

  get consent(): Consent {
    return this.#consent
  }

  get effective(): EffectiveConsent {
    return effectiveConsent(this.#consent)
  }

  /** Reads the file again; true where it has changed. */
  async reload(): Promise<boolean> {
    const { revision } = this.#consent
    this.#consent = await readConsent(join(this.directory, CONSENT_FILE))
    return this.#consent.revision !== revision
  }

  /** The gate of what is in force now: make it anew when consent changed. */
  async gate<D extends Destination>(destination: D): Promise<Gate<D>> {
    const { effective } = this
    const needsKey =
      effective.values.names === 'hash' || effective.values['device-names'] === 'hash'
    const key = needsKey ? (await this.identity()).key : new Uint8Array(0)
    return makeGate(effective, { destination, key })
  }

  /** Made when first asked for. Throws WEIR_CANNOT_WRITE, WEIR_BAD_CONSENT. */
  async identity(): Promise<Identity> {
    const path = join(this.directory, IDENTITY_FILE)
    const text = await readText(path)
    if (text !== undefined) return parseIdentity(path, text)
    return this.#locked(async () => {
      const made = await readText(path)
      if (made !== undefined) return parseIdentity(path, made)
      const identity = { guid: randomUUID(), key: randomBytes(KEY_BYTES) }
      const content = { version: 1, guid: identity.guid, key: identity.key.toString('base64') }
      await this.#write(IDENTITY_FILE, content)
      return identity
    })
  }

  /** Sets a gate; what may go no more is purged when this resolves. The actions are for the record. */
  async set(change: Change, spools: readonly Purgeable[] = []): Promise<readonly ActionRecord[]> {
    return this.#keep((consent) => changeConsent(consent, change, now()), spools)
  }

  /** The person takes back every consent; as `set`. */
  async withdraw(spools: readonly Purgeable[] = []): Promise<readonly ActionRecord[]> {
    return this.#keep((consent) => withdrawConsent(consent, now()), spools)
  }

  /** Identifiers that the administrator gives this device; replaces those before. */
  async identify(identifiers: Consent['identifiers']): Promise<void> {
    await this.#locked(async () => {
      await this.reload()
      const consent = { ...this.#consent, identifiers, revision: this.#consent.revision + 1 }
      await this.#write(CONSENT_FILE, consent)
      this.#consent = consent
    })
  }

  /** The file first: from then on nothing more is cleared, and what was is stale. A spool that fails keeps no other. */
  async #keep(
    change: (consent: Consent) => Changed,
    spools: readonly Purgeable[],
  ): Promise<readonly ActionRecord[]> {
    const { actions, closed } = await this.#locked(async () => {
      await this.reload()
      const changed = change(this.#consent)
      await this.#write(CONSENT_FILE, changed.consent)
      this.#consent = changed.consent
      return changed
    })
    const purged = await Promise.allSettled(closed.size ? spools.map((s) => s.purge(closed)) : [])
    await this.#record(actions)
    for (const result of purged) if (result.status === 'rejected') throw result.reason
    return actions
  }

  /** On the device, through its gate, as every record. */
  async #record(actions: readonly ActionRecord[]): Promise<void> {
    await keepChanges(join(this.directory, CHANGES_FILE), await this.gate('device'), actions)
  }

  /** One process at a time: a change is made to what is there. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    await this.#makeDirectory()
    const path = join(this.directory, LOCK_FILE)
    let lock: Lock | undefined
    for (let attempt = 0; !lock; attempt++) {
      lock = await Lock.take(path).catch(async (error: unknown) => {
        if (!isBusy(error) || attempt === ATTEMPTS) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
        return undefined
      })
    }
    try {
      return await work()
    } finally {
      await lock.release()
    }
  }

  async #makeDirectory(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
    } catch (cause) {
      throw cannotWrite(this.directory, cause)
    }
  }

  async #write(name: string, content: object): Promise<void> {
    const path = join(this.directory, name)
    if (name === CONSENT_FILE) await checkConsent(path, content)
    await replaceFile(path, `${JSON.stringify(content, null, 2)}\n`, PRIVATE)
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof WeirError && error.code === 'WEIR_STORE_BUSY'

const now = (): string => new Date().toISOString()

async function readConsent(path: string): Promise<Consent> {
  const text = await readText(path)
  if (text === undefined) return NO_CONSENT
  const consent = parse(path, text)
  await checkConsent(path, consent)
  return consent as Consent
}

/** undefined: there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    if (text.length <= BYTES_MAX) return text
  } catch (cause) {
    if (isMissing(cause) || (cause as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
  throw new WeirError('WEIR_BAD_CONSENT', `${path} is longer than a consent file can be`)
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new WeirError('WEIR_BAD_CONSENT', `${path} is no JSON: repair or remove it`)
  }
}

async function checkConsent(path: string, consent: unknown): Promise<void> {
  const { consentErrors } = await import('./schema.js')
  const [problem] = await consentErrors(consent)
  if (problem !== undefined) throw new WeirError('WEIR_BAD_CONSENT', `${path}: ${problem}`)
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function parseIdentity(path: string, text: string): Identity {
  const { guid, key } = (parse(path, text) ?? {}) as { guid?: unknown; key?: unknown }
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.alloc(0)
  if (typeof guid === 'string' && GUID.test(guid) && bytes.length === KEY_BYTES) {
    return { guid, key: bytes }
  }
  throw new WeirError(
    'WEIR_BAD_CONSENT',
    `${path} is damaged: remove it, and the device gets a new identity`,
  )
}
