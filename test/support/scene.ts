import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TrafficRecord } from '../../src/records/types.js'
import { Namespace, type Program } from './namespace.js'
import { readRecords } from './recordfile.js'
import { type Packet, packetsOf } from './scenepackets.js'
import type { Run } from './weir.js'

/** What rules say of a host: the label that its name ends with, before `test`. */
export const JUDGEMENTS = ['allowed', 'audited', 'warned', 'blocked'] as const
export type Judgement = (typeof JUDGEMENTS)[number]

export const VERSIONS = [4, 6] as const
export type Version = (typeof VERSIONS)[number]

const OWN = ['198.18.0.1', 'fd77:6569:7200::1'] as const
export const RESOLVER = { 4: '198.51.100.53', 6: '2001:db8::53' } as const
const ORIGIN = fileURLToPath(new URL('../netns/clientsorigin.mjs', import.meta.url))
const QUIC_PORT = 4443

const POLICY = `version: 1
profile: a
profiles:
  a:
    allow: [allowed.test]
    audit: [audited.test]
    warn: [warned.test]
    block: [blocked.test]
`

/** Runs what follows with the hosts and resolv.conf it is given first, which nobody else sees. */
const WITH_NAMES =
  'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'

/** A name that is used by one client, in one test. `inDns`: it is asked for, not in the hosts file. */
export interface SceneHost {
  readonly name: string
  readonly inDns?: boolean
}

/**
 * A namespace with nothing but Weir's device, `weir run` on it, and an origin on this host for what is allowed.
 * Every host has addresses of its own. Needs root.
 */
export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'weir-scene-'))
  readonly #addresses = new Map<string, string>()
  #netns!: Namespace
  #run!: Program
  #capture!: Program

  static async open(hosts: readonly SceneHost[]): Promise<Scene> {
    const scene = new Scene()
    chmodSync(scene.folder, 0o755)
    scene.#writeFiles(hosts)
    const netns = (scene.#netns = await Namespace.open())
    const files = ['--rules', scene.at('policy.yaml'), '--records', scene.at('records.ndjson')]
    const hairpin = [
      '--hairpin',
      '8080',
      '--hairpin',
      '8080/udp',
      '--socket',
      scene.at('weir.sock'),
    ]
    const routes = ['--route', '0.0.0.0/0', '--route', '::/0', '--format', 'none']
    // Before all else that this machine has to do: how late that makes an answer is not Weir's.
    const weir = ['nice', '-n', '-15', ...netns.command, 'run']
    scene.#run = await netns.start(...weir, ...routes, ...hairpin, ...files).says('weir0 is up')
    const capture = [
      'tcpdump',
      '-i',
      'weir0',
      '-n',
      '-U',
      '--immediate-mode',
      '-s',
      '200',
      '-w',
      scene.at('all.pcap'),
    ]
    scene.#capture = await netns.start(...capture).says('listening')
    const origin = ['cert.pem', 'key.pem', 'zone', 'sshd_config'].map((name) => scene.at(name))
    await netns
      .start(process.execPath, ORIGIN, ...origin, String(QUIC_PORT), ...OWN)
      .says('listening')
    return scene
  }

  at(name: string): string {
    return join(this.folder, name)
  }

  /** A server for HTTP/3, to which QUIC goes from then on. */
  async startHttp3(): Promise<void> {
    writeFileSync(
      this.at('Caddyfile'),
      `{
  admin off
  auto_https off
  servers {
    protocols h1 h2 h3
  }
}
https://:${QUIC_PORT} {
  tls ${this.at('cert.pem')} ${this.at('key.pem')}
  header Content-Type text/html
  respond "<!doctype html><title>origin</title><p>reached {host} {http.request.proto}"
}
`,
    )
    const caddy = ['caddy', 'run', '--config', this.at('Caddyfile'), '--adapter', 'caddyfile']
    await this.#netns
      .start('env', `HOME=${this.folder}`, ...caddy)
      .says('serving initial configuration')
  }

  address(host: string, version: Version): string {
    return this.#addresses.get(`${host} ${version}`)!
  }

  /** The words that run a program within, where names are the scene's. */
  within(version: Version): readonly string[] {
    const mounts = ['unshare', '-m', 'sh', '-c', WITH_NAMES, 'sh']
    return [
      ...this.#netns.inside,
      ...mounts,
      this.at(`hosts${version}`),
      this.at(`resolv${version}`),
    ]
  }

  /** Runs a client to its end, ten seconds at most. */
  ask(version: Version, ...args: readonly string[]): Promise<Run> {
    return this.start(version, 'timeout', '10', ...args).end
  }

  start(version: Version, ...args: readonly string[]): Program {
    // The names come first: what `within` adds to the way in.
    return this.#netns.start(...this.within(version).slice(this.#netns.inside.length), ...args)
  }

  /** What the records say once Weir has ended, and all packets of its device. */
  async end(): Promise<{ records: TrafficRecord[]; packets: Packet[] }> {
    const { code, err } = await this.#run.stop()
    if (code !== 0) throw new Error(err)
    await this.#capture.stop()
    return {
      records: readRecords(this.at('records.ndjson')).seen,
      packets: packetsOf(readFileSync(this.at('all.pcap'))),
    }
  }

  async close(): Promise<void> {
    await this.#netns.close()
    rmSync(this.folder, { recursive: true })
  }

  #writeFiles(hosts: readonly SceneHost[]): void {
    if (hosts.length > 254) throw new Error('more hosts than addresses')
    let zone = ''
    for (const version of VERSIONS) {
      let text = '127.0.0.1 localhost\n'
      for (const [i, { name, inDns }] of hosts.entries()) {
        const address = version === 4 ? `203.0.113.${i + 1}` : `2001:db8:1::${(i + 1).toString(16)}`
        this.#addresses.set(`${name} ${version}`, address)
        zone += `${address} ${name}\n`
        if (!inDns) text += `${address} ${name}\n`
      }
      writeFileSync(this.at(`hosts${version}`), text)
      writeFileSync(
        this.at(`resolv${version}`),
        `nameserver ${RESOLVER[version]}\noptions timeout:2\n`,
      )
    }
    writeFileSync(this.at('zone'), zone)
    writeFileSync(this.at('policy.yaml'), POLICY)
    this.#writeKeys()
  }

  #writeKeys(): void {
    const names = JUDGEMENTS.map((judgement) => `DNS:*.${judgement}.test`).join()
    const made = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=weir -days 2'
    const files = ['-keyout', this.at('key.pem'), '-out', this.at('cert.pem')]
    const more = ['-addext', `subjectAltName=${names}`]
    execFileSync('openssl', ['req', ...made.split(' '), ...files, ...more], { stdio: 'ignore' })
    for (const name of ['hostkey', 'userkey'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.at(name)])
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const options = {
      HostKey: this.at('hostkey'),
      AuthorizedKeysFile: this.at('userkey.pub'),
      StrictModes: 'no',
      UsePAM: 'no',
      PermitRootLogin: 'yes',
      ForceCommand: 'echo reached by ssh',
    }
    writeFileSync(
      this.at('sshd_config'),
      Object.entries(options)
        .map((pair) => `${pair.join(' ')}\n`)
        .join(''),
    )
  }
}
