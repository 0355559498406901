import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The C core on one kind of machine: what native/test/replay.c does there. */
export interface Machine {
  readonly name: string
  /** Records of a capture in order, 512 bytes each, numbers little-endian. */
  records(capture: string, ruleset: string): Buffer
  /** Everything a ruleset says of its rules. */
  rules(ruleset: string): string
}

const native = new URL('../../native/build/', import.meta.url)

/** A program that runs here, or in an emulator. */
function program(name: string, build: string, ...emulator: string[]): Machine {
  const replay = fileURLToPath(new URL(`${build}/test/replay`, native))
  const run = (...args: string[]): Buffer => {
    const [command, ...rest] = [...emulator, replay, ...args]
    return execFileSync(command!, rest, { maxBuffer: 1 << 28 })
  }
  return {
    name,
    records: (capture, ruleset) => run('--bytes', capture, ruleset),
    rules: (ruleset) => run('--rules', ruleset).toString(),
  }
}

/** The part of Node's that is used here; TypeScript has it with the browser's names only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: object }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  reserve(length: number): number
  replay(capture: number, length: number, rules: number, rulesLength: number): number
  rules(rules: number, length: number): number
}

/** parse_outcome of native/core/parse.h. */
const PARSED = 1

/** native/wasm/replay.c: an instance for each call. */
function webAssembly(): Machine {
  const module = new WebAssembly.Module(readFileSync(new URL('wasm/weir.wasm', native)))
  const start = () => {
    const taken: Buffer[] = []
    const take = (at: number, length: number) => {
      taken.push(Buffer.from(exports.memory.buffer.slice(at, at + length)))
    }
    const host = { take_record: take, take_text: take }
    const exports = new WebAssembly.Instance(module, { host }).exports as Exports
    const put = (path: string): [at: number, length: number] => {
      const bytes = readFileSync(path)
      const at = exports.reserve(bytes.length)
      new Uint8Array(exports.memory.buffer).set(bytes, at)
      return [at, bytes.length]
    }
    return { exports, put, taken }
  }
  return {
    name: 'wasm32',
    records(capture, ruleset) {
      const { exports, put, taken } = start()
      const outcome = exports.replay(...put(capture), ...put(ruleset))
      if (outcome !== PARSED) throw new Error(`${capture}: outcome ${outcome}`)
      return Buffer.concat(taken)
    },
    rules(ruleset) {
      const { exports, put, taken } = start()
      if (!exports.rules(...put(ruleset))) throw new Error(`${ruleset}: no ruleset`)
      return Buffer.concat(taken).toString()
    },
  }
}

/** What the others are compared with. */
export const here: Machine = program(process.arch, 'plain')

/** native/machines.mk builds them. */
export const others: readonly Machine[] = [
  program(
    'aarch64, pages of 4 KiB, strict alignment, UBSan',
    'aarch64-san',
    'qemu-aarch64',
    '-p',
    '4096',
  ),
  program('aarch64, pages of 16 KiB', 'aarch64', 'qemu-aarch64', '-p', '16384'),
  program('aarch64, pages of 64 KiB', 'aarch64', 'qemu-aarch64', '-p', '65536'),
  program('s390x', 's390x', 'qemu-s390x'),
  program('s390x, UBSan', 's390x-san', 'qemu-s390x'),
  webAssembly(),
]
