// What has to hold for each library, read back from its bytes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes of code and of what lies beside it (__TEXT): instructions, constants, strings. */
export const TEXT_MAX = 160 * 1024

/** All that may be left for the system to give. */
const NEEDED = ['_memcmp', '_memcpy', '_memmove', '_memset']

/** Sections that the program may write. __DATA,__const is made read-only once its pointers are set. */
const isWritable = ([segment, section]) => segment === '__DATA' && section !== '__const'

const lines = (text) => text.split('\n').filter((line) => line.trim())

/** Bytes of each section, as [segment, section, bytes]. */
function sectionsOf(tools, library) {
  const rows = tools.run('llvm-size', '-m', library).matchAll(/Section \((\w+), (\w+)\): (\d+)/g)
  return [...rows].map(([, segment, section, bytes]) => [segment, section, Number(bytes)])
}

export function sizesOf(tools, library) {
  const sections = sectionsOf(tools, library)
  const sum = (wanted) => sections.filter(wanted).reduce((all, [, , bytes]) => all + bytes, 0)
  return {
    code: sum(([, section]) => section === '__text'),
    text: sum(([segment]) => segment === '__TEXT'),
    constant: sum(([segment, section]) => segment === '__DATA' && section === '__const'),
    data: sum((row) => isWritable(row) && row[1] !== '__bss' && row[1] !== '__common'),
    bss: sum(([, section]) => section === '__bss' || section === '__common'),
  }
}

function symbolProblems(tools, library, functions) {
  const names = (...flags) =>
    lines(tools.run('llvm-nm', ...flags, library)).map((line) => line.split(' ').at(-1))
  const symbols = (...flags) => names('--no-weak', ...flags).filter((name) => !name.endsWith(':'))
  const exported = functions.map((name) => `_${name}`)
  const defined = symbols('-g', '--defined-only')
  return [
    ...symbols('-u')
      .filter((name) => !NEEDED.includes(name))
      .map((name) => `needs ${name}`),
    ...defined
      .filter((name) => !exported.includes(name))
      .map((name) => `${name} is global and in no header`),
    ...exported.filter((name) => !defined.includes(name)).map((name) => `${name} is missing`),
  ]
}

/** The platform and minimum OS of the library's load command. */
export function targetOf(tools, library) {
  const text = tools.run('llvm-objdump', '--macho', '--private-headers', library)
  const command = /LC_BUILD_VERSION[\s\S]*?platform (\S+)[\s\S]*?minos (\S+)/.exec(text)
  return command ? { platform: command[1], minimum: command[2] } : undefined
}

function targetProblems(tools, library, slice) {
  const found = targetOf(tools, library)
  if (found?.platform === slice.loadPlatform && found.minimum === slice.minimum) return []
  return [`is for ${found?.platform} ${found?.minimum}, not ${slice.loadPlatform} ${slice.minimum}`]
}

function sizeProblems({ text, data, bss }) {
  return [
    ...(text > TEXT_MAX ? [`has ${text} bytes of text, more than ${TEXT_MAX}`] : []),
    ...(data ? [`has ${data} bytes of writable data`] : []),
    ...(bss ? [`has ${bss} bytes of bss`] : []),
  ]
}

/** What is wrong with the library of one architecture; nothing when all is well. */
export function libraryProblems(tools, library, slice, functions) {
  return [
    ...symbolProblems(tools, library, functions),
    ...targetProblems(tools, library, slice),
    ...sizeProblems(sizesOf(tools, library)),
  ]
}

/** Every architecture of every slice of a framework: its sizes, and what is wrong with it. */
export function checkFramework(tools, folder, slices, functions) {
  const work = mkdtempSync(join(tmpdir(), 'weir-apple-'))
  try {
    return slices.flatMap((slice) =>
      slice.architectures.map((architecture) => {
        const library = join(work, `${slice.id}-${architecture}.a`)
        const fat = join(folder, slice.id, 'libweir.a')
        const isFat = slice.architectures.length > 1
        if (isFat) tools.run('llvm-lipo', fat, '-thin', architecture, '-output', library)
        const thin = isFat ? library : fat
        const problems = libraryProblems(tools, thin, slice, functions)
        return { slice: slice.id, architecture, ...sizesOf(tools, thin), problems }
      }),
    )
  } finally {
    rmSync(work, { recursive: true })
  }
}
