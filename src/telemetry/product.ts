// What is running where: read from the system and from the package, and fitted to the inventory.
import { readFileSync } from 'node:fs'
import * as os from 'node:os'

export interface Product {
  readonly appVersion: string
  readonly nodeVersion: string
  readonly osName: string
  readonly osVersion: string
  readonly osBuild: string
  readonly cpuArchitecture: string
}

const NAMES: Readonly<Record<string, string>> = { darwin: 'macOS', linux: 'Linux' }
const WORD_MAX = 128
const BUILD_MAX = 256

export function product(): Product {
  const { name, version } = release()
  return {
    appVersion: packageVersion(),
    nodeVersion: process.version,
    osName: word(name),
    osVersion: word(version),
    osBuild: fitted(`${os.release()} ${os.version()}`, /[^\w #.,:+()@~/-]/g, BUILD_MAX),
    cpuArchitecture: word(process.arch),
  }
}

/** What a system calls itself, without what the inventory has no room for. */
export const word = (text: string): string => fitted(text, /[^\w .,:+()@/-]/g, WORD_MAX)

const fitted = (text: string, strange: RegExp, most: number): string =>
  text.replace(strange, '').trim().slice(0, most) || 'unknown'

/** Of the distribution (os-release(5)), or of the system where there is none. */
function release(): { name: string; version: string } {
  const fields = osRelease(quietly(() => readFileSync('/etc/os-release', 'utf8')))
  return {
    name: fields.get('NAME') ?? NAMES[process.platform] ?? process.platform,
    version: fields.get('VERSION_ID') ?? os.release(),
  }
}

export function osRelease(text: string): Map<string, string> {
  const lines = text.matchAll(/^([A-Z_]{1,64})=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"']*))$/gm)
  return new Map([...lines].map(([, key = '', ...values]) => [key, values.find(Boolean) ?? '']))
}

/** src/telemetry, dist/telemetry and dist/cli are equally deep. */
export const PACKAGE = new URL('../../', import.meta.url)

function packageVersion(): string {
  const text = readFileSync(new URL('package.json', PACKAGE), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

export function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
