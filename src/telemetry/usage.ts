// Figures of use, and what is configured: the gate lets neither go without the person's consent.
import type { FeaturesReport, UsageReport } from '../privacy/reports.js'
import { FIELD } from '../records/layout.js'
import type { RecordRun } from '../records/ring.js'
import { RECORD_KINDS } from '../records/vocabulary.js'

/** What the process has inspected since its start. */
export interface Inspected {
  readonly networkUp: number
  readonly networkDown: number
  readonly packets: number
  readonly flows: number
}

/** Bytes of flows that have ended, read where their records lie. */
export class Carried {
  networkUp = 0
  networkDown = 0

  visit(run: RecordRun): void {
    for (let i = 0; i < run.count; i++) {
      const at = run.at(i)
      if (run.u8(at + FIELD.kind) !== RECORD_KINDS.flow) continue
      this.networkUp += run.u64(at + FIELD.bytesUp)
      this.networkDown += run.u64(at + FIELD.bytesDown)
    }
  }
}

const MICROSECONDS = 1000

/** Processor time is that of this process; `command` is what it runs as. */
export function usageReport(command: string, inspected: Inspected): UsageReport {
  const uptime = Math.floor(process.uptime())
  const { user, system } = process.cpuUsage()
  const now = Date.now()
  return {
    type: 'usage',
    time: new Date(now).toISOString(),
    from: new Date(now - uptime * 1000).toISOString(),
    uptime,
    cpuUser: Math.round(user / MICROSECONDS),
    cpuSystem: Math.round(system / MICROSECONDS),
    ...inspected,
    commands: [command],
  }
}

export type Features = Pick<FeaturesReport, 'features' | 'protection' | 'lists' | 'rules'>

export const featuresReport = (features: Features): FeaturesReport => ({
  type: 'features',
  time: new Date().toISOString(),
  ...features,
})
