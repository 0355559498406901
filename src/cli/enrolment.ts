// With which collector this device is enrolled.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WeirError } from '../errors.js'
import { isMissing, replaceFile } from '../files/durable.js'
import { consentDirectory } from '../privacy/place.js'
import { makePrivate, PRIVATE } from '../telemetry/place.js'

export interface Enrolment {
  /** Of the collector: https://collector.example/ */
  readonly url: string
  readonly token: string
  /** What the collector calls this device. */
  readonly device: string
  /** PEM: who signed the collector's certificate, where Node does not trust them by itself. */
  readonly ca?: string | undefined
}

const FILE = 'enrolment.json'
/** A file of its own, as `--sink-token` takes it. */
const TOKEN_FILE = 'collector.token'

/** For its owner alone. Throws WEIR_CANNOT_WRITE. */
export async function keepEnrolment(
  { token, ...enrolment }: Enrolment,
  directory = consentDirectory(),
): Promise<void> {
  await makePrivate(directory)
  await replaceFile(join(directory, TOKEN_FILE), `${token}\n`, PRIVATE)
  await replaceFile(join(directory, FILE), `${JSON.stringify(enrolment, null, 2)}\n`, PRIVATE)
}

export const isEnrolled = (directory = consentDirectory()): boolean =>
  existsSync(join(directory, FILE))

/** undefined where there is none. Throws WEIR_CANNOT_READ. */
export async function readEnrolment(
  directory = consentDirectory(),
): Promise<Enrolment | undefined> {
  const path = join(directory, FILE)
  try {
    const enrolment = JSON.parse(await readFile(path, 'utf8')) as Partial<Enrolment> | null
    const token = (await readFile(join(directory, TOKEN_FILE), 'utf8')).trim()
    const { url, device, ca } = enrolment ?? {}
    if (typeof url === 'string' && typeof device === 'string') return { url, device, token, ca }
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
  throw new WeirError('WEIR_CANNOT_READ', `${path} is damaged: enrol again`)
}

/** Where records go. */
export const recordsUrl = ({ url }: Enrolment): URL => new URL('v1/records', url)
