import { toName } from './reading.js'

/** What the modifiers of a rule that is taken say. */
export interface Modifiers {
  readonly isImportant: boolean
  /** Names, in normal form, for which the rule is off together with all below them. */
  readonly excepts: readonly string[]
}

const EXCEPTS_MAX = 1024
const BAD_EXCEPTS = '$denyallow: a value that is not a name'
const MANY_EXCEPTS = `$denyallow: more than ${EXCEPTS_MAX} names`
const UNKNOWN = 'a modifier that is not known'

/** Why a rule with a modifier is left out: read without it, it would say more than was meant. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'is for some clients only': ['client', 'ctag'],
    'is for some types of DNS record only': ['dnstype'],
    'rewrites the answer': ['dnsrewrite'],
    'asks for the page or app that a request is from': [
      ...['third-party', '3p', 'first-party', '1p', 'strict-third-party', 'strict3p'],
      ...['strict-first-party', 'strict1p', 'domain', 'from', 'app', 'to'],
    ],
    'asks for something of a request that a name does not tell': ['method', 'header', 'ipaddress'],
    'is for some kinds of content only': [
      ...[
        'all',
        'script',
        'image',
        'stylesheet',
        'css',
        'font',
        'media',
        'object',
        'other',
        'ping',
      ],
      ...[
        'subdocument',
        'frame',
        'websocket',
        'webrtc',
        'xmlhttprequest',
        'xhr',
        'document',
        'doc',
      ],
      ...['popup', 'popunder', 'object-subrequest', 'match-case', 'network'],
    ],
    'changes requests or content': [
      ...['redirect', 'redirect-rule', 'rewrite', 'removeparam', 'queryprune', 'removeheader'],
      ...['urltransform', 'uritransform', 'urlskip', 'csp', 'permissions', 'referrerpolicy'],
      ...['replace', 'cookie', 'hls', 'jsonprune', 'xmlprune', 'empty', 'mp4', 'stealth'],
      ...['inline-script', 'inline-font'],
    ],
    'is about the content of pages': [
      ...['elemhide', 'ehide', 'generichide', 'ghide', 'specifichide', 'shide', 'genericblock'],
      ...['urlblock', 'content', 'jsinject', 'extension', 'cname', 'reason'],
    ],
  }).flatMap(([why, names]) => names.map((name) => [name, `$${name} ${why}`] as const)),
)

/** A string says why the rule is left out. */
export function readModifiers(modifiers: readonly string[]): Modifiers | string {
  let isImportant = false
  const excepts: string[] = []
  for (const modifier of modifiers) {
    if (modifier === 'important') isImportant = true
    else if (modifier.startsWith('denyallow=')) {
      const names = modifier.slice('denyallow='.length).split('|')
      if (excepts.length + names.length > EXCEPTS_MAX) return MANY_EXCEPTS
      for (const name of names.map(toName)) {
        if (name === undefined) return BAD_EXCEPTS
        excepts.push(name)
      }
    } else {
      return reasonOf(modifier)
    }
  }
  return { isImportant, excepts }
}

function reasonOf(modifier: string): string {
  const [name] = modifier.split('=', 1)
  return REASONS.get(name!.startsWith('~') ? name!.slice(1) : name!) ?? UNKNOWN
}
