import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../src/files/sqlite.js'
import { ConsentStore } from '../../src/privacy/store.js'
import { readEnrolment, recordsUrl } from '../../src/cli/enrolment.js'
import { HttpTransport } from '../../src/sinks/http.js'
import { SpooledSink } from '../../src/sinks/spoolsink.js'
import type { FlowRecord } from '../../src/records/types.js'
import { deviceReport } from '../../src/telemetry/device.js'
import { memoryReport } from '../../src/telemetry/memory.js'
import { Program } from '../support/namespace.js'
import { startWeir, weir } from '../support/weir.js'
import { Place } from './place.js'

const command = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url))
const capture = fileURLToPath(
  new URL('../../fixtures/captures/blocked/input.pcap', import.meta.url),
)

/** `weir collect`, which is killed and started anew at the same port. */
class Collecting {
  #program: Program | undefined
  port = 0

  constructor(private readonly store: string) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  async start(): Promise<this> {
    const args = ['collect', '--store', this.store, '--listen', `127.0.0.1:${this.port}`]
    const program = new Program(spawn(process.execPath, [command, ...args], { stdio: 'pipe' }))
    this.#program = await program.says('into')
    this.port = Number(/127\.0\.0\.1:(\d+)/.exec(program.err)?.[1])
    return this
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM') {
    return this.#program!.stop(signal)
  }
}

interface Row {
  readonly type: string
  readonly body: string
}

function rows(store: string): Row[] {
  const db = openSqlite(store, { readonly: true })
  const all = db.prepare('SELECT type, body FROM record ORDER BY id').all() as Row[]
  db.close()
  return all
}

/** A device that is enrolled, by the commands. */
async function enrolled(place: Place, collecting: Collecting, store: string) {
  const code = weir(['collect', 'code', 'new', '--name', 'laptop', '--store', store]).out.trim()
  const run = startWeir(['enrol', collecting.url, '--code', code], { env: place.env })
  expect(await run.end).toMatchObject({ code: 0, err: '' })
  for (const file of ['enrolment.json', 'collector.token']) {
    expect(statSync(join(place.config, file)).mode & 0o777).toBe(0o600)
  }
  return (await readEnrolment(place.config))!
}

describe('from a capture to the collector', () => {
  it('kill -9 of the collector between: nothing acknowledged is lost, nothing is there twice', async () => {
    using place = new Place()
    const path = place.join('collected.db')
    const collecting = await new Collecting(path).start()
    const enrolment = await enrolled(place, collecting, path)
    const consent = await ConsentStore.open(place.config)
    const gate = await consent.gate('tenant')
    const sink = await SpooledSink.open(
      place.join('spool'),
      new HttpTransport({ url: recordsUrl(enrolment), token: enrolment.token, proxy: null }),
      {
        consent: { gate, store: consent },
        backoff: { firstMs: 5, mostMs: 50, askedMs: 1000 },
        batchMs: 5,
        gatherMs: 2,
        batchRecords: 40,
      },
    )
    const flows = weir(['replay', capture, '--format', 'ndjson']).out.trim().split('\n')
    const sent: string[] = []
    const give = (record: Parameters<typeof gate.clear>[0]): void => {
      const cleared = gate.clear(record)
      if (!cleared) return
      sink.write(cleared)
      sent.push(JSON.stringify(cleared))
    }
    give(await deviceReport(consent, place.state))
    give(memoryReport())
    let count = 0
    for (let round = 0; round < 4; round++) {
      for (const line of flows) give(JSON.parse(line) as FlowRecord)
      for (let i = 0; i < 300; i++, count++) {
        give({ type: 'action', time: new Date().toISOString(), action: 'list-updated', count })
      }
      await sink.flush()
      // In the middle of what is under way.
      await new Promise((resolve) => setTimeout(resolve, 15 * round))
      await collecting.stop('SIGKILL')
      await collecting.start()
    }
    while (sink.counts.waiting) await new Promise((resolve) => setTimeout(resolve, 20))
    await sink.close()
    expect(sink.counts).toMatchObject({ given: sent.length, kept: sent.length, lost: 0 })
    const bodies = rows(path).map(({ body }) => body)
    expect(bodies).toEqual(sent)
    expect((await collecting.stop()).code).toBe(0)
  })

  it('reports and feedback go when they are told to, and once', async () => {
    using place = new Place()
    const path = place.join('collected.db')
    const device = (...args: string[]) => startWeir(args, { env: place.env }).end
    const shown = await device('feedback', '--type', 'idea', '--comment', 'a dark page')
    expect(shown.out).toContain('"comment": "a dark page"')
    expect(shown.out).not.toContain('email')
    expect((await device('report')).out).toContain('"comment":"a dark page"')
    expect((await device('report', '--send')).err).toContain('weir enrol')
    const collecting = await new Collecting(path).start()
    await enrolled(place, collecting, path)
    await collecting.stop()
    expect(await device('report', '--send')).toMatchObject({ code: 5 })
    await collecting.start()
    expect((await device('report', '--send')).out).toMatch(/^\d reports sent\n$/)
    expect(readdirSync(join(place.state, 'reports'))).toEqual([])
    const types = rows(path).map(({ type }) => type)
    expect(types.filter((type) => type === 'feedback')).toHaveLength(1)
    expect(types).toContain('device')
    await device('consent', 'set', 'feedback', 'off', '--as', 'admin')
    const refused = await device('feedback', '--type', 'smile', '--email', 'me@site.example')
    expect(refused.out).toContain('Nothing is sent')
    expect(readdirSync(join(place.state, 'reports'))).toEqual([])
    await collecting.stop()
  })

  it.each([
    [['feedback'], 'needs --type'],
    [['feedback', '--type', 'rage'], 'one of smile'],
    [['feedback', '--type', 'smile', '--email', 'nobody'], 'no address'],
    [['collect', 'token', 'new'], '--name'],
    [['collect', '--listen', '0.0.0.0:0'], '--cert'],
    [['collect', '--cert', 'x'], 'go together'],
    [['collect', 'nothing'], 'followed by'],
    [['enrol', 'http://127.0.0.1:9'], '--code'],
    [['enrol', 'http://collector.example', '--code', 'x'], 'https://'],
  ])('%j is refused, and says why', async (args, why) => {
    using place = new Place()
    const { code, err } = await startWeir(args, { env: place.env }).end
    expect([code, err]).toEqual([2, expect.stringContaining(why)])
  })
})
