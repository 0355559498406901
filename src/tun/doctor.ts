import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { native } from '../engine/native.js'
import { WeirError } from '../errors.js'
import { leftovers } from './guard.js'

/** One thing that was looked at. */
export interface Finding {
  readonly what: string
  /** `bad` stands against a live run; `note` does not, or not against all of it. */
  readonly state: 'good' | 'note' | 'bad'
  /** What there is, or what is missing and what to do. */
  readonly text: string
}

const CAP_NET_ADMIN = 12n
/** TUN_F_* of linux/if_tun.h. */
const OFFLOADS = { checksum: 0x01, tso4: 0x02, tso6: 0x04, uso4: 0x20, uso6: 0x40 } as const
const NODES = '20, 22 and 24'

/** What a live run needs of this system, looked at without leaving anything behind. `clear` takes leftovers away. */
export function examine(clear = false): Finding[] {
  return [node(), kernel(), capability(), ...device(), confinement(), left(clear)]
}

function node(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  const text = `${process.version}; tested with ${NODES}`
  return { what: 'node', state: major >= 20 ? 'good' : 'bad', text }
}

function kernel(): Finding {
  const state = process.platform === 'linux' ? 'good' : 'bad'
  const text = state === 'good' ? release() : `${process.platform}: live runs are for Linux`
  return { what: 'kernel', state, text }
}

/** A line of /proc/self/status, or the like; empty where there is none. */
function line(file: string, pattern: RegExp): string {
  try {
    return pattern.exec(readFileSync(file, 'latin1'))?.[1] ?? ''
  } catch {
    return ''
  }
}

function capability(): Finding {
  const effective = BigInt(`0x${line('/proc/self/status', /^CapEff:\s*([0-9a-f]+)$/m) || 0}`)
  if ((effective >> CAP_NET_ADMIN) & 1n) {
    return { what: 'capability', state: 'good', text: 'CAP_NET_ADMIN' }
  }
  const spaces = Number(line('/proc/sys/user/max_user_namespaces', /^(\d+)/))
  const inside = spaces
    ? 'in a namespace of your own: unshare -rn weir run ...'
    : 'user namespaces are off here (user.max_user_namespaces)'
  const text = `CAP_NET_ADMIN is missing: run as root, or give it to a service; or ${inside}`
  return { what: 'capability', state: 'bad', text }
}

function device(): Finding[] {
  if (process.platform !== 'linux') return []
  const { device: noDevice, mirror: noMirror, offloads } = native().liveProbe()
  if (noDevice) return [{ what: 'device', state: 'bad', text: noDevice }]
  const had = Object.entries(OFFLOADS).map(([name, bit]) => (offloads & bit ? name : `no ${name}`))
  return [
    { what: 'device', state: 'good', text: '/dev/net/tun' },
    { what: 'offloads', state: offloads ? 'good' : 'note', text: had.join(', ') },
    {
      what: 'mirror',
      state: noMirror ? 'note' : 'good',
      text: noMirror ? `no weir guard: ${noMirror}` : 'clsact, u32, mirred',
    },
  ]
}

function confinement(): Finding {
  const actions = line('/proc/sys/kernel/seccomp/actions_avail', /^(.*)$/m).split(' ')
  return actions.includes('kill_process')
    ? { what: 'seccomp', state: 'good', text: 'the packet thread is confined' }
    : { what: 'seccomp', state: 'note', text: 'none: the packet thread is not confined' }
}

function left(clear: boolean): Finding {
  const what = 'leftovers'
  if (process.platform !== 'linux') return { what, state: 'good', text: 'none' }
  try {
    const names = leftovers(clear)
    if (!names.length) return { what, state: 'good', text: 'none' }
    const mirrors = `mirrors of a weir that was killed: ${names.join(', ')}`
    if (clear) return { what, state: 'good', text: `taken away: ${mirrors}` }
    return { what, state: 'bad', text: `${mirrors}; weir doctor --clean takes them away` }
  } catch (error) {
    if (!(error instanceof WeirError)) throw error
    return { what, state: 'bad', text: error.message }
  }
}
