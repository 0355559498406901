// What Weir says of itself: to the person who asks, and to the collector when told to.
import { parseArgs } from 'node:util'
import { WeirError } from '../errors.js'
import type { ClearedRecord } from '../privacy/gate.js'
import { ConsentStore } from '../privacy/store.js'
import { takeCrashes } from '../telemetry/crashnative.js'
import { deviceReport } from '../telemetry/device.js'
import { memoryReport } from '../telemetry/memory.js'
import { Outbox } from '../telemetry/outbox.js'
import { stateDirectory } from '../telemetry/place.js'
import { readEnrolment } from './enrolment.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { sendWaiting } from './sendreports.js'

/** `weir report`: shows what would go to the tenant, a line of JSON each; `--send` sends it. */
export async function reportCommand(args: string[]): Promise<number> {
  const { send = false } = parse(args)
  const store = await ConsentStore.open()
  const outbox = new Outbox()
  await takeCrashes((report) => outbox.keep(report, store))
  const own = [await deviceReport(store, stateDirectory()), memoryReport()]
  if (send) {
    const enrolment = await readEnrolment()
    if (!enrolment) {
      throw new WeirError('WEIR_CANNOT_READ', 'no collector to send to: weir enrol URL --code CODE')
    }
    const gate = await store.gate('tenant')
    for (const report of own) if (gate.clear(report)) await outbox.keep(report, store)
    const { sent, withheld } = await sendWaiting(outbox, store, enrolment)
    print(
      `${sent} reports sent${withheld ? `, ${withheld} withheld: see weir consent show` : ''}\n`,
    )
    return EXIT.ok
  }
  const gate = await store.gate('tenant')
  const waiting = (await outbox.waiting(store)).map(({ report }) => report)
  const cleared = [...own, ...waiting].flatMap((report) => gate.clear(report) ?? [])
  print(cleared.map(line).join(''))
  return EXIT.ok
}

const line = (record: ClearedRecord<'tenant'>): string => `${JSON.stringify(record)}\n`

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { send: { type: 'boolean' } } }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function print(text: string): void {
  const output = new Output()
  output.text(text)
  output.flush()
}
