// What a public header declares, as clang reads it.

/** The functions that a library for `header` must export: those that are not defined in it. */
export function exportedFunctions({ run }, header, includes) {
  const flags = includes.flatMap((folder) => ['-I', folder])
  const text = run(
    'clang',
    '-std=c11',
    '-ffreestanding',
    '-nostdlibinc',
    '-fsyntax-only',
    ...flags,
    '-Xclang',
    '-ast-dump=json',
    header,
  )
  return JSON.parse(text)
    .inner.filter((node) => node.kind === 'FunctionDecl' && node.storageClass !== 'static')
    .map((node) => node.name)
    .filter((name) => name.startsWith('weir_'))
}
