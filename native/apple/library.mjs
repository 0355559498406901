// One static library for one machine: a single object in which all is private but the header's functions.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** -O2 makes a third more code. */
const LEVEL = 'Os'
/** What is done for every packet and every look-up; all else is small before it is fast. */
const HOT =
  /^(core\/(arrival|flow|inspect|judge|packet|ring|ruleset|ruleset_(name|addr|batch|host)|text)|crypto\/portable.*)\.c$/

const FLAGS = [
  '-std=c11',
  '-ffreestanding',
  '-nostdlibinc',
  '-fno-stack-protector',
  '-fno-ident',
  '-fno-unwind-tables',
  '-fno-asynchronous-unwind-tables',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Werror',
]

/** C files of the core and of the crypto provider that needs nothing else. */
export function sourcesOf(native) {
  const inFolder = (folder, wanted) =>
    readdirSync(join(native, folder))
      .filter((name) => wanted.test(name))
      .sort()
      .map((name) => join(folder, name))
  return [
    ...inFolder('core', /\.c$/),
    ...inFolder('core/sniff', /\.c$/),
    ...inFolder('crypto', /^portable.*\.c$/),
    join('apple', 'bzero.c'),
  ]
}

/**
 * Compiles for `triple` into `folder`, and gives the library's path. All files become one module before they
 * are optimised, so that what is private to the library is so in its symbol table too.
 */
export function buildLibrary(tools, native, triple, functions, folder) {
  mkdirSync(folder, { recursive: true })
  const at = (name) => join(folder, name)
  const machine = [`--target=${triple}`]
  const includes = ['-isystem', join(native, 'apple/freestanding')]
  for (const room of ['include', 'core', 'crypto']) includes.push('-I', join(native, room))
  const modules = sourcesOf(native).map((source) => {
    const out = at(source.replaceAll('/', '_').replace(/\.c$/, '.bc'))
    const place = [`-ffile-prefix-map=${native}=.`, '-emit-llvm', '-Xclang', '-disable-llvm-passes']
    tools.run(
      'clang',
      ...machine,
      HOT.test(source) ? `-${LEVEL}` : '-Oz',
      ...FLAGS,
      ...place,
      ...includes,
      '-c',
      join(native, source),
      '-o',
      out,
    )
    return out
  })
  tools.run('llvm-link', ...modules, '-o', at('all.ll.bc'))
  const keep = `-internalize-public-api-list=${functions.join(',')}`
  const passes = `-passes=internalize,globaldce,default<${LEVEL}>`
  tools.run('opt', passes, keep, at('all.ll.bc'), '-o', at('one.ll.bc'))
  const code = ['-Xclang', '-disable-llvm-passes', '-x', 'ir', '-c', at('one.ll.bc')]
  tools.run('clang', ...machine, `-${LEVEL}`, ...code, '-o', at('weir.o'))
  tools.run('llvm-libtool-darwin', '-static', '-D', '-o', at('libweir.a'), at('weir.o'))
  return at('libweir.a')
}
