/** What was read only to have it in the cache: kept, so that reading it is not left out. */
export const seen = { sum: 0 }
