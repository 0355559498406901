import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Inside } from './namespace.js'

/**
 * Clients' names, in the files of this namespace's own that stand before the system's: none is asked of a resolver
 * outside, not even by a socket in the file system.
 */
export class NameFiles {
  readonly #hosts: string
  readonly #resolver: string

  constructor({ folder }: Inside) {
    this.#hosts = join(folder, 'hosts')
    this.#resolver = join(folder, 'resolv.conf')
    const order = join(folder, 'nsswitch.conf')
    this.point([], undefined)
    writeFileSync(order, 'hosts: files dns\n')
    mount(this.#hosts, '/etc/hosts')
    mount(this.#resolver, '/etc/resolv.conf')
    mount(order, '/etc/nsswitch.conf')
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    for (const daemon of ['/run/nscd', '/run/systemd/resolve']) mount(empty, daemon)
  }

  /** From now on names have these addresses, and all others are asked of `resolver`. */
  point(
    names: readonly (readonly [name: string, address: string])[],
    resolver: string | undefined,
  ) {
    const lines = names.map(([name, address]) => `${address} ${name}\n`)
    writeFileSync(this.#hosts, ['127.0.0.1 localhost\n::1 localhost\n', ...lines].join(''))
    const asked = resolver === undefined ? '' : `nameserver ${resolver}\n`
    writeFileSync(this.#resolver, `${asked}options timeout:2 attempts:1\n`)
  }
}

function mount(from: string, to: string): void {
  if (existsSync(to)) execFileSync('mount', ['--bind', from, to], { stdio: 'pipe' })
}
