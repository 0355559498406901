// What weir.h promises, as a compiler sees it: structs, enums, functions and numbers.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMPILERS = ['clang', 'clang-19', 'clang-14']

function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (error || status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`)
  return stdout
}

function findClang() {
  const found = COMPILERS.find((name) => !spawnSync(name, ['--version'], { stdio: 'ignore' }).error)
  if (!found) throw new Error('no clang: on Debian and Ubuntu, apt-get install clang')
  return found
}

const isOurs = (node) => node.name?.startsWith('weir_')

/** Fields in order, those of structs and unions without a name among them. */
function fieldsOf(record) {
  return (record.inner ?? []).flatMap((node) => {
    if (node.kind === 'FieldDecl' && node.name)
      return [{ name: node.name, type: node.type.qualType }]
    return node.kind === 'RecordDecl' && !node.name ? fieldsOf(node) : []
  })
}

function enumOf(typedef, nodes) {
  const id = typedef.inner?.[0]?.ownedTagDecl?.id ?? typedef.inner?.[0]?.inner?.[0]?.decl?.id
  const node = nodes.find((one) => one.kind === 'EnumDecl' && one.id === id)
  return node?.inner.filter((one) => one.kind === 'EnumConstantDecl').map((one) => one.name)
}

/** Names that are numbers, without those whose text is another macro's arguments. */
function numbersOf(clang, header) {
  const text = run(clang, ['-std=c11', '-E', '-dM', header])
  const found = text.matchAll(/^#define (WEIR_[A-Z0-9_]+) (?:0x[0-9a-fA-F]+|\d+)u?$/gm)
  return [...found].map(([, name]) => name).sort()
}

/** Asks the compiler for figures: each of `expressions` as a signed number. */
function evaluate(clang, header, expressions) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-abi-'))
  try {
    const file = join(folder, 'ask.c'),
      program = join(folder, 'ask')
    const lines = expressions.map((one) => `  printf("%lld\\n", (long long)(${one}));`)
    const body = `#include <stddef.h>\n#include <stdio.h>\n#include "${header}"\n`
    writeFileSync(file, `${body}int main(void) {\n${lines.join('\n')}\n}\n`)
    run(clang, ['-std=c11', '-w', file, '-o', program])
    return run(program, []).trim().split('\n').map(Number)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The header's promises; figures are those of a machine with 64-bit pointers. */
export function readAbi(header) {
  const clang = findClang()
  const tree = run(clang, ['-std=c11', '-fsyntax-only', '-Xclang', '-ast-dump=json', header])
  const nodes = JSON.parse(tree).inner
  const asked = []
  const ask = (expression) => asked.push(expression) - 1
  const structs = nodes
    .filter((node) => node.kind === 'RecordDecl' && isOurs(node) && node.completeDefinition)
    .map((node) => ({
      name: node.name,
      size: ask(`sizeof(${node.name})`),
      align: ask(`_Alignof(${node.name})`),
      fields: fieldsOf(node).map(({ name, type }) => ({
        name,
        type,
        offset: ask(`offsetof(${node.name}, ${name})`),
        size: ask(`sizeof(((${node.name} *)0)->${name})`),
      })),
    }))
  const enums = nodes
    .filter((node) => node.kind === 'TypedefDecl' && isOurs(node))
    .map((node) => ({ name: node.name, values: enumOf(node, nodes) }))
    .filter(({ values }) => values)
    .map(({ name, values }) => ({
      name,
      values: values.map((one) => ({ name: one, value: ask(one) })),
    }))
  const numbers = numbersOf(clang, header).map((name) => ({ name, value: ask(name) }))
  const functions = nodes
    .filter(
      (node) => node.kind === 'FunctionDecl' && isOurs(node) && node.storageClass !== 'static',
    )
    .map((node) => ({ name: node.name, type: node.type.qualType }))
  const figures = evaluate(clang, header, asked)
  const resolve = (row) => ({ ...row, value: figures[row.value] })
  return {
    numbers: numbers.map(resolve),
    enums: enums.map((one) => ({ ...one, values: one.values.map(resolve) })),
    structs: structs.map((one) => ({
      name: one.name,
      size: figures[one.size],
      align: figures[one.align],
      fields: one.fields.map((field) => ({
        ...field,
        offset: figures[field.offset],
        size: figures[field.size],
      })),
    })),
    functions,
  }
}
