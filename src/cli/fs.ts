import { createRequire } from 'node:module'

/** Imported, it would load all of Node's streams, which most commands do not need. */
export const fs = createRequire(import.meta.filename)('node:fs') as typeof import('node:fs')
