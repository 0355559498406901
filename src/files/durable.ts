import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WeirError } from '../errors.js'

/** What a file is called before it has its name: left behind only by a process that was killed. */
export const TEMPORARY = '.tmp'

/** Puts `content` at `path`, on disk, whole or not at all. Throws WEIR_CANNOT_WRITE. */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  mode = 0o644,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}${TEMPORARY}`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await moveFile(temporary, path)
  } catch (cause) {
    await unlink(temporary).catch(() => undefined)
    throw cannotWrite(path, cause)
  }
}

/** Renames within a file system; the new name is on disk when this returns. */
export async function moveFile(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncDirectory(dirname(to))
}

/** Names that were made or removed in it are so on disk when this returns. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Removes a file that may be there. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (cause) {
    if (!isMissing(cause)) throw cannotWrite(path, cause)
  }
}

export const cannotWrite = (path: string, cause: unknown): WeirError =>
  cause instanceof WeirError
    ? cause
    : new WeirError('WEIR_CANNOT_WRITE', `cannot write ${path}: ${(cause as Error).message}`, {
        cause,
      })

/** Whether a call of node:fs failed because there is no such file. */
export const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'

/** Tells one version of a file from another without reading it; what is not there is a version, too. */
export function fingerprint(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return ''
  }
}
