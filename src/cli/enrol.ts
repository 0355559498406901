// `weir enrol URL --code CODE`: a code that works once becomes this device's token.
import { parseArgs } from 'node:util'
import { WeirError } from '../errors.js'
import { refuseUnsafe } from '../sinks/httpoptions.js'
import { keepEnrolment } from './enrolment.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { pem } from './pem.js'

const TIMEOUT_MS = 30_000
const ANSWER_MAX = 4096

export async function enrolCommand(args: string[]): Promise<number> {
  const { url, code, ca: caPath } = parse(args)
  const ca = caPath === undefined ? undefined : await pem(caPath)
  refuseUnsafe({ url, tls: { ca } })
  const { device, token } = await ask(new URL('v1/enrol', url), code, ca)
  await keepEnrolment({ url: url.href, token, device, ca })
  const output = new Output()
  output.text(
    `enrolled at ${url.host} as ${device}: weir run and weir report --send report there\n`,
  )
  output.flush()
  return EXIT.ok
}

function parse(args: string[]): { url: URL; code: string; ca: string | undefined } {
  const text = { type: 'string' } as const
  let parsed
  try {
    parsed = parseArgs({ args, options: { code: text, ca: text }, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { values, positionals } = parsed
  const [address = '', ...others] = positionals
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || others.length || values.code === undefined) {
    throw new UsageError('enrol takes the address of a collector, and --code')
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return { url, code: values.code, ca: values.ca }
}

/** Throws WEIR_FETCH_FAILED. */
async function ask(
  url: URL,
  code: string,
  ca: string | undefined,
): Promise<{ device: string; token: string }> {
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } })
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = (await body.text()).slice(0, ANSWER_MAX)
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>>
    const { device, token, error } = answer
    if (statusCode === 200 && typeof device === 'string' && typeof token === 'string') {
      return { device, token }
    }
    const said = typeof error === 'string' ? `: ${error.replace(/[^ -~]/g, '')}` : ''
    throw new Error(`it answers ${statusCode}${said}`)
  } catch (cause) {
    const said = (cause as Error).message
    throw new WeirError('WEIR_FETCH_FAILED', `${url.host}: ${said}`, { cause })
  } finally {
    await dispatcher.destroy()
  }
}
