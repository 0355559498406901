import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { SyslogTransport } from '../../src/sinks/syslog.js'
import { framed, messageOf } from '../../src/sinks/syslogmessage.js'
import { SpooledSink } from '../../src/sinks/spoolsink.js'
import { until } from '../support/namespace.js'
import { TestCa } from './httpcollector.js'
import { numbered, openGate, Scratch, TestConsent, traffic } from './spoolsupport.js'

const gate = await openGate()

/** RFC 5424 as a receiver reads it. */
function parse(message: string) {
  const head = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) \[(\S+)/.exec(message)
  if (!head) throw new Error(`no syslog: ${message}`)
  const params = new Map<string, string>()
  const PARAM = / ([^ ="\]]+)="((?:[^"\\\]]|\\["\\\]])*)"/y
  PARAM.lastIndex = head[0].length
  let at = PARAM.lastIndex
  for (let match; (match = PARAM.exec(message)); at = PARAM.lastIndex) {
    params.set(match[1]!, match[2]!.replaceAll(/\\(["\\\]])/g, '$1'))
  }
  expect(message.slice(at, at + 2)).toBe('] ')
  const [, priority, time, host, app, process, kind, id] = head
  return { priority, time, host, app, process, kind, id, params, text: message.slice(at + 2) }
}

/** Messages with their octets counted (RFC 5425 4.3). */
function unframed(bytes: Buffer): string[] {
  const messages: string[] = []
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at)
    const length = Number(bytes.toString('latin1', at, space))
    expect(Number.isInteger(length)).toBe(true)
    messages.push(bytes.toString('utf8', space + 1, space + 1 + length))
    at = space + 1 + length
  }
  return messages
}

type Manner = 'take' | 'cut' | 'silence'

/** Takes what comes over TLS, or not, a manner for each connection; the last stays. */
async function receiver(ca: TestCa, ...manners: Manner[]) {
  const sessions: Buffer[] = []
  const server = createServer(
    { cert: ca.pem('localhost.pem'), key: ca.pem('localhost.key'), allowHalfOpen: true },
    (socket) => {
      const manner = manners.length > 1 ? manners.shift() : manners[0]
      const chunks: Buffer[] = []
      socket.on('error', () => undefined)
      socket.on('data', (data: Buffer) => {
        chunks.push(data)
        if (manner === 'cut') socket.destroy()
      })
      socket.on('end', () => {
        if (manner === 'silence') return
        sessions.push(Buffer.concat(chunks))
        socket.end()
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`syslog+tls://localhost:${(server.address() as AddressInfo).port}`)
  return { url, sessions, [Symbol.dispose]: () => server.close() }
}

const QUICK = {
  consent: new TestConsent(),
  batchMs: 5,
  gatherMs: 1,
  backoff: { firstMs: 5, mostMs: 20, askedMs: 20 },
}

describe('a message', () => {
  it('says what the record says', () => {
    for (const record of [...traffic(gate, 100), numbered(gate, 3)]) {
      const [message] = unframed(framed(messageOf(record), 'a-key', 7))
      const { params, ...parsed } = parse(message!)
      expect(JSON.parse(parsed.text)).toEqual(record)
      expect(parsed).toMatchObject({ host: '-', app: 'weir', process: '-', id: 'weir@32473' })
      expect(parsed.kind).toBe(record.type)
      expect([params.get('batch'), params.get('position')]).toEqual(['a-key', '7'])
      if (record.type !== 'flow' && record.type !== 'dns') continue
      expect(parsed.time).toBe(record.end)
      expect(params.get('host')).toBe(record.host ?? undefined)
      expect(params.get('rule')).toBe(record.rule?.text)
    }
  })

  it('cannot be broken out of', () => {
    const [flow] = traffic(gate, 20).filter(({ type }) => type === 'flow')
    const text = '/a"] b="c"\\]/\n<0>1 ü'
    const rule = { text, list: ' batch="-"', line: 1 }
    const record = { ...flow!, rule } as unknown as typeof flow & object
    const { params, text: json } = parse(unframed(framed(messageOf(record), 'k', 0))[0]!)
    expect(params.get('rule')).toBe(text.replace('\n', '?'))
    expect(params.get('list')).toBe(' batch="-"')
    expect(json).toMatch(/^[\x20-\x7e]+$/)
    expect((JSON.parse(json) as { rule: unknown }).rule).toEqual(rule)
  })
})

describe('a receiver', () => {
  it('gets batches over TLS until it has read one to its end', async () => {
    using ca = new TestCa()
    using scratch = new Scratch()
    using server = await receiver(ca, 'cut', 'take')
    const transport = new SyslogTransport({ url: server.url, tls: { ca: ca.pem('ca.pem') } })
    const sink = await SpooledSink.open(scratch.join('spool'), transport, QUICK)
    const records = traffic(gate, 2000)
    for (const record of records) sink.write(record)
    await until(() => sink.counts.kept === 2000)
    await sink.close()
    const messages = server.sessions.flatMap(unframed).map(parse)
    expect(messages.map(({ text }) => JSON.parse(text) as unknown)).toEqual(records)
    const ids = messages.map(({ params }) => `${params.get('batch')}:${params.get('position')}`)
    expect(new Set(ids).size).toBe(2000)
  })

  it('is not spoken to unless its certificate is good', async () => {
    using ca = new TestCa()
    using server = await receiver(ca, 'take')
    const signal = new AbortController().signal
    const entries = [{ kind: 'action' as const, revision: 1, text: messageOf(numbered(gate, 1)) }]
    const batch = { key: 'k', entries, isRepeat: false }
    const untrusting = new SyslogTransport({ url: server.url })
    await expect(untrusting.send(batch, signal)).rejects.toThrow(/certificate/)
    const other = new URL(server.url.href.replace('localhost', '127.0.0.1'))
    const misnamed = new SyslogTransport({ url: other, tls: { ca: ca.pem('ca.pem') } })
    await expect(misnamed.send(batch, signal)).rejects.toThrow(/IP/)
    expect(server.sessions).toEqual([])
    const make = (): unknown => new SyslogTransport({ url: server.url, tls: { cert: 'alone' } })
    expect(make).toThrow(expect.objectContaining({ code: 'WEIR_BAD_ARGUMENT' }))
  })

  it('that says nothing is given up', async () => {
    using ca = new TestCa()
    using server = await receiver(ca, 'silence')
    const tls = { ca: ca.pem('ca.pem') }
    const transport = new SyslogTransport({ url: server.url, tls, overallMs: 300 })
    const entries = [{ kind: 'action' as const, revision: 1, text: messageOf(numbered(gate, 1)) }]
    const sent = transport.send(
      { key: 'k', entries, isRepeat: false },
      new AbortController().signal,
    )
    await expect(sent).rejects.toThrow(/no answer in time/)
  })
})

describe('rsyslog', () => {
  it('takes what is sent to it over TLS', async () => {
    using ca = new TestCa()
    using scratch = new Scratch()
    const port = 20_000 + (process.pid % 20_000)
    writeFileSync(
      scratch.join('conf'),
      `global(workDirectory="${scratch.path}" maxMessageSize="64k"
  defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${ca.path('ca.pem')}"
  defaultNetstreamDriverCertFile="${ca.path('localhost.pem')}" defaultNetstreamDriverKeyFile="${ca.path('localhost.key')}")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
template(name="raw" type="list") { property(name="msgid") constant(value=" ") property(name="structured-data") constant(value=" ") property(name="msg") constant(value="\\n") }
input(type="imtcp" port="${port}" address="127.0.0.1")
action(type="omfile" file="${scratch.join('out')}" template="raw")
`,
    )
    const args = ['-n', '-f', scratch.join('conf'), '-i', scratch.join('pid')]
    expect(spawnSync('rsyslogd', ['-N1', ...args.slice(1)]).status).toBe(0)
    const rsyslog = spawn('rsyslogd', args, { stdio: 'ignore' })
    const ended = new Promise((resolve) => rsyslog.once('close', resolve))
    try {
      await listens(port)
      const transport = new SyslogTransport({
        url: new URL(`syslog+tls://localhost:${port}`),
        tls: { ca: ca.pem('ca.pem'), cert: ca.pem('device.pem'), key: ca.pem('device.key') },
      })
      const sink = await SpooledSink.open(scratch.join('spool'), transport, QUICK)
      const records = traffic(gate, 300)
      for (const record of records) sink.write(record)
      await until(() => sink.counts.kept === 300)
      await sink.close()
      const lines = await until(() => {
        const found = readFileSync(scratch.join('out'), 'utf8').split('\n').slice(0, -1)
        return found.length >= 300 && found
      })
      const texts = lines.map((line) => JSON.parse(line.slice(line.indexOf('] {') + 2)) as unknown)
      expect(texts).toEqual(records)
      expect(lines[0]).toMatch(/^(flow|dns) \[weir@32473 batch="[0-9a-f-]{36}" position="0" id=/)
    } finally {
      rsyslog.kill('SIGKILL')
      await ended
    }
  })
})

async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('rsyslogd does not listen')
}
