/**
 * How a conversation was cut into packets changes no host and no verdict.
 *
 * WEIR_SEED: another seed. WEIR_ROUNDS: variants of each capture. WEIR_CORPUS: a folder of
 * more captures, of which a sample is taken.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readLists } from '../../src/cli/listset.js'
import {
  compile,
  encode,
  Engine,
  PacketBatch,
  readCapture,
  REPLAY_SEED,
  Ruleset,
  type TrafficRecord,
} from '../../src/index.js'
import { Random } from '../blocklist/slow/random.js'
import { httpFlow, timeOf } from '../support/packets.js'
import { allows, type Edit, type Flow, flowsOf, mutate, OPERATIONS } from './mutate.js'
import type { Packet } from './packets.js'

const BATCHES = [1, 7, 64, 500]
const SEED = Number(process.env['WEIR_SEED'] ?? 1)
const ROUNDS = Number(process.env['WEIR_ROUNDS'] ?? 12)
const NO_LIMIT = 1 << 30
/** Of one flow; native/core/learn.h. */
const HOSTS_MAX = 17
/** Room for any of the captures; a smaller engine is made sooner. */
const SMALL = {
  maxFlows: 8192,
  maxRecords: 2048,
  maxAssemblers: 128,
  maxFragments: 16,
  maxHints: 4096,
  maxNames: 32_768,
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const rules = compile(readLists(path('../../fixtures/lists/demo.json'))).bytes

/** Packets of a capture, copied out; what comes before damage, if it is damaged. */
async function packetsOf(file: string): Promise<Packet[]> {
  const packets: Packet[] = []
  using capture = readCapture(file)
  try {
    for await (const batch of capture) {
      for (let i = 0; i < batch.count; i++) {
        const bytes = batch.packet(i).slice()
        const wireLength = Math.max(batch.wireLengths[i]!, bytes.length)
        packets.push({ bytes, time: batch.times[i]!, wireLength })
      }
    }
  } catch (error) {
    if (packets.length === 0) return []
    if ((error as { code?: string }).code !== 'WEIR_CAPTURE_DAMAGED') throw error
  }
  return packets
}

function replayed(
  packets: readonly Packet[],
  batchSize: number,
  ruleset: Ruleset,
): TrafficRecord[] {
  using engine = new Engine({ seed: REPLAY_SEED, ...SMALL })
  engine.use(ruleset)
  const records: TrafficRecord[] = []
  const batch = new PacketBatch(batchSize, new Uint8Array(1 << 20))
  const judge = (): void => {
    for (let at = 0; at < batch.count;) {
      at = engine.inspectBatch(batch, at)
      records.push(...engine.records())
    }
    batch.clear()
  }
  for (const { bytes, time, wireLength } of packets) {
    const meta = { time, wireLength }
    if (batch.add(bytes, meta)) continue
    judge()
    if (!batch.add(bytes, meta)) throw new Error(`a packet of ${bytes.length} bytes`)
  }
  judge()
  while (!engine.finish()) records.push(...engine.records())
  records.push(...engine.records())
  return records
}

/**
 * What must stay, by five-tuple. Not in it, because it may well differ: numbers of packets and
 * bytes, times, how the flow ended, and how often something was seen: a query sent twice is two
 * transactions. Nor which hosts a flow names beyond those it has room for, and whether it is RTP,
 * which is told by packets that number themselves in order.
 */
function essence(records: readonly TrafficRecord[]): Map<string, Set<string>> {
  const byTuple = new Map<string, Set<string>>()
  for (const record of records) {
    const { client, server, transport } = record
    const tuple = `${transport} ${client.ip} ${client.port} > ${server.ip} ${server.port}`
    const said = byTuple.get(tuple) ?? new Set<string>()
    said.add(JSON.stringify(record.type === 'flow' ? ofFlow(record) : ofDns(record)))
    byTuple.set(tuple, said)
  }
  return byTuple
}

type FlowRecord = Extract<TrafficRecord, { type: 'flow' }>
type DnsRecord = Extract<TrafficRecord, { type: 'dns' }>

function ofFlow(record: FlowRecord): unknown {
  const { protocol, via, protocolEvidence, host, hostSource, verdict, action, reason } = record
  const { rule, category, alpn, ja4, tlsVersion, quicVersion } = record
  const { nameIsOuter, hintAmbiguous, esni } = record
  const names = record.hosts ?? []
  const hosts =
    names.length < HOSTS_MAX ? names.map((seen) => `${seen.source} ${seen.host}`).sort() : 'many'
  const label = protocol === 'rtp' ? ['unknown', 'none'] : [protocol, protocolEvidence]
  return {
    ...{ label, via, host, hostSource, hosts },
    ...{ verdict, action, reason, rule, category },
    ...{ alpn, ja4, tlsVersion, quicVersion, nameIsOuter, hintAmbiguous, esni },
  }
}

function ofDns(record: DnsRecord): unknown {
  const { protocol, dnsId, query, qtype, verdict, action, reason, rule, category } = record
  return { protocol, dnsId, query, qtype, verdict, action, reason, rule, category }
}

const NOTHING: ReadonlySet<string> = new Set()

function differences(before: readonly TrafficRecord[], after: readonly TrafficRecord[]): string[] {
  const [was, is] = [essence(before), essence(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((tuple) => {
    const [one, other] = [was.get(tuple) ?? NOTHING, is.get(tuple) ?? NOTHING]
    const gone = [...one].filter((said) => !other.has(said)).map((said) => `- ${said}`)
    const come = [...other].filter((said) => !one.has(said)).map((said) => `+ ${said}`)
    return gone.length + come.length ? [`${tuple}\n${[...gone, ...come].join('\n')}`] : []
  })
}

/** One variant: for each flow some of the operations, in their order. */
function randomEdits(flows: readonly Flow[], random: Random): Edit[] {
  return flows.flatMap((flow, i) =>
    OPERATIONS.filter((operation) => allows(operation, flow) && random.below(3) === 0).map(
      (operation) => ({ operation, flow: i, seed: 1 + random.below(1 << 30), limit: NO_LIMIT }),
    ),
  )
}

/** Fewer edits with fewer changes, as long as they still fail. */
function shrink(edits: readonly Edit[], fails: (edits: readonly Edit[]) => boolean): Edit[] {
  let small = [...edits]
  for (let size = small.length >> 1 || 1; ; size = size >> 1 || 1) {
    const before = small.length
    for (let i = 0; i < small.length;) {
      const fewer = small.toSpliced(i, size)
      if (fails(fewer)) small = fewer
      else i += size
    }
    if (size === 1 && small.length === before) break
  }
  return small.map((edit, i) => {
    const limited = (limit: number): Edit => ({ ...edit, limit })
    // The least limit that fails, if more changes never mend what fewer broke; else some that fails.
    let [low, high] = [0, 1024]
    if (!fails(small.with(i, limited(high)))) return edit
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (fails(small.with(i, limited(middle)))) high = middle
      else low = middle
    }
    small = small.with(i, limited(high))
    return limited(high)
  })
}

async function check(file: string): Promise<void> {
  using ruleset = Ruleset.from(rules)
  const packets = await packetsOf(file)
  const original = replayed(packets, 64, ruleset)
  const lines = original.map(encode).join('')
  for (const size of BATCHES) {
    expect(replayed(packets, size, ruleset).map(encode).join(''), `batches of ${size}`).toBe(lines)
  }
  const flows = flowsOf(packets)
  const random = new Random(SEED)
  for (let round = 0; round < ROUNDS; round++) {
    const edits = randomEdits(flows, random)
    const size = random.pick(BATCHES)
    const compared = (chosen: readonly Edit[]): string[] => {
      const variant = mutate(flows, chosen, (seed) => new Random(seed))
      return differences(original, replayed(variant, size, ruleset))
    }
    if (!compared(edits).length) continue
    const least = shrink(edits, (chosen) => compared(chosen).length > 0)
    const told = least.map((edit) => JSON.stringify(edit)).join('\n')
    expect.fail(
      `${file}, WEIR_SEED=${SEED}, round ${round}:\n${told}\n${compared(least).join('\n')}`,
    )
  }
}

test('a host that changes is seen, and what changed it is found', () => {
  using ruleset = Ruleset.from(rules)
  const packets = (host: string): Packet[] =>
    httpFlow(40_000, host).map((bytes, i) => ({ bytes, time: timeOf(i), wireLength: bytes.length }))
  const replays = ['a.example', 'b.example'].map((host) => replayed(packets(host), 7, ruleset))
  expect(differences(replays[0]!, replays[0]!)).toEqual([])
  expect(differences(replays[0]!, replays[1]!)).toHaveLength(1)
  const edits = OPERATIONS.map((operation, i) => ({ operation, flow: 0, seed: i + 1, limit: 9 }))
  const fails = (chosen: readonly Edit[]): boolean =>
    chosen.some((edit) => edit.operation === 'overlap' && edit.limit >= 3)
  expect(shrink(edits, fails)).toEqual([{ ...edits[OPERATIONS.indexOf('overlap')]!, limit: 3 }])
})

const fixtures = path('../../fixtures/captures')
for (const name of readdirSync(fixtures).sort()) {
  const file = ['input.pcap', 'input.pcapng']
    .map((input) => join(fixtures, name, input))
    .find((input) => existsSync(input))
  if (file) test(`fixtures/captures/${name}`, () => check(file))
}

/** One in eight of the smaller ones: another seed takes others. */
const corpus = process.env['WEIR_CORPUS']
if (corpus) {
  readdirSync(corpus)
    .sort()
    .map((name) => join(corpus, name))
    .filter((file, i) => (i + SEED) % 8 === 0 && statSync(file).size <= 1 << 18)
    .forEach((file) => test(file, () => check(file), 120_000))
}
