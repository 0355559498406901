// Links a program for iOS against the framework, where Apple's libSystem is a list of its four functions.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Gives the path of the executable, below `out`. The framework's headers are what it is compiled with. */
export function linkProgram(tools, native, framework, out) {
  const slice = join(framework, 'ios-arm64'),
    link = join(native, 'apple/link')
  mkdirSync(out, { recursive: true })
  const object = join(out, 'main.o'),
    program = join(out, 'program')
  // Without the protector, whose functions are two more of libSystem's.
  const flags = [
    '--target=arm64-apple-ios15.0',
    '-std=c11',
    '-Os',
    '-ffreestanding',
    '-nostdlibinc',
    '-fno-stack-protector',
  ]
  const headers = ['-I', join(slice, 'Headers')]
  tools.run('clang', ...flags, ...headers, '-c', join(link, 'main.c'), '-o', object)
  const version = ['-arch', 'arm64', '-platform_version', 'ios', '15.0', '15.0']
  const inputs = [object, join(slice, 'libweir.a'), join(link, 'libSystem.tbd')]
  tools.run('ld64.lld', ...version, '-dead_strip', ...inputs, '-o', program)
  return program
}
