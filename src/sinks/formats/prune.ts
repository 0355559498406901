type Json = string | number | boolean | null | undefined | readonly Json[] | { [key: string]: Json }

const isEmpty = (value: Json): boolean =>
  value === null ||
  value === undefined ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)

/** Leaves out what says nothing: null, undefined, and objects and lists that hold nothing else. */
export function prune<T extends object>(value: T): T {
  const kept: Record<string, Json> = {}
  for (const [key, field] of Object.entries(value as Record<string, Json>)) {
    const isObject = typeof field === 'object' && field !== null && !Array.isArray(field)
    const pruned = isObject ? prune(field as object as Record<string, Json>) : field
    if (!isEmpty(pruned)) kept[key] = pruned
  }
  return kept as T
}
