/**
 * What names and addresses are made of. A set of characters is a number whose
 * bit i stands for SYMBOLS[i]; the core numbers them alike (native/RULESET.md, Patterns).
 */
export const SYMBOLS = 'abcdefghijklmnopqrstuvwxyz0123456789-._:'
export type CharSet = bigint

export const NOTHING: CharSet = 0n
export const ANYTHING: CharSet = (1n << BigInt(SYMBOLS.length)) - 1n

const CODES = Uint8Array.from(SYMBOLS, (symbol) => symbol.charCodeAt(0))

/** The symbols, in either case, whose character code lies in [from, to]. */
export function charRange(from: number, to: number): CharSet {
  let set = NOTHING
  for (const [i, code] of CODES.entries()) {
    const upper = i < 26 ? code - 32 : code
    if ((code >= from && code <= to) || (upper >= from && upper <= to)) set |= 1n << BigInt(i)
  }
  return set
}

export const DIGITS = charRange(0x30, 0x39)
export const WORD = DIGITS | charRange(0x61, 0x7a) | charRange(0x5f, 0x5f)

export function inverse(set: CharSet): CharSet {
  return ANYTHING & ~set
}

/** The one symbol of a set; undefined where there are more, or none. */
export function onlySymbol(set: CharSet): string | undefined {
  if (set === NOTHING || (set & (set - 1n)) !== 0n) return undefined
  return SYMBOLS[set.toString(2).length - 1]
}
