import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type ClientEnd, CLIENT_SECONDS } from './clients.js'

/** Bytes of a client's output that are kept. */
const OUTPUT_MAX = 1 << 20
/** Where servers are, which a user's path may lack. */
const SYSTEM = ['/usr/sbin', '/sbin']

/** Where a program is; undefined where it is not. */
export function findProgram(name: string): string | undefined {
  if (name.includes('/')) return isProgram(name) ? name : undefined
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM]
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a client to its end: without input, proxies, or a configuration of the user's. */
export function runClient(
  path: string,
  args: readonly string[],
  folder: string,
  seconds = CLIENT_SECONDS,
): Promise<ClientEnd> {
  const env = { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C' }
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true })
  const parts: Buffer[] = []
  let size = 0
  const keep = (data: Buffer): void => {
    if (size < OUTPUT_MAX) parts.push(data)
    size += data.length
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((resolve) => {
    let isLate = false
    const killer = setTimeout(() => {
      isLate = true
      process.kill(-child.pid!, 'SIGKILL')
    }, seconds * 1000)
    child.once('error', (error) => {
      clearTimeout(killer)
      resolve({ code: 127, text: error.message })
    })
    child.once('close', (code) => {
      clearTimeout(killer)
      const text = Buffer.concat(parts).subarray(0, OUTPUT_MAX).toString('utf8')
      resolve({ code: isLate ? null : (code ?? 128), text })
    })
  })
}
