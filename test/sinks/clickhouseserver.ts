import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Scratch } from './spoolsupport.js'

/** Debian's ClickHouse on loopback, with a directory and a configuration of its own. */
export class ClickHouseServer implements AsyncDisposable {
  readonly #scratch = new Scratch()
  #child: ReturnType<typeof spawn> | undefined

  private constructor(
    private readonly httpPort: number,
    private readonly tcpPort: number,
  ) {
    for (const name of ['data', 'tmp', 'schemas']) mkdirSync(this.#scratch.join(name))
    writeFileSync(this.#scratch.join('config.xml'), this.#config())
    writeFileSync(this.#scratch.join('users.xml'), USERS)
  }

  static async start(): Promise<ClickHouseServer> {
    const server = new ClickHouseServer(await freePort(), await freePort())
    await server.start()
    return server
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.httpPort}/`)
  }

  async start(): Promise<void> {
    const args = [`--config-file=${this.#scratch.join('config.xml')}`]
    this.#child = spawn('clickhouse-server', args, { stdio: 'ignore', cwd: this.#scratch.path })
    for (let attempt = 0; attempt < 300; attempt++) {
      if (this.#child.exitCode !== null) break
      const isUp = await fetch(new URL('/ping', this.url)).then(
        ({ ok }) => ok,
        () => false,
      )
      if (isUp) return
      await sleep(100)
    }
    throw new Error(readFileSync(this.#scratch.join('log'), 'utf8').slice(-4000))
  }

  async stop(): Promise<void> {
    const child = this.#child!
    if (child.exitCode !== null || child.signalCode !== null) return
    const end = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await end
  }

  /** Rows of a query. */
  async ask<T>(query: string): Promise<T[]> {
    const answer = await fetch(this.url, { method: 'POST', body: `${query} FORMAT JSONCompact` })
    const text = await answer.text()
    if (!answer.ok) throw new Error(text)
    return (JSON.parse(text) as { data: T[] }).data
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    this.#scratch[Symbol.dispose]()
  }

  #config(): string {
    return `<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>${this.#scratch.join('log')}</log></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${this.httpPort}</http_port>
  <tcp_port>${this.tcpPort}</tcp_port>
  <path>${this.#scratch.join('data')}/</path>
  <tmp_path>${this.#scratch.join('tmp')}/</tmp_path>
  <format_schema_path>${this.#scratch.join('schemas')}/</format_schema_path>
  <users_config>${this.#scratch.join('users.xml')}</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>5368709</mark_cache_size>
  <max_concurrent_queries>20</max_concurrent_queries>
  <timezone>UTC</timezone>
  <remote_servers>
    <fleet>
      <shard><replica><host>127.0.0.1</host><port>${this.tcpPort}</port></replica></shard>
      <shard><replica><host>127.0.0.1</host><port>${this.tcpPort}</port></replica></shard>
    </fleet>
  </remote_servers>
</yandex>
`
  }
}

const USERS = `<?xml version="1.0"?>
<yandex>
  <profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile><quota>default</quota>
    </default>
  </users>
  <quotas><default></default></quotas>
</yandex>
`

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
