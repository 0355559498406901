import { ACTIONS, type Action, IMPORTANT, VERDICT_LENGTH } from './format.js'
import { WeirError } from '../errors.js'

/**
 * Classes of rules, the one that wins first. Where lists disagree without an
 * important rule, allow beats all; among the rest the stricter one speaks.
 */
const CLASSES: readonly { action: Action; important: boolean }[] = [
  { action: 'allow', important: true },
  { action: 'block', important: true },
  { action: 'warn', important: true },
  { action: 'allow', important: false },
  { action: 'block', important: false },
  { action: 'warn', important: false },
  { action: 'audit', important: false },
]
/** Behind all classes: nothing speaks. */
export const NO_CLASS = CLASSES.length

/** Of each list: the set of categories of its rules. */
export interface ListOutcomes {
  readonly categories: Uint16Array
}

const ID_LIMIT = 65_535

/** The sets of categories and the verdicts that a ruleset needs, each once. */
export class Outcomes {
  private readonly sets: string[][] = [[]]
  private readonly setIds = new Map<string, number>([['', 0]])
  private readonly unions = new Map<number, number>()
  private readonly verdictIds = new Map<number, number>()

  /** The set that holds `category` alone; the empty string names no category. */
  category(category: string): number {
    if (category.includes(',')) {
      throw new WeirError('WEIR_BAD_LIST', `the category "${category}" has a comma in it`)
    }
    return this.intern(category === '' ? [] : [category])
  }

  union(a: number, b: number): number {
    if (a === b || b === 0) return a
    if (a === 0) return b
    const key = a * 65_536 + b
    let id = this.unions.get(key)
    if (id === undefined) {
      id = this.intern([...new Set([...this.sets[a]!, ...this.sets[b]!])].sort())
      this.unions.set(key, id)
    }
    return id
  }

  verdict(cls: number, scope: number, categories: number): number {
    const key = (cls * 4 + scope) * 65_536 + categories
    let id = this.verdictIds.get(key)
    if (id === undefined) {
      id = this.verdictIds.size
      if (id >= ID_LIMIT) throw new WeirError('WEIR_BAD_LIST', 'the lists have too many categories')
      this.verdictIds.set(key, id)
    }
    return id
  }

  get verdictCount(): number {
    return this.verdictIds.size
  }

  /** Names of the sets in order of their numbers, members joined by commas. */
  categoryNames(): string[] {
    return this.sets.map((set) => set.join(','))
  }

  verdictSection(): Uint8Array {
    const section = new Uint8Array(this.verdictIds.size * VERDICT_LENGTH)
    const view = new DataView(section.buffer)
    let at = 0
    for (const key of this.verdictIds.keys()) {
      const head = Math.floor(key / 65_536)
      const { action, important } = CLASSES[head >> 2]!
      section[at] = ACTIONS.indexOf(action)
      section[at + 1] = head >> 2
      section[at + 2] = (head & 3) | (important ? IMPORTANT : 0)
      view.setUint16(at + 4, key % 65_536, true)
      at += VERDICT_LENGTH
    }
    return section
  }

  private intern(set: string[]): number {
    const name = set.join(',')
    let id = this.setIds.get(name)
    if (id === undefined) {
      id = this.sets.length
      if (id >= ID_LIMIT) throw new WeirError('WEIR_BAD_LIST', 'the lists have too many categories')
      this.sets.push(set)
      this.setIds.set(name, id)
    }
    return id
  }
}
