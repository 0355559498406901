import { ACTIONS, CATEGORIES_MAX, NO_CATEGORY, VERDICT_LENGTH } from '../ruleset/format.js'
import { WeirError } from '../../errors.js'
import { NO_RANK, RANKS } from '../rank.js'
import type { ListHead } from '../rules.js'

const ID_LIMIT = 65_535
const FLAGS = 16

/** The sets of categories and the verdicts that a ruleset needs, each once. */
export class Outcomes {
  /** Names of the categories, in their order. */
  readonly categories: readonly string[]
  /** Of each list, the set that holds its category alone. */
  readonly setOfList: Uint16Array
  /** Sets by number: halves of the masks. Number 0 is the empty one. */
  private readonly sets: [lo: number, hi: number][] = []
  private readonly setIds = new Map<string, number>()
  private readonly unions = new Map<number, number>()
  /** By set: verdicts by rank and flags, their number plus one. */
  private readonly verdictIds: Uint16Array[] = []
  private readonly verdicts: { set: number; rank: number; flags: number }[] = []

  constructor(lists: readonly ListHead[]) {
    const all = [...new Set(lists.map((list) => list.category))]
      .filter((name) => name !== '')
      .sort()
    const odd = all.find((name) => name.includes(','))
    if (odd !== undefined) {
      throw new WeirError('WEIR_BAD_LIST', `the category "${odd}" has a comma in it`)
    }
    if (all.length > CATEGORIES_MAX) {
      throw new WeirError(
        'WEIR_BAD_LIST',
        `the lists have ${all.length} categories: a ruleset takes ${CATEGORIES_MAX}, so give some lists the same one`,
      )
    }
    this.categories = all
    this.intern(0, 0)
    const numbers = new Map(all.map((name, i) => [name, i]))
    this.setOfList = Uint16Array.from(lists, ({ category }) => {
      const i = numbers.get(category)
      if (i === undefined) return 0
      return i < 32 ? this.intern(2 ** i, 0) : this.intern(0, 2 ** (i - 32))
    })
  }

  /** Of a list; NO_CATEGORY where it has none. */
  categoryNumber(category: string): number {
    return category === '' ? NO_CATEGORY : this.categories.indexOf(category)
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a
    if (a === 0) return b
    const key = a * 65_536 + b
    let id = this.unions.get(key)
    if (id === undefined) {
      const [aLo, aHi] = this.sets[a]!
      const [bLo, bHi] = this.sets[b]!
      id = this.intern((aLo | bLo) >>> 0, (aHi | bHi) >>> 0)
      this.unions.set(key, id)
    }
    return id
  }

  /** Number of the verdict. */
  verdict(set: number, rank: number, flags: number): number {
    const known = this.verdictIds[set]!
    const key = rank * FLAGS + flags
    if (known[key] === 0) {
      if (this.verdicts.length >= ID_LIMIT) throw tooMany()
      known[key] = this.verdicts.push({ set, rank, flags })
    }
    return known[key]! - 1
  }

  get verdictCount(): number {
    return this.verdicts.length
  }

  verdictSection(): Uint8Array {
    const section = new Uint8Array(this.verdicts.length * VERDICT_LENGTH)
    const view = new DataView(section.buffer)
    for (const [i, { set, rank, flags }] of this.verdicts.entries()) {
      const at = i * VERDICT_LENGTH
      section[at] = rank === NO_RANK ? 0 : ACTIONS.indexOf(RANKS[rank]!.action)
      section[at + 1] = rank
      section[at + 2] = flags
      view.setUint32(at + 8, this.sets[set]![0], true)
      view.setUint32(at + 12, this.sets[set]![1], true)
    }
    return section
  }

  private intern(lo: number, hi: number): number {
    const name = `${hi}:${lo}`
    let id = this.setIds.get(name)
    if (id === undefined) {
      if (this.sets.length >= ID_LIMIT) throw tooMany()
      id = this.sets.push([lo, hi]) - 1
      this.verdictIds.push(new Uint16Array((NO_RANK + 1) * FLAGS))
      this.setIds.set(name, id)
    }
    return id
  }
}

const tooMany = (): WeirError =>
  new WeirError('WEIR_BAD_LIST', 'names are in too many combinations of categories: use fewer')
