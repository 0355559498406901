// Which device and which product this is.
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { replaceFile } from '../files/durable.js'
import type { DeviceReport } from '../privacy/reports.js'
import type { ConsentStore } from '../privacy/store.js'
import { makePrivate, PRIVATE } from './place.js'
import { product, quietly, word } from './product.js'

const APP = 'weir'
/** Which version was the last to report. */
const SEEN_FILE = 'version'

/**
 * For the gate, which leaves out what it must not say. The identifier is made when it is first asked for. Throws
 * WEIR_CANNOT_WRITE, WEIR_BAD_CONSENT.
 */
export async function deviceReport(store: ConsentStore, state: string): Promise<DeviceReport> {
  const { osName, osVersion, osBuild, cpuArchitecture, appVersion } = product()
  const [cpu, ...others] = cpus()
  return {
    type: 'device',
    time: new Date().toISOString(),
    osName,
    osVersion,
    osBuild,
    cpuArchitecture,
    cpuModel: word(cpu?.model ?? ''),
    cpuCores: (cpu ? 1 : 0) + others.length,
    ...(await identifier(store)),
    ...store.consent.identifiers,
    appPackage: APP,
    appVersion,
    upgradeStatus: await upgradeStatus(state, appVersion),
  }
}

type Identifier = Pick<DeviceReport, 'deviceId' | 'deviceIdKind'>

async function identifier(store: ConsentStore): Promise<Identifier> {
  const kind = store.effective.values['device-identifier']
  if (kind === 'guid') return { deviceId: (await store.identity()).guid, deviceIdKind: kind }
  const mac = kind === 'wifi-mac' ? wifiMac() : undefined
  return mac === undefined ? {} : { deviceId: mac, deviceIdKind: 'wifi-mac' }
}

/** Of the first interface that is wireless (Linux); by explicit policy only. */
export function wifiMac(interfaces = '/sys/class/net'): string | undefined {
  const names = quietly(() => readdirSync(interfaces).sort().join('\n')).split('\n')
  const macs = names.map((name) => {
    const isWireless = quietly(() => readdirSync(join(interfaces, name)).join(' '))
      .split(' ')
      .includes('wireless')
    return isWireless
      ? quietly(() => readFileSync(join(interfaces, name, 'address'), 'utf8').trim())
      : ''
  })
  return macs.find((mac) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac))
}

/** Compared with the version that was seen here last; what is seen now is kept. */
export async function upgradeStatus(
  state: string,
  version: string,
): Promise<DeviceReport['upgradeStatus']> {
  const path = join(state, SEEN_FILE)
  const before = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (before === version) return 'current'
  await makePrivate(state)
  await replaceFile(path, `${version}\n`, PRIVATE)
  if (before === '') return 'current'
  return compareVersions(before, version) < 0 ? 'upgraded' : 'downgraded'
}

/** By the numbers in them. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[.+-]/).map((part) => Number(part) || 0))
  for (let i = 0; i < 3; i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0)
    if (difference) return difference
  }
  return 0
}
