/** What the origin says wherever it is asked, so that having reached it can be told from all else. */
export const MARK = 'weir-origin'

export type IpVersion = 4 | 6

/** Seconds that a client may take. */
export const CLIENT_SECONDS = 8

/** Whom a client is to ask, and how. */
export interface Target {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly version: IpVersion
  /** Of the server; of the resolver for DNS clients. */
  readonly address: string
  readonly type: string
  readonly tcp: boolean
  readonly command: readonly string[]
  /** For its files. */
  readonly folder: string
}

/** How a client ended; null: it was stopped because it took too long. */
export interface ClientEnd {
  readonly code: number | null
  readonly text: string
}

interface Preset {
  readonly program: string
  /** Of the Debian package that has it. */
  readonly package: string
  readonly schemes: readonly string[]
  readonly args: (target: Target) => string[]
  /** What it saw, where that is not told by the words for network trouble. */
  readonly saw: (end: ClientEnd) => string | undefined
}

const flag = ({ version }: Target): string => `-${version}`
const bracketed = ({ address }: Target): string =>
  address.includes(':') ? `[${address}]` : address
const WEB = ['http', 'https']

/** Pages: the origin's own, or one with a 403 that is not. */
const page = (text: string, isForbidden: boolean): string | undefined =>
  text.includes(MARK) ? 'reached' : isForbidden ? 'page' : undefined

const DNS = {
  args: ({ address, port, host, type, tcp }: Target): string[] => [
    ...[`@${address}`, '-p', `${port}`, host, type, tcp ? '+tcp' : '+notcp'],
  ],
  saw: ({ text }: ClientEnd): string | undefined => {
    const status = /status: ([A-Z]+)/.exec(text)?.[1]
    if (status === 'NXDOMAIN') return 'nxdomain'
    if (status === 'REFUSED') return 'dns-refused'
    if (status === 'NOERROR') return /ANSWER: [1-9]/.test(text) ? 'answered' : 'nodata'
    return undefined
  },
} as const

/** Real clients: with nothing of the user's configuration, one try, and an outcome that is told by what they say. */
export const PRESETS = {
  curl: {
    program: 'curl',
    package: 'curl',
    schemes: WEB,
    args: (t) => [
      ...['-q', '-sSv', '-k', flag(t), '--max-time', '6', '-w', '\nstatus %{http_code}\n', t.url],
    ],
    saw: ({ text }) => page(text, text.includes('\nstatus 403\n')),
  },
  wget: {
    program: 'wget',
    package: 'wget',
    schemes: WEB,
    args: (t) => [
      ...['--no-config', '--no-hsts', '--no-check-certificate', '--content-on-error', '-S'],
      ...['--tries=1', '--timeout=6', '-O', '-', flag(t), t.url],
    ],
    saw: ({ text }) => page(text, /^ *HTTP\/1\.1 403/m.test(text)),
  },
  openssl: {
    program: 'openssl',
    package: 'openssl',
    schemes: ['https'],
    args: (t) => ['s_client', flag(t), '-connect', `${t.host}:${t.port}`, '-servername', t.host],
    saw: ({ text }) => (text.includes('BEGIN CERTIFICATE') ? 'reached' : undefined),
  },
  nghttp: {
    program: 'nghttp',
    package: 'nghttp2-client',
    schemes: WEB,
    args: (t) => [
      ...['-v', '-y', '--timeout=6', '-H', `:authority: ${t.host}`],
      `${t.url.slice(0, t.url.indexOf(':'))}://${bracketed(t)}:${t.port}${t.path}`,
    ],
    // It does not say why it lost a connection.
    saw: ({ text }) => {
      if (/time-?out/i.test(text)) return undefined
      if (text.includes('Could not connect')) return 'refused'
      const isLost = /Connected[^]*Some requests were not processed/.test(text)
      return page(text, text.includes(':status: 403')) ?? (isLost ? 'reset' : undefined)
    },
  },
  gtlsclient: {
    program: 'gtlsclient',
    package: 'ngtcp2-client',
    schemes: ['https'],
    args: (t) => [
      ...['--timeout=5s', '--handshake-timeout=5s', '--exit-on-all-streams-close'],
      ...[t.host, `${t.port}`, t.url],
    ],
    saw: ({ text }) =>
      page(text, false) ?? (text.includes('CONNECTION_CLOSE(0x1c)') ? 'closed' : undefined),
  },
  dig: {
    program: 'dig',
    package: 'bind9-dnsutils',
    schemes: ['dns'],
    args: (t) => [...DNS.args(t), '+tries=1', '+time=3'],
    saw: DNS.saw,
  },
  kdig: {
    program: 'kdig',
    package: 'knot-dnsutils',
    schemes: ['dns'],
    args: (t) => [...DNS.args(t), '+retry=0', '+timeout=3', '+edns'],
    saw: DNS.saw,
  },
  ssh: {
    program: 'ssh',
    package: 'openssh-client',
    schemes: ['ssh'],
    args: (t) => [
      ...['-F', '/dev/null', '-v', flag(t), '-p', `${t.port}`, '-o', 'BatchMode=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-o', 'ConnectTimeout=5', `sim@${t.host}`],
    ],
    saw: ({ text }) => page(text, false),
  },
  chromium: {
    program: 'chromium',
    package: 'chromium',
    schemes: WEB,
    args: (t) => [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      ...['--ignore-certificate-errors', `--user-data-dir=${t.folder}/chromium`, '--dump-dom'],
      t.url,
    ],
    saw: ({ text }) => page(text, text.includes('Answered on this device')),
  },
  command: {
    program: '',
    package: '',
    schemes: ['http', 'https', 'ssh', 'dns'],
    args: ({ command, host, address, port, version, url }) =>
      command.map((word) =>
        word.replaceAll(/\{(host|address|port|version|target)\}/g, (_, name: string) =>
          String({ host, address, port, version, target: url }[name]),
        ),
      ),
    saw: ({ code }) => (code === null ? undefined : `exit ${code}`),
  },
} as const satisfies Record<string, Preset>

export type ClientName = keyof typeof PRESETS

export const isClient = (name: string): name is ClientName => Object.hasOwn(PRESETS, name)

/** In order: the first that is said counts. */
const TROUBLES: readonly (readonly [RegExp, string])[] = [
  [/could not resolve|unable to resolve|resolve hostname|name not resolved/i, 'unresolved'],
  [/reset by peer|errno[ =:]*104|in the pull function|connection_reset/i, 'reset'],
  [/unreachable|prohibited|permission denied|no route to host|errno[ =:]*113/i, 'unreachable'],
  [/connection refused|errno[ =:]*111|connection_refused/i, 'refused'],
  [/timed out|timeout|no servers could be reached/i, 'timeout'],
]

/** What a client saw, as scenarios say it. */
export function outcomeOf(name: ClientName, end: ClientEnd): string {
  const seen = PRESETS[name].saw(end)
  if (seen !== undefined) return seen
  if (end.code === null) return 'timeout'
  return TROUBLES.find(([words]) => words.test(end.text))?.[1] ?? 'failed'
}
