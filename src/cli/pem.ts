import { readFile } from 'node:fs/promises'
import { WeirError } from '../errors.js'

/** Throws WEIR_CANNOT_READ. */
export async function pem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new WeirError('WEIR_CANNOT_READ', `${path}: ${(cause as Error).message}`, { cause })
  }
}
