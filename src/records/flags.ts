/** Bits of a ring entry's `flags`; a test compares them with weir.h. */
export const FLAGS = {
  nameIsOuter: 0x01,
  hintAmbiguous: 0x02,
  esni: 0x04,
  response: 0x08,
  query: 0x10,
  addressIsIpv4: 0x20,
  ech: 0x40,
} as const

/** A rule's number when there was none. */
export const NO_RULE = 0xffff_ffff
