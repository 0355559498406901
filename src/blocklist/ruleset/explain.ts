import { NONE } from '../resolve/nametable.js'
import type { PrefixEntries } from '../resolve/prefixentries.js'
import { networkRank, type PrefixTables } from '../resolve/prefixtable.js'
import { NETWORK_WORDS, type Note, RULE, RULE_WORDS, type RuleStore } from '../rules.js'
import { wordSection, writeNumber } from './sections.js'
import { FURTHER_WORDS, packRule, type Spoken } from '../resolve/spoken.js'

const LOST4_LENGTH = 12
const LOST6_LENGTH = 24
const NOTE_LENGTH = 12
/** A longer title is cut, at a character. */
const TITLE_MAX = 65_535

/** A rule that has a number in the file: where the rule store has it. */
interface Numbered {
  readonly isName: boolean
  readonly rule: number
  /** An entry that another name's, or another network's, rule decides. */
  readonly isAlias: boolean
}

/** What only explanations read: sections 6 and 17 to 21. */
export class Explanations {
  aliasCount = 0
  noteCount = 0
  private readonly tables: readonly PrefixEntries[]

  constructor(
    private readonly rules: RuleStore,
    private readonly spoken: Spoken,
    private readonly prefixes: PrefixTables,
    private readonly patternCount: number,
  ) {
    this.tables = [prefixes.v4, prefixes.v6, prefixes.v6Long]
  }

  /** Section 6: the line of each entry's rule; 0 where no rule holds. */
  lines(width: number): Uint8Array {
    const { entryRule } = this.spoken
    const { words } = this.rules.records
    const networks = this.tables.reduce((sum, { count }) => sum + count, 0)
    const section = new Uint8Array((entryRule.length + networks) * width)
    let at = 0
    for (let i = 0; i < entryRule.length; i++, at += width) {
      const rule = entryRule.words[i]!
      if (rule === NONE) continue
      writeNumber(section, at, words[rule * RULE_WORDS + RULE.line]!, width)
    }
    for (const table of this.tables) {
      for (let i = 0; i < table.count; i++, at += width) {
        writeNumber(section, at, this.networkLine(table.rule(i)), width)
      }
    }
    return section
  }

  /** Section 17: slots and packed rules. */
  further(): Uint8Array {
    const { spoken } = this
    const { words, length } = spoken.further
    const pairs = new Uint32Array((length / FURTHER_WORDS) * 2)
    for (let i = 0; i < spoken.furtherCount; i++) {
      pairs[i * 2] = words[i * FURTHER_WORDS]!
      pairs[i * 2 + 1] = spoken.packed(i)
    }
    return wordSection(pairs)
  }

  /** Section 18: entries that a rule from elsewhere decides, and the number of that rule. */
  aliases(): Uint8Array {
    const aliases: { entry: number; of: Numbered }[] = []
    const wanted = { names: new Set<number>(), networks: new Set<number>() }
    const take = (entry: number, of: Numbered): void => {
      if (!of.isAlias) return
      aliases.push({ entry, of })
      ;(of.isName ? wanted.names : wanted.networks).add(of.rule)
    }
    for (const entry of this.spoken.aliases) {
      take(entry, { isName: true, rule: this.spoken.entryRule.words[entry]!, isAlias: true })
    }
    this.eachNetworkEntry(take)
    this.aliasCount = aliases.length
    if (aliases.length === 0) return new Uint8Array(0)
    const names = new Map<number, number>()
    const networks = new Map<number, number>()
    this.eachRule((number, { isName, rule, isAlias }) => {
      const [numbers, asked] = isName ? [names, wanted.names] : [networks, wanted.networks]
      if (!isAlias && asked.has(rule) && !numbers.has(rule)) numbers.set(rule, number)
    })
    return wordSection(
      aliases.flatMap(({ entry, of }) => [entry, (of.isName ? names : networks).get(of.rule)!]),
    )
  }

  /** Section 19: titles of indicators. */
  notes(): Uint8Array {
    const { nameNotes, networkNotes } = this.rules
    const notes: { number: number; note: Note; title: Buffer }[] = []
    if (nameNotes.size > 0 || networkNotes.size > 0) {
      const { words } = this.rules.records
      this.eachRule((number, { isName, rule, isAlias }) => {
        const note = isName
          ? nameNotes.get(words[rule * RULE_WORDS + RULE.number]!)
          : networkNotes.get(rule)
        if (note === undefined || isAlias) return
        notes.push({ number, note, title: cutTitle(note.title) })
      })
    }
    this.noteCount = notes.length
    const head = new Uint8Array(notes.length * NOTE_LENGTH)
    let at = head.length
    for (const [i, { number, note, title }] of notes.entries()) {
      writeNumber(head, i * NOTE_LENGTH, number, 4)
      writeNumber(head, i * NOTE_LENGTH + 4, at, 4)
      writeNumber(head, i * NOTE_LENGTH + 8, title.length, 2)
      head[i * NOTE_LENGTH + 10] = note.severity
      at += title.length
    }
    return Buffer.concat([head, ...notes.map(({ title }) => title)])
  }

  /** Sections 20 and 21: networks that no entry names. */
  lost(version: 4 | 6): Uint8Array {
    const { words } = this.rules.networks
    const rules = version === 4 ? this.prefixes.lost4 : this.prefixes.lost6
    const width = version === 4 ? LOST4_LENGTH : LOST6_LENGTH
    const section = new Uint8Array(rules.length * width)
    for (const [i, rule] of rules.entries()) {
      const record = rule * NETWORK_WORDS
      let at = i * width
      const order = version === 4 ? [3] : [1, 0, 3, 2] // halves are little-endian
      for (const word of order) {
        writeNumber(section, at, words[record + word]!, 4)
        at += 4
      }
      const packed = packRule(this.networkLine(rule), networkRank(this.rules, rule), 0)
      writeNumber(section, at, packed, 4)
      section[at + 4] = words[record + 4]! & 0xff
    }
    return section
  }

  private networkLine(rule: number): number {
    return this.rules.networks.words[rule * NETWORK_WORDS + 5]!
  }

  private eachEntry(take: (number: number, of: Numbered) => void): void {
    const { entryRule, aliases } = this.spoken
    let alias = 0
    for (let i = 0; i < entryRule.length; i++) {
      const isAlias = aliases[alias] === i
      if (isAlias) alias++
      take(i, { isName: true, rule: entryRule.words[i]!, isAlias })
    }
    this.eachNetworkEntry(take)
  }

  private eachNetworkEntry(take: (number: number, of: Numbered) => void): void {
    let number = this.spoken.count
    for (const table of this.tables) {
      for (let i = 0; i < table.count; i++, number++) {
        take(number, { isName: false, rule: table.rule(i), isAlias: table.isAlias(i) })
      }
    }
  }

  /** In the order of their numbers. A rule that is off somewhere has another number there. */
  private eachRule(take: (number: number, of: Numbered) => void): void {
    const { spoken, prefixes, tables } = this
    this.eachEntry(take)
    let number = spoken.count + this.patternCount
    for (const { count } of tables) number += count
    const { words } = spoken.further
    for (let i = 0; i < spoken.furtherCount; i++, number++) {
      const isAlias = words[i * FURTHER_WORDS + 2] === 0
      take(number, { isName: true, rule: words[i * FURTHER_WORDS + 1]!, isAlias })
    }
    for (const lost of [prefixes.lost4, prefixes.lost6]) {
      for (const rule of lost) take(number++, { isName: false, rule, isAlias: false })
    }
  }
}

function cutTitle(title: string): Buffer {
  const bytes = Buffer.from(title)
  if (bytes.length <= TITLE_MAX) return bytes
  let end = TITLE_MAX
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
