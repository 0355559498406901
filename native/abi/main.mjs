// The ABI of weir.h, kept in native/abi.txt and native/test/abi_layout.h:
//   npm run generate:abi                 writes both; refuses what breaks a promise under the same WEIR_ABI
//   npm run generate:abi -- --unreleased writes them all the same: nobody has this number yet
//   node native/abi/main.mjs --check     exit 1 when the header says something else than they do
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { brokenPromises } from './compare.mjs'
import { readAbi } from './read.mjs'
import { assertionsOf, dumpOf } from './write.mjs'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const DUMP = at('abi.txt'),
  ASSERTIONS = at('test/abi_layout.h')

const textOf = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')

function check(dump, assertions) {
  const before = new Set(textOf(DUMP).split('\n')),
    after = new Set(dump.split('\n'))
  const gone = [...before].filter((line) => !after.has(line)).map((line) => `- ${line}`)
  const come = [...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`)
  if (textOf(DUMP) === dump && textOf(ASSERTIONS) === assertions) return
  const changes = [...gone, ...come].slice(0, 40).join('\n')
  throw new Error(
    `weir.h is not what native/abi.txt says. If it is meant: npm run generate:abi\n${changes}`,
  )
}

function write(dump, assertions, isUnreleased) {
  const broken = brokenPromises(textOf(DUMP), dump)
  if (broken.length && !isUnreleased)
    throw new Error(
      `these are no more what they were: raise WEIR_ABI, or say --unreleased\n${broken.join('\n')}`,
    )
  writeFileSync(DUMP, dump)
  writeFileSync(ASSERTIONS, assertions)
}

try {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean' },
      unreleased: { type: 'boolean' },
      header: { type: 'string' },
    },
  })
  const abi = readAbi(values.header ?? at('include/weir.h'))
  const dump = dumpOf(abi),
    assertions = assertionsOf(abi)
  if (values.check) check(dump, assertions)
  else write(dump, assertions, values.unreleased)
} catch (error) {
  console.error(`abi: ${error.message}`)
  process.exitCode = 1
}
