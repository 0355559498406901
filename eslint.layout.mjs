// Imports go down only (DESIGN, Layout): each folder of src and the folders that it may import.
import { dirname, relative, resolve, sep } from 'node:path'

const MAY_IMPORT = {
  files: [],
  records: [],
  engine: ['records'],
  blocklist: ['files'],
  feeds: ['blocklist', 'files'],
  policy: ['blocklist', 'feeds', 'engine', 'records', 'files'],
  privacy: ['records', 'files'],
  telemetry: ['privacy', 'records', 'files'],
  sinks: ['privacy', 'records', 'files'],
  capture: ['engine', 'records'],
  tun: ['engine', 'records'],
  sim: ['tun', 'capture', 'policy', 'engine', 'records', 'blocklist'],
  dashboard: ['sim', 'tun', 'capture', 'sinks', 'telemetry', 'privacy', 'engine', 'records'],
  cli: [
    'dashboard',
    'sim',
    'tun',
    'capture',
    'sinks',
    'telemetry',
    'privacy',
    'engine',
    'records',
    'blocklist',
    'feeds',
    'policy',
    'files',
  ],
}

const source = resolve(import.meta.dirname ?? '.', 'src')

/** Folder of src that a file lies in; '' for src itself, undefined for elsewhere. */
function roomOf(file) {
  const path = relative(source, file)
  if (path.startsWith('..')) return undefined
  const [room, ...rest] = path.split(sep)
  return rest.length ? room : ''
}

/** What is wrong with `file` importing `specifier`; undefined when nothing is. */
export function problem(file, specifier) {
  const from = roomOf(file)
  if (from === undefined || !specifier.startsWith('.')) return undefined
  const target = resolve(dirname(file), specifier)
  const to = roomOf(target)
  if (to === undefined) return `src imports nothing outside of itself: ${specifier}`
  if (to === '') return target.endsWith(`${sep}errors.js`) ? undefined : 'nothing imports index.ts'
  if (from === '' || from === to) return undefined
  const allowed = MAY_IMPORT[from]
  if (!allowed) return `src/${from} is not in the layout; see eslint.layout.mjs`
  return allowed.includes(to) ? undefined : `src/${from} may not import src/${to}`
}

const rule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return
      const message = problem(context.filename, node.source.value)
      if (message) context.report({ node: node.source, message })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    }
  },
}

export default { rules: { 'imports-go-down': rule } }
