import { onlySymbol } from './alphabet.js'
import type { Pattern, Wildcard } from './pattern.js'
import type { RegexNode } from './regexparser.js'

export const GRAM_LENGTH = 4

/** What it costs to look for one gram; Infinity where that is not to be done. */
export type GramCost = (gram: string) => number

interface Choice {
  /** Whatever the pattern matches has one of these in it, with a dot put in front of the text. */
  readonly grams: readonly string[]
  readonly cost: number
}

const NONE: Choice = { grams: [], cost: Infinity }
const ALTERNATIVES_MAX = 16

function cheaper(a: Choice, b: Choice): Choice {
  return b.cost < a.cost ? b : a
}

/** Of a text that stands in every match. */
function inText(text: string, cost: GramCost): Choice {
  let best = NONE
  for (let at = 0; at + GRAM_LENGTH <= text.length; at++) {
    const gram = text.slice(at, at + GRAM_LENGTH)
    best = cheaper(best, { grams: [gram], cost: cost(gram) })
  }
  return best
}

function inWildcard({ head, pieces }: Wildcard, cost: GramCost): Choice {
  return pieces
    .map((piece, i) => inText(i === 0 && head !== 'anywhere' ? `.${piece}` : piece, cost))
    .reduce(cheaper, NONE)
}

/** Of several expressions, of which any match holds one: what each needs, together. */
function inEach(items: readonly RegexNode[], cost: GramCost): Choice {
  if (items.length > ALTERNATIVES_MAX) return NONE
  const choices = items.map((item) => inNode(item, cost))
  const grams = [...new Set(choices.flatMap((choice) => choice.grams))]
  const total = choices.reduce((sum, choice) => sum + choice.cost, 0)
  return grams.length <= ALTERNATIVES_MAX ? { grams, cost: total } : NONE
}

/** `^` and `\.` read the same in a text with a dot put in front of it. */
function isDot(node: RegexNode): boolean {
  if (node.type === 'assert') return node.what === 'start'
  return node.type === 'set' && onlySymbol(node.set) === '.'
}

/** Walks what must be there one behind the other, and joins single characters to texts. */
class Run {
  best = NONE
  private text = ''

  constructor(private readonly cost: GramCost) {}

  end(): void {
    this.best = cheaper(this.best, inText(this.text, this.cost))
    this.text = ''
  }

  add(node: RegexNode): void {
    switch (node.type) {
      case 'set': {
        const symbol = onlySymbol(node.set)
        if (symbol === undefined) this.end()
        else this.text += symbol
        return
      }
      case 'assert':
        if (node.what !== 'start') return
        this.end()
        this.text = '.' // the one that is put in front of the text
        return
      case 'sequence':
        for (const item of node.items) this.add(item)
        return
      case 'choice':
        if (node.items.every(isDot)) {
          this.text += '.'
          return
        }
        this.end()
        this.best = cheaper(this.best, inEach(node.items, this.cost))
        return
      case 'repeat':
        this.repeat(node)
    }
  }

  private repeat({ item, min, max }: RegexNode & { type: 'repeat' }): void {
    if (item.type === 'set') {
      for (let i = 0; i < min; i++) this.add(item)
    } else if (min > 0) {
      this.end()
      this.best = cheaper(this.best, inNode(item, this.cost))
    }
    if (max !== min || item.type !== 'set') this.end()
  }
}

function inNode(node: RegexNode, cost: GramCost): Choice {
  const run = new Run(cost)
  run.add(node)
  run.end()
  return run.best
}

/** The cheapest grams without one of which the pattern matches nothing; none where there are no such. */
export function requiredGrams(pattern: Pattern, cost: GramCost): readonly string[] {
  const choice =
    pattern.kind === 'wildcard' ? inWildcard(pattern, cost) : inNode(pattern.node, cost)
  return choice.cost === Infinity ? [] : choice.grams
}
