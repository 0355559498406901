import { request } from 'node:http'
import { WeirError } from '../errors.js'

const TIMEOUT_MS = 5000
/** No answer is longer. */
const BYTES_MAX = 1 << 20

/** Where a run of root's listens. */
export const SOCKET = '/run/weir.sock'

/** Asks a `weir run`, on its Unix socket. Throws what it says when that is not 200. */
export function askRun(socketPath: string, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new WeirError('WEIR_CANNOT_READ', `${socketPath}: ${why}`))
    const asked = request({ socketPath, method, path, timeout: TIMEOUT_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
        if (text.length > BYTES_MAX) asked.destroy(new Error('it says too much'))
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : fail(text.trim())))
    })
    asked.on('timeout', () => asked.destroy(new Error('it does not answer')))
    asked.on('error', (error) => fail(`${error.message}; does weir run?`))
    asked.end()
  })
}
