// A crash of Weir's own JavaScript, as the inventory has it: where, and in which versions, but never what it said.
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CrashReport } from '../privacy/reports.js'
import { PACKAGE, product } from './product.js'

const FRAMES_MAX = 64
/** Folders of the package that hold Weir itself. */
const OWN = /^(dist|src|native)\//
/** `    at name (place:1:2)` or `    at place:1:2`. */
const LINE = /^ {4}at (?:([^()\n]{1,160}) \(([^()\n]+)\)|(\S+))$/
const POSITION = /^(.+):(\d{1,7}):(\d{1,7})$/
/** What V8 calls a function: `async Spool.open`, `new Engine`, `Object.<anonymous>`, `close [as end]`. */
const FUNCTION = /^(?:async |new |async Promise\.)*[\w$#.<>]{1,96}(?: \[as [\w$#.]{1,64}\])?$/
const ROOT = realpathSync(fileURLToPath(PACKAGE))

/** What is common to crash reports of both kinds. */
export function versions(): Pick<
  CrashReport,
  'appVersion' | 'nodeVersion' | 'osName' | 'osVersion' | 'cpuArchitecture'
> {
  const { appVersion, nodeVersion, osName, osVersion, cpuArchitecture } = product()
  return { appVersion, nodeVersion, osName, osVersion, cpuArchitecture }
}

/** For anything that was thrown. Its message is not in it, nor a path of the device. */
export function crashReport(thrown: unknown): CrashReport {
  const error = thrown instanceof Error ? thrown : undefined
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  const isCode = typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code)
  return {
    type: 'crash',
    time: new Date().toISOString(),
    kind: 'javascript',
    name: typeof name === 'string' && /^[A-Za-z]\w{0,63}$/.test(name) ? name : 'Thrown',
    ...(isCode ? { code } : {}),
    frames: error ? framesOf(error) : [],
    ...versions(),
    uptime: Math.floor(process.uptime()),
  }
}

/** Functions of Weir and of Node; what a message holds is never taken for one. */
export function framesOf({ stack, message }: Error, root = ROOT): string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return []
  const header = stack.indexOf(message)
  // The stack repeats the message as it was at first: where that has changed, nobody can tell what is what.
  if (header < 0) return []
  const [rest, ...lines] = stack.slice(header + message.length).split('\n')
  if (message !== '' && rest !== '') return []
  return lines.flatMap((line) => frameOf(line, root) ?? []).slice(0, FRAMES_MAX)
}

function frameOf(line: string, root: string): string | undefined {
  const [, name = '', inBrackets, bare] = LINE.exec(line) ?? []
  const [, file = '', row = '', column = ''] = POSITION.exec(inBrackets ?? bare ?? '') ?? []
  const place = placeOf(file, root)
  if (place === undefined) return undefined
  return `${FUNCTION.test(name) ? `${name} ` : ''}(${place}:${row}:${column})`
}

function placeOf(file: string, root: string): string | undefined {
  if (/^node:[\w./-]{1,128}$/.test(file)) return file
  const path = file.startsWith('file:') ? pathOf(file) : file
  const base = root.endsWith('/') ? root : `${root}/`
  if (!path.startsWith(base)) return undefined
  const own = path.slice(base.length)
  return OWN.test(own) && /^[\w./-]{1,128}$/.test(own) ? `weir:${own}` : undefined
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    return ''
  }
}
