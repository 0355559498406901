// How much memory Weir uses, and how short of it the system is.
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { MemoryReport } from '../privacy/reports.js'
import { quietly } from './product.js'

/** Percent of the last ten seconds in which work waited for memory (PSI): some of it, and all of it. */
const SOME_PERCENT = 1
const FULL_PERCENT = 10
const KIB = 1024

/** Of this process; the limit is that of its control group, or absent. */
export function memoryReport(): MemoryReport {
  const resident = process.memoryUsage.rss()
  const limit = memoryLimit(process.constrainedMemory(), totalmem())
  const pressure = pressureOf(quietly(() => readFileSync('/proc/pressure/memory', 'utf8')))
  return {
    type: 'memory',
    time: new Date().toISOString(),
    resident,
    peak: Math.max(resident, process.resourceUsage().maxRSS * KIB),
    ...(limit === undefined ? {} : { limit }),
    ...(pressure === undefined ? {} : { pressure }),
  }
}

/** A group without a limit has one beyond all memory. */
export const memoryLimit = (constrained: number, total: number): number | undefined =>
  constrained > 0 && constrained <= total ? constrained : undefined

/** From the kernel's text; undefined where it has none. */
export function pressureOf(text: string): MemoryReport['pressure'] {
  const percent = (kind: string): number | undefined => {
    const [, number] = new RegExp(`^${kind} avg10=(\\d{1,3}\\.\\d\\d) `, 'm').exec(text) ?? []
    return number === undefined ? undefined : Number(number)
  }
  const [some, full = 0] = [percent('some'), percent('full')]
  if (some === undefined) return undefined
  if (full >= FULL_PERCENT) return 'critical'
  return some >= SOME_PERCENT ? 'some' : 'none'
}
