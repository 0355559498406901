import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, functionsOf, sizeTable } from '../../native/apple/build.mjs'
import { checkFramework, libraryProblems, TEXT_MAX, targetOf } from '../../native/apple/check.mjs'
import { linkProgram } from '../../native/apple/link.mjs'
import { SLICES } from '../../native/apple/slices.mjs'
import { findTools } from '../../native/apple/tools.mjs'

const native = fileURLToPath(new URL('../../native', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'weir-apple-'))
const tools = findTools()
const functions = functionsOf(tools, native)
let framework = ''

beforeAll(() => {
  framework = build(tools, native, join(work, 'all'), SLICES)
})
afterAll(() => {
  rmSync(work, { recursive: true })
})

/** Every file below a folder, with its bytes. */
function contentsOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return new Map(paths.map((path) => [path.slice(folder.length), readFileSync(path, 'latin1')]))
}

describe('the framework', () => {
  it('has a library for every slice, in which all is as it has to be', () => {
    const checked = checkFramework(tools, framework, SLICES, functions)
    console.log(sizeTable(checked))
    expect(checked.map(({ slice, architecture }) => `${slice} ${architecture}`)).toEqual([
      'ios-arm64 arm64',
      'ios-arm64_x86_64-simulator arm64',
      'ios-arm64_x86_64-simulator x86_64',
      'macos-arm64_x86_64 arm64',
      'macos-arm64_x86_64 x86_64',
    ])
    for (const { problems, text, data, bss } of checked) {
      expect(problems).toEqual([])
      expect(text).toBeLessThanOrEqual(TEXT_MAX)
      expect(data + bss).toBe(0)
    }
  })

  it('has headers, a module map and a privacy manifest in each, and says so', () => {
    const info = readFileSync(join(framework, 'Info.plist'), 'utf8')
    for (const { id, architectures } of SLICES) {
      expect(info).toContain(`<string>${id}</string>`)
      for (const name of architectures) expect(info).toContain(`<string>${name}</string>`)
      expect(readdirSync(join(framework, id)).sort()).toEqual([
        'Headers',
        'PrivacyInfo.xcprivacy',
        'libweir.a',
      ])
      const headers = join(framework, id, 'Headers')
      expect(readdirSync(headers).sort()).toEqual(['crypto.h', 'module.modulemap', 'weir.h'])
      expect(readFileSync(join(headers, 'weir.h'))).toEqual(
        readFileSync(join(native, 'include/weir.h')),
      )
    }
    const manifest = readFileSync(join(framework, 'ios-arm64/PrivacyInfo.xcprivacy'), 'utf8')
    expect(manifest).toMatch(/NSPrivacyTracking<\/key>\s*<false\/>/)
    for (const file of ['Info.plist', 'ios-arm64/PrivacyInfo.xcprivacy'])
      expect(spawnSync('python3', ['-c', READ_PLIST, join(framework, file)]).status).toBe(0)
  })

  it('is the same, byte for byte, when it is built elsewhere', () => {
    const copy = join(work, 'a folder of another name/native')
    const wanted = ['include', 'core', 'crypto', 'apple']
    for (const room of wanted)
      cpSync(join(native, room), join(copy, room), { recursive: true, verbatimSymlinks: true })
    const slices = SLICES.slice(0, 1)
    const one = contentsOf(join(build(tools, copy, join(work, 'again'), slices), 'ios-arm64'))
    expect(one).toEqual(contentsOf(join(framework, 'ios-arm64')))
  })

  it('links into a program for iOS, of which it needs nothing else', () => {
    const program = linkProgram(tools, native, framework, join(work, 'program'))
    expect(targetOf(tools, program)).toEqual({ platform: 'ios', minimum: '15.0' })
    const needed = tools.run('llvm-nm', '-u', program).trim().split('\n')
    const ours = needed.map((name) => name.trim()).filter((name) => name !== 'dyld_stub_binder')
    expect(ours).toEqual(['_memcmp', '_memcpy', '_memmove', '_memset'])
  })
})

const READ_PLIST = 'import plistlib,sys; plistlib.load(open(sys.argv[1],"rb"))'

describe('the check finds', () => {
  const [ios] = SLICES
  const problemsOf = (source, triple = 'arm64-apple-ios15.0') => {
    const [file, object, library] = ['bad.c', 'bad.o', 'bad.a'].map((name) => join(work, name))
    writeFileSync(file, source)
    tools.run(
      'clang',
      `--target=${triple}`,
      '-ffreestanding',
      '-nostdlibinc',
      '-c',
      file,
      '-o',
      object,
    )
    tools.run('llvm-libtool-darwin', '-static', '-D', '-o', library, object)
    return libraryProblems(tools, library, ios, ['weir_abi'])
  }
  const abi = 'int weir_abi(void); int weir_abi(void) { return 1; }\n'

  it.each([
    ['nothing in a good one', abi, []],
    [
      'a global of no header',
      `${abi}int core_seen(void); int core_seen(void) { return 2; }`,
      ['_core_seen is global and in no header'],
    ],
    [
      'what the header has and the library has not',
      'static int n(void) { return 1; } int (*const weir_n)(void) = n;',
      ['_weir_n is global and in no header', '_weir_abi is missing'],
    ],
    [
      'a call of the system',
      'int puts(const char *); int weir_abi(void) { return puts("x"); }',
      ['needs _puts'],
    ],
    [
      'writable data',
      'int weir_abi(void) { static int n = 3; return ++n; }',
      ['has 4 bytes of writable data'],
    ],
    [
      'memory of its own',
      'int weir_abi(void) { static int n; return ++n; }',
      ['has 4 bytes of bss'],
    ],
    [
      'too much text',
      `${abi}__attribute__((used)) static const char big[${TEXT_MAX + 1}] = {1};`,
      [expect.stringMatching(/^has \d+ bytes of text/)],
    ],
  ])('%s', (_, source, problems) => {
    expect(problemsOf(source)).toEqual(problems)
  })

  it('another platform, or another system', () => {
    expect(problemsOf(abi, 'arm64-apple-ios16.0')).toEqual(['is for ios 16.0, not ios 15.0'])
    expect(problemsOf(abi, 'arm64-apple-macos12')).toEqual(['is for macos 12.0, not ios 15.0'])
    expect(problemsOf(abi, 'arm64-apple-ios15.0-simulator')).toEqual([
      'is for iossimulator 15.0, not ios 15.0',
    ])
  })
})

it('says what to install where LLVM is not', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(native, 'apple/build.mjs')], {
    env: { PATH: join(work, 'nothing') },
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toContain('apt-get install clang-19 lld-19 llvm-19')
})

it.each(['arm64-apple-ios15.0', 'x86_64-apple-macos12'])(
  'the CommonCrypto provider compiles for %s',
  (triple) => {
    const rooms = ['include', 'core', 'crypto'].flatMap((room) => ['-I', join(native, room)])
    const stand = ['test/apple', 'apple/freestanding'].flatMap((room) => [
      '-isystem',
      join(native, room),
    ])
    const flags = [
      '-std=c11',
      '-Wall',
      '-Wextra',
      '-Wpedantic',
      '-Wconversion',
      '-Wshadow',
      '-Werror',
    ]
    const object = join(work, 'commoncrypto.o')
    tools.run(
      'clang',
      `--target=${triple}`,
      ...flags,
      '-ffreestanding',
      '-nostdlibinc',
      ...rooms,
      ...stand,
      '-c',
      join(native, 'crypto/commoncrypto.c'),
      '-o',
      object,
    )
    const needed = tools.run('llvm-nm', '-u', object)
    expect(needed).toContain('_CCCrypt')
  },
)
