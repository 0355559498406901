import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WeirError } from '../errors.js'
import { findInCatalogue } from './catalogue.js'
import { checkEntry, type ListEntry } from './entry.js'
import { parsePublicKey } from './minisign.js'

/** What may be said of a list when it is registered; the rest comes from the catalogue or the address. */
export type Said = Partial<Omit<ListEntry, 'address' | 'good' | 'held' | 'accepted' | 'last'>>

/**
 * The entry for `source`: a name of the catalogue, an http:, https: or file: address, or the path of a
 * file. Throws WEIR_BAD_ARGUMENT.
 */
export function makeEntry(source: string, said: Said): ListEntry {
  const known = findInCatalogue(source)
  const { name, address, syntax, action, category, match } = known ?? {
    address: addressOf(source),
    name: undefined,
  }
  const entry: ListEntry = {
    ...dropUndefined({ syntax, action, category, match }),
    ...dropUndefined(said),
    name: said.name ?? name ?? nameFor(address),
    address,
  }
  checkEntry(entry)
  if (entry.minisign !== undefined) parsePublicKey(entry.minisign)
  return entry
}

function addressOf(source: string): string {
  if (/^\.{0,2}\//.test(source)) return pathToFileURL(resolve(source)).href
  if (!/^(https?|file):/i.test(source) || !URL.canParse(source)) {
    throw new WeirError(
      'WEIR_BAD_ARGUMENT',
      `"${source}" is no list of the catalogue (weir lists catalogue), no address, and no path like ./${source}`,
    )
  }
  const url = new URL(source)
  if (url.username || url.password) {
    throw new WeirError(
      'WEIR_BAD_ARGUMENT',
      'an address with a password is not taken: it would be stored',
    )
  }
  url.hash = ''
  return url.href
}

/** The last part of the path without what says the kind of file, or the host. */
function nameFor(address: string): string {
  const { hostname, pathname } = new URL(address)
  const last = pathname.split('/').findLast((part) => part !== '') ?? ''
  const name = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|-+$/g, '')
      .slice(0, 64)
  return (
    name(last.replace(/(\.(txt|list|hosts|conf|csv|json|gz))+$/i, '')) || name(hostname) || 'list'
  )
}

/** Own properties that have a value; the rest is as if it had not been said. */
function dropUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
