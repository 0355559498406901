import type { ListSource } from '../blocklist/compile.js'
import { openList } from '../blocklist/listfile.js'
import { defaultDirectory, Store } from '../feeds/store.js'

/** The lists of `weir lists` of which there is a good copy; `names`: these, whether there is one or not. */
export async function storeLists(
  directory = defaultDirectory(),
  names?: readonly string[],
): Promise<ListSource[]> {
  const store = await Store.read(directory)
  const wanted = names ?? store.lists.filter(({ good }) => good).map(({ name }) => name)
  return wanted.map((name) => {
    const { path, options } = store.good(name)
    return { id: name, ...openList(path), ...options }
  })
}
