import { readFileSync } from 'node:fs'

/** Process group, session, terminal, and the terminal's own group, behind the name in brackets: proc_pid_stat(5). */
const GROUPS = /\) \S (?:-?\d+) (-?\d+) (?:-?\d+) (?:-?\d+) (-?\d+) [^)]*$/

/** What is said where there is none. */
const NO_TERMINAL = '-1'

/**
 * Whether the terminal is this process's to write to: a shell's background job shares it with whoever types there. One that has
 * gone is nobody's: who writes to it learns so.
 */
export function isInForeground(): boolean {
  const [, own, foreground] = GROUPS.exec(readFileSync('/proc/self/stat', 'latin1')) ?? []
  return own === foreground || foreground === NO_TERMINAL
}
