import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Run, startWeir, weir } from '../support/weir.js'

const NAMESPACE = `weir-feeds-${process.pid}`
const inside = ['ip', 'netns', 'exec', NAMESPACE]
const ip = (line: string): string =>
  execFileSync('ip', ['-n', NAMESPACE, ...line.split(' ')], { encoding: 'utf8' })

vi.setConfig({ testTimeout: 120_000 })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-lists-'))
  execFileSync('ip', ['netns', 'add', NAMESPACE])
  ip('link set lo up')
  ip('link add out0 type veth peer name out1')
  ip('link set out1 up')
  ip('addr add 192.0.2.2/24 dev out0')
  ip('link set out0 up')
  ip('tuntap add weir0 mode tun')
  ip('link set weir0 up')
})
afterAll(() => {
  execFileSync('ip', ['netns', 'del', NAMESPACE])
  rmSync(folder, { recursive: true, force: true })
})

const update = (...args: string[]): Promise<Run> =>
  startWeir(['lists', 'update', ...args, '--dir', folder], { through: inside }).end

/** Packets that left by the tunnel. */
const sent = (): number => {
  const [link] = JSON.parse(ip('-j -s link show weir0')) as {
    stats64: { tx: { packets: number }; rx: { packets: number } }
  }[]
  return link!.stats64.tx.packets
}

describe('lists are never fetched through a TUN device', () => {
  it('that has an address, or has none and borrows one', async () => {
    weir(['lists', 'add', 'http://198.51.100.7/far', '--dir', folder])
    ip('route add 198.51.100.0/24 dev weir0')
    const before = sent()
    for (const address of [undefined, '10.9.0.1/24']) {
      if (address !== undefined) ip(`addr add ${address} dev weir0`)
      const run = await update('--json')
      expect(run.code).toBe(5)
      expect(JSON.parse(run.out)).toMatchObject([
        { name: 'far', outcome: 'failed', code: 'WEIR_FETCH_TUNNELLED' },
      ])
    }
    const around = await update('--interface', 'out0')
    expect(around.out).toMatch(/a tunnel in spite of out0/)
    const itself = await update('--interface', 'weir0')
    expect(itself.out).toMatch(/goes through weir0/)
    expect(sent()).toBe(before)
  })

  it('but by another way that is proven', async () => {
    const script = `require('http').createServer((q, r) => r.end('a.test\\n# ' + q.socket.remoteAddress)).listen(8080, '192.0.2.2', () => console.log('up'))`
    const [file, ...rest] = [...inside, process.execPath, '-e', script]
    const server = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void server.kill())
    await new Promise((resolve) => server.stdout.once('data', resolve))
    weir(['lists', 'add', 'http://192.0.2.2:8080/near', '--dir', folder])
    expect(await update('near')).toMatchObject({ code: 0, out: 'near  updated: 1 rules\n' })
    expect(await update('near', '--interface', 'out0')).toMatchObject({ code: 0 })
    expect(readFileSync(join(folder, 'lists/near.list'), 'utf8')).toBe('a.test\n# 192.0.2.2')
  })
})
