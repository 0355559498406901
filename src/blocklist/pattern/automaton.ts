/** A deterministic automaton that reads a text once and says whether an expression is found in it. */
export interface Automaton {
  /** Of each symbol. */
  readonly classes: Uint8Array
  readonly classCount: number
  readonly start: number
  readonly states: number
  /** Per state where each class leads, and at last the text's end: FOUND or LOST. */
  readonly next: Uint16Array
}

/** Nothing that follows changes the answer any more. */
export const LOST = 0
export const FOUND = 1
