// Texts of numbers that other people's registries assign.

const TRANSPORTS: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  88: 'eigrp',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  115: 'l2tp',
  132: 'sctp',
  136: 'udplite',
}

/** IP protocol number (IANA, Assigned Internet Protocol Numbers). */
export function transportName(number: number): string {
  return TRANSPORTS[number] ?? `proto-${number}`
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  11: 'WKS',
  12: 'PTR',
  13: 'HINFO',
  14: 'MINFO',
  15: 'MX',
  16: 'TXT',
  17: 'RP',
  18: 'AFSDB',
  24: 'SIG',
  25: 'KEY',
  28: 'AAAA',
  29: 'LOC',
  32: 'NB',
  33: 'SRV',
  35: 'NAPTR',
  36: 'KX',
  37: 'CERT',
  39: 'DNAME',
  41: 'OPT',
  42: 'APL',
  43: 'DS',
  44: 'SSHFP',
  45: 'IPSECKEY',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  49: 'DHCID',
  50: 'NSEC3',
  51: 'NSEC3PARAM',
  52: 'TLSA',
  53: 'SMIMEA',
  55: 'HIP',
  59: 'CDS',
  60: 'CDNSKEY',
  61: 'OPENPGPKEY',
  62: 'CSYNC',
  63: 'ZONEMD',
  64: 'SVCB',
  65: 'HTTPS',
  99: 'SPF',
  108: 'EUI48',
  109: 'EUI64',
  249: 'TKEY',
  250: 'TSIG',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  256: 'URI',
  257: 'CAA',
}

/** Back from a text to the number that a table, or the prefix before it, gives it; null: neither does. */
function numberOf(
  table: Readonly<Record<number, string>>,
  prefix: string,
): (text: string) => number | null {
  const numbers = new Map(Object.entries(table).map(([number, name]) => [name, Number(number)]))
  return (text) => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    const digits = text.startsWith(prefix) ? text.slice(prefix.length) : ''
    return /^\d{1,5}$/.test(digits) ? Number(digits) : null
  }
}

/** IP protocol number of what `transportName` says. */
export const transportNumber = numberOf(TRANSPORTS, 'proto-')
/** DNS type of what `dnsTypeName` says. */
export const dnsTypeNumber = numberOf(TYPES, 'TYPE')

/** DNS type; unknown ones as RFC 3597 5 writes them. */
export function dnsTypeName(number: number): string {
  return TYPES[number] ?? `TYPE${number}`
}

const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  11: 'DSOTYPENI',
  16: 'BADVERS',
  23: 'BADCOOKIE',
}

/** DNS response code of what `dnsRcodeName` says. */
export const dnsRcodeNumber = numberOf(RCODES, 'RCODE')

/** DNS response code, with EDNS's upper bits. */
export function dnsRcodeName(number: number): string {
  return RCODES[number] ?? `RCODE${number}`
}

const TLS_VERSIONS: Readonly<Record<number, string>> = {
  0x0002: 'SSL 2.0',
  0x0200: 'SSL 2.0',
  0x0300: 'SSL 3.0',
  0x0301: 'TLS 1.0',
  0x0302: 'TLS 1.1',
  0x0303: 'TLS 1.2',
  0x0304: 'TLS 1.3',
  0x0100: 'DTLS 1.0 (pre-standard)',
  0xfeff: 'DTLS 1.0',
  0xfefd: 'DTLS 1.2',
  0xfefc: 'DTLS 1.3',
}

/** TLS or DTLS version; drafts of TLS 1.3 by their number (RFC 8446, drafts, 4.2.1). */
export function tlsVersionName(number: number): string {
  if (number >>> 8 === 0x7f) return `TLS 1.3 draft ${number & 0xff}`
  return TLS_VERSIONS[number] ?? `0x${number.toString(16).padStart(4, '0')}`
}

/** QUIC version: `v1`, `v2`, `draft-29`, `mvfst-2`, `Q046`, `T051`, or hex. */
export function quicVersionName(number: number): string {
  if (number === 1) return 'v1'
  if (number === 0x6b3343cf) return 'v2'
  if (number >>> 8 === 0xff0000) return `draft-${number & 0xff}`
  if (number >>> 8 === 0xfaceb0) return `mvfst-${number & 0xff}`
  const text = String.fromCharCode(
    number >>> 24,
    (number >>> 16) & 255,
    (number >>> 8) & 255,
    number & 255,
  )
  return /^[QT]\d{3}$/.test(text) ? text : `0x${number.toString(16).padStart(8, '0')}`
}
