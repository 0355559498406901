/** The public suffix list's ICANN section as the library keeps it: see publicsuffix.ts. */
declare module 'tldts-icann/dist/cjs/src/data/trie.js' {
  /** Odd where the labels down to the node are a suffix. */
  export const nodeFlags: Uint8Array
  /** First edge of each node; behind it those of the next one. */
  export const edgeStart: Uint16Array
  export const edgeLength: Uint8Array
  export const edgeChild: Uint16Array
  /** The labels of all edges, one behind the other. */
  export const labelText: string
  export const rulesRoot: number
  export const exceptionsRoot: number
}
