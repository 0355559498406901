export type Compression = 'gzip' | 'zstd'

/** Bytes that tell. */
export const MAGIC_LENGTH = 4

/** What a file's first bytes say (RFC 1952 2.3.1, RFC 8878 3.1.1). */
export function compressionOf(magic: Uint8Array): Compression | undefined {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return 'gzip'
  if (magic[0] === 0x28 && magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd)
    return 'zstd'
  return undefined
}
