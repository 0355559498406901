/**
 * Other ways in which the same conversations could have come over the wire. Every function is
 * pure: packets, a random source and how many changes at most go in; packets come out.
 */
import type { Random } from '../blocklist/slow/random.js'
import {
  ACK,
  datagramOf,
  FIN,
  fragmentsOf,
  type Packet,
  RST,
  spanOf,
  SYN,
  type View,
  viewOf,
  withPayload,
} from './packets.js'

/** A packet of a flow, and its place in the capture, which a packet that takes its place inherits. */
interface Entry {
  readonly packet: Packet
  readonly view: View | null
  readonly slot: number
  readonly time: number
}

/** Packets that belong together, in their order. */
export interface Flow {
  readonly entries: readonly Entry[]
  /**
   * `tcp`: its SYN was captured, and every byte that was acknowledged or sent: the engine sees all
   * of it whatever the order. `udp`. `datagram`: fragments of one IP datagram. `other` is left as
   * it is: transports without ports, packets that the capture cut, fragments that contradict each
   * other, and TCP of which bytes are missing, where it is the borders of segments by which framing
   * is found again.
   */
  readonly kind: 'tcp' | 'udp' | 'datagram' | 'other'
  /** Its five-tuple had a life before, which only the SYN ends. */
  readonly isAgain: boolean
  /** Its answers say which name an address has: a flow that began before them has no such hint. */
  readonly isDns: boolean
}

export const OPERATIONS = [
  'merge',
  'cut',
  'crumble',
  'reorder',
  'duplicate',
  'overlap',
  'corrupt',
  'fragment',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** One operation on one flow: together with the capture it says which packets come out. */
export interface Edit {
  readonly operation: Operation
  readonly flow: number
  readonly seed: number
  /** Changes at most; shrinking lowers it. */
  readonly limit: number
}

type Change = (flow: Flow, random: Random, limit: number, flows: Context) => readonly Entry[]

/** What a flow must know of the others. */
interface Context {
  /** Slots at which flows begin. */
  readonly starts: readonly number[]
  /** Identifiers of fragments, none used twice. */
  nextId: number
}

/** Farther apart is another time: flows end when they are idle. */
const WINDOW_US = 1_000_000
const WINDOW_PACKETS = 6
/** What is out of order at once stays well within what the engine keeps for a flow. */
const WINDOW_BYTES = 8000
/** Bytes at the front of a direction that go one by one. */
const CRUMBLE_BYTES = 700
const IP_MAX = 65_535

/** A capture's clock may jump either way. */
const apart = (one: Entry, other: Entry): boolean => Math.abs(other.time - one.time) > WINDOW_US

/* ---- flows ---------------------------------------------------------------- */

const length = (entry: Entry): number => (entry.view ? entry.view.end - entry.view.payloadAt : 0)
const payload = ({ packet, view }: Entry): Uint8Array =>
  packet.bytes.subarray(view!.payloadAt, view!.end)
const has = (entry: Entry, flags: number): boolean => ((entry.view?.flags ?? 0) & flags) !== 0
const isUp = (entry: Entry, first: Entry): boolean => entry.view!.from === first.view!.from
/** Of the first byte of its payload; a SYN takes a number of its own. */
const sequence = (entry: Entry): number => (entry.view!.sequence + (has(entry, SYN) ? 1 : 0)) >>> 0

export function flowsOf(packets: readonly Packet[]): Flow[] {
  const groups = new Map<string, Entry[]>()
  const lives = new Map<string, { count: number; first: number }>()
  packets.forEach((packet, slot) => {
    const view = viewOf(packet)
    const entry = { packet, view, slot, time: packet.time }
    const key = view ? flowKey(entry, lives) : (datagramOf(packet) ?? 'rest')
    const group = groups.get(key)
    if (group) group.push(entry)
    else groups.set(key, [entry])
  })
  return Array.from(groups, ([key, entries]) => flowOf(key, entries))
}

/** Both directions have one key; a five-tuple that begins anew has another. */
function flowKey(entry: Entry, lives: Map<string, { count: number; first: number }>): string {
  const view = entry.view!
  const tuple = `${view.protocol} ${[view.from, view.to].sort().join(' ')}`
  if (view.protocol !== 6) return tuple
  const life = lives.get(tuple) ?? { count: 0, first: -1 }
  lives.set(tuple, life)
  if ((view.flags & (SYN | ACK)) === SYN && life.first !== view.sequence) {
    life.count++
    life.first = view.sequence
  }
  return `${tuple} ${life.count}`
}

function flowOf(key: string, entries: readonly Entry[]): Flow {
  const view = entries[0]!.view
  const isAgain = view?.protocol === 6 && !/ [01]$/.test(key)
  const isDns = view !== null && [view.from, view.to].some((end) => /:(53|5353|5355)$/.test(end))
  if (!view)
    return {
      entries,
      kind: key === 'rest' || isTorn(entries) ? 'other' : 'datagram',
      isAgain,
      isDns,
    }
  if (view.protocol !== 6) return { entries, kind: 'udp', isAgain, isDns }
  return { entries, kind: isWhole(entries) ? 'tcp' : 'other', isAgain, isDns }
}

/** Fragments that overlap, as only attackers' do: which came first matters. */
function isTorn(entries: readonly Entry[]): boolean {
  const spans = entries.map(({ packet }) => spanOf(packet)).sort((a, b) => a.from - b.from)
  return spans.some((span, i) => i > 0 && span.from < spans[i - 1]!.to)
}

/** Both handshake packets come first, and no byte is missing or told in two ways. */
function isWhole(entries: readonly Entry[]): boolean {
  const first = entries[0]!
  if (!has(first, SYN) || has(first, ACK)) return false
  return [true, false].every((up) => {
    const sent = entries.filter((entry) => isUp(entry, first) === up)
    if (!sent.some((entry) => length(entry))) return true
    return sent.some((entry) => has(entry, SYN)) && streamOf(sent) !== null
  })
}

/** The bytes of one direction from its SYN on; null where some are missing or differ. */
function streamOf(sent: readonly Entry[]): Uint8Array | null {
  const base = sequence(sent.find((entry) => has(entry, SYN))!)
  const pieces = sent.filter((entry) => length(entry))
  const at = (entry: Entry): number => (sequence(entry) - base) | 0
  // A keep-alive repeats the byte before, which may be any (RFC 9293 3.8.4).
  if (pieces.some((entry) => at(entry) < 0)) return null
  const size = Math.max(0, ...pieces.map((entry) => at(entry) + length(entry)))
  if (size > 1 << 22) return null
  const [bytes, known] = [new Uint8Array(size), new Uint8Array(size)]
  for (const entry of pieces) {
    const from = at(entry)
    payload(entry).forEach((byte, i) => {
      if (known[from + i] && bytes[from + i] !== byte) known[from + i] = 2
      else if (!known[from + i]) known[from + i] = 1
      bytes[from + i] = byte
    })
  }
  return known.every((count) => count === 1) ? bytes : null
}

/* ---- segments ------------------------------------------------------------- */

function segment(entry: Entry, from: number, to: number, flags: number): Entry {
  const packet = withPayload(entry.packet, entry.view!, payload(entry).subarray(from, to), {
    // The SYN's own number stays with the piece that has the SYN.
    sequence: (from ? sequence(entry) + from : entry.view!.sequence) >>> 0,
    flags,
  })
  return { ...entry, packet, view: viewOf(packet) }
}

/** SYN stays with the first piece, FIN and RST with the last. */
function pieces(entry: Entry, cuts: readonly number[]): Entry[] {
  const { flags } = entry.view!
  const edges = [0, ...cuts, length(entry)]
  return edges.slice(1).map((to, i) => {
    const isLast = i === cuts.length
    const rest = flags & ~(SYN | FIN | RST)
    const own = (i === 0 ? flags & SYN : 0) | (isLast ? flags & (FIN | RST) : 0)
    return segment(entry, edges[i]!, to, rest | own)
  })
}

function randomCuts(random: Random, size: number, count: number): number[] {
  const cuts = new Set<number>()
  for (let i = 0; i < count; i++) cuts.add(1 + random.below(size - 1))
  return [...cuts].sort((a, b) => a - b)
}

/** Segments in a few pieces, at random places, often near the front. */
const cut: Change = (flow, random, limit) =>
  flow.entries.flatMap((entry) => {
    if (length(entry) < 2 || limit <= 0 || random.below(4) === 0) return entry
    limit--
    const size = random.below(3) === 0 ? Math.min(length(entry), 12) : length(entry)
    return pieces(entry, randomCuts(random, size, 1 + random.below(5)))
  })

/** The front of each direction byte by byte. */
const crumble: Change = (flow, _random, limit) => {
  const done = new Map<string, number>()
  return flow.entries.flatMap((entry) => {
    const before = done.get(entry.view!.from) ?? 0
    const count = Math.min(length(entry) - 1, CRUMBLE_BYTES - before, limit)
    if (count < 1) return entry
    limit -= count
    done.set(entry.view!.from, before + count)
    return pieces(
      entry,
      Array.from({ length: count }, (_, i) => i + 1),
    )
  })
}

/** Neighbours of one direction as one segment, as offloading delivers them. */
const merge: Change = (flow, random, limit) => {
  const merged: Entry[] = []
  for (const entry of flow.entries) {
    const before = merged.at(-1)
    if (!before || limit <= 0 || !follows(before, entry) || random.below(4) === 0) {
      merged.push(entry)
      continue
    }
    limit--
    const both = Buffer.concat([payload(before), payload(entry)])
    const flags = before.view!.flags | entry.view!.flags
    const packet = withPayload(before.packet, before.view!, both, { flags })
    merged[merged.length - 1] = { ...before, packet, view: viewOf(packet) }
  }
  return merged
}

function follows(before: Entry, entry: Entry): boolean {
  const [one, other] = [length(before), length(entry)]
  return (
    one > 0 &&
    other > 0 &&
    before.view!.end + other <= IP_MAX &&
    before.view!.from === entry.view!.from &&
    !has(entry, SYN) &&
    sequence(entry) === (sequence(before) + one) >>> 0 &&
    !apart(before, entry)
  )
}

/* ---- order ---------------------------------------------------------------- */

/** The same slots and times with their packets in another order. */
function arrange(entries: readonly Entry[], order: readonly Entry[]): Entry[] {
  return order.map(({ packet, view }, i) => {
    const { slot, time } = entries[i]!
    return { packet, view, slot, time }
  })
}

/**
 * How far behind may the i-th packet come? Never behind what the other end said next: that answers
 * it, and a capture in which the answer comes first is of another conversation. Nor may an answer
 * of the DNS come behind the start of another flow.
 */
function latest(flow: Flow, entries: readonly Entry[], i: number, context: Context): number {
  const entry = entries[i]!
  const slot = (at: number): number => flow.entries[at]!.slot
  let [to, bytes] = [i, length(entry)]
  for (let j = i + 1; j < entries.length && j <= i + WINDOW_PACKETS; j++) {
    const other = entries[j]!
    bytes += length(other)
    if (other.view!.from !== entry.view!.from && length(other)) break
    if (bytes > WINDOW_BYTES || apart(flow.entries[i]!, flow.entries[j]!)) break
    if (flow.isDns && context.starts.some((start) => start > slot(i) && start <= slot(j))) break
    // The last FIN ends the flow; a SYN behind it begins another.
    if (has(entry, SYN) && has(other, FIN | RST)) break
    to = j
  }
  return to
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** Packets come late: behind a few others, data before its predecessor and before the SYN too. */
const reorder: Change = (flow, random, limit, context) => {
  const { entries } = flow
  if (flow.kind === 'datagram') {
    if (limit <= 0 || apart(entries[0]!, entries.at(-1)!)) return entries
    return arrange(entries, shuffled(entries, random))
  }
  const order = [...entries]
  entries.forEach((entry, i) => {
    if ((flow.isAgain && i === 0) || limit <= 0 || random.below(3) === 0) return
    const from = order.indexOf(entry)
    const to = from + random.below(latest(flow, order, from, context) - from + 1)
    if (from === to) return
    order.splice(to, 0, ...order.splice(from, 1))
    if (flow.kind === 'udp' || mayBegin(order, entries[0]!)) limit--
    else order.splice(from, 0, ...order.splice(to, 1))
  })
  return arrange(entries, order)
}

/**
 * The first packet tells which end is the client: by a SYN, or by having spoken first. Where a
 * direction begins is told by its SYN, by the SYN-ACK that acknowledges it, or by its first byte:
 * bytes from its middle that come before all of these are what a capture begins with that missed
 * the start.
 */
function mayBegin(order: readonly Entry[], syn: Entry): boolean {
  if (!isUp(order[0]!, syn) && !has(order[0]!, SYN)) return false
  return [true, false].every((up) => {
    const told = order.find((entry) =>
      isUp(entry, syn) === up ? has(entry, SYN) || length(entry) : up && has(entry, SYN),
    )
    if (!told || has(told, SYN)) return true
    return order.some(
      (entry) => has(entry, SYN) && isUp(entry, syn) === up && sequence(entry) === sequence(told),
    )
  })
}

/** The entry once more, somewhere behind the i-th. */
function insertLater(entries: Entry[], i: number, copy: Entry, random: Random): void {
  const at = i + random.below(Math.min(WINDOW_PACKETS, entries.length - i))
  const host = entries[at]!
  if (apart(host, entries[i]!)) return
  // A SYN behind the flow's end begins another flow.
  if (has(copy, SYN) && entries.slice(0, at + 1).some((entry) => has(entry, FIN | RST))) return
  entries.splice(at + 1, 0, { ...copy, slot: host.slot, time: host.time })
}

const duplicate: Change = (flow, random, limit) => {
  const entries = [...flow.entries]
  // A copy of a fragment behind the last that is missing would belong to no datagram.
  const end = flow.kind === 'datagram' ? entries.length - 1 : entries.length
  for (let i = end - 1; i >= 0 && limit > 0; i--) {
    if (random.below(2) === 0) continue
    limit--
    if (flow.kind === 'datagram') entries.splice(i, 0, entries[i]!)
    else insertLater(entries, i, entries[i]!, random)
  }
  return entries
}

/* ---- retransmissions ------------------------------------------------------ */

/** What of a direction's bytes has gone by. */
class Sent {
  readonly known: Uint8Array
  readonly base: number
  readonly bytes: Uint8Array
  constructor(entries: readonly Entry[], from: string) {
    const sent = entries.filter((entry) => entry.view!.from === from)
    const syn = sent.find((entry) => has(entry, SYN))
    this.base = syn ? sequence(syn) : 0
    this.bytes = (syn && streamOf(sent)) ?? new Uint8Array(0)
    this.known = new Uint8Array(this.bytes.length)
  }
  add(entry: Entry): void {
    const at = (sequence(entry) - this.base) | 0
    this.known.fill(1, at, at + length(entry))
  }
  /** A random range, all of it gone by, that ends no farther than 3000 bytes behind `entry`. */
  range(entry: Entry, random: Random): [from: number, to: number] | null {
    const at = ((sequence(entry) - this.base) | 0) + random.below(length(entry))
    if (!this.known[at]) return null
    let [from, to] = [at, at + 1]
    for (let n = random.below(1000); n && from > 0 && this.known[from - 1]; n--) from--
    for (let n = random.below(1000); n && this.known[to]; n--) to++
    return [from, to]
  }
}

/** Bytes that went by are sent again, cut in another way; `alter` may make others of them. */
const retransmit =
  (alter: (bytes: Uint8Array, random: Random) => Uint8Array): Change =>
  (flow, random, limit) => {
    const senders = [...new Set(flow.entries.map((entry) => entry.view!.from))]
    const sent = new Map(senders.map((from) => [from, new Sent(flow.entries, from)]))
    return flow.entries.flatMap((entry) => {
      if (!length(entry)) return entry
      const stream = sent.get(entry.view!.from)!
      stream.add(entry)
      const range = limit > 0 && random.below(2) ? stream.range(entry, random) : null
      if (!range) return entry
      limit--
      const bytes = alter(stream.bytes.slice(...range), random)
      const packet = withPayload(entry.packet, entry.view!, bytes, {
        sequence: (stream.base + range[0]) >>> 0,
        flags: ACK,
      })
      return [entry, { ...entry, packet, view: viewOf(packet) }]
    })
  }

const overlap = retransmit((bytes) => bytes)
/** The receiver keeps what came first, and so must whoever watches. */
const corrupt = retransmit((bytes, random) => bytes.map((byte) => byte ^ (1 + random.below(255))))

/* ---- fragments ------------------------------------------------------------ */

const fragment: Change = (flow, random, limit, context) =>
  flow.entries.flatMap((entry) => {
    const { packet, view } = entry
    if (!view || limit <= 0 || random.below(3) === 0) return entry
    const units = Math.ceil((view.end - view.transportAt) / 8)
    if (units < 2) return entry
    limit--
    const cuts = randomCuts(random, units, 1 + random.below(4)).map((unit) => unit * 8)
    const parts = shuffled(fragmentsOf(packet, view, cuts, context.nextId++), random)
    if (random.below(3) === 0) parts.unshift(parts[random.below(parts.length - 1)]!)
    return parts.map((part) => ({ ...entry, packet: part, view: null }))
  })

/* ---- all together --------------------------------------------------------- */

const CHANGES: Record<Operation, { change: Change; kinds: readonly Flow['kind'][] }> = {
  merge: { change: merge, kinds: ['tcp'] },
  cut: { change: cut, kinds: ['tcp'] },
  crumble: { change: crumble, kinds: ['tcp'] },
  reorder: { change: reorder, kinds: ['tcp', 'udp', 'datagram'] },
  duplicate: { change: duplicate, kinds: ['tcp', 'udp', 'datagram'] },
  overlap: { change: overlap, kinds: ['tcp'] },
  corrupt: { change: corrupt, kinds: ['tcp'] },
  fragment: { change: fragment, kinds: ['tcp', 'udp'] },
}

export const allows = (operation: Operation, flow: Flow): boolean =>
  CHANGES[operation].kinds.includes(flow.kind)

/** Applies the edits in their order; each flow keeps its places among the others. */
export function mutate(
  flows: readonly Flow[],
  edits: readonly Edit[],
  source: (seed: number) => Random,
): Packet[] {
  const context: Context = { starts: flows.map((flow) => flow.entries[0]!.slot), nextId: 0x8000 }
  const changed = [...flows]
  for (const { operation, flow, seed, limit } of edits) {
    const before = changed[flow]!
    const entries = CHANGES[operation].change(before, source(seed), limit, context)
    changed[flow] = { ...before, entries }
  }
  const entries = changed.flatMap((flow) => flow.entries)
  entries.sort((a, b) => a.slot - b.slot) // stable
  return entries.map(({ packet, time }) => ({ ...packet, time }))
}
