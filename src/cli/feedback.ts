import { parseArgs } from 'node:util'
import type { FeedbackReport } from '../privacy/reports.js'
import { ConsentStore } from '../privacy/store.js'
import { Outbox } from '../telemetry/outbox.js'
import { oneOf } from './arguments.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'

const TYPES = ['smile', 'frown', 'idea'] as const
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/
const COMMENT_MAX = 4000

/** `weir feedback`: shows what will be sent, and keeps it for `weir report --send`, or for a run. */
export async function feedbackCommand(args: string[]): Promise<number> {
  const report = feedbackOf(parse(args))
  const store = await ConsentStore.open()
  const cleared = (await store.gate('tenant')).clear(report)
  const output = new Output()
  if (cleared) {
    await new Outbox().keep(report, store)
    output.text(`This is sent by weir report --send or weir run, and nothing else of you:\n`)
    output.text(`${JSON.stringify(cleared, null, 2)}\n`)
  } else {
    output.text('Nothing is sent, and nothing was kept: see weir consent show\n')
  }
  output.flush()
  return EXIT.ok
}

function parse(args: string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({ args, options: { type: text, comment: text, email: text } }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function feedbackOf({ type, comment, email }: ReturnType<typeof parse>): FeedbackReport {
  const feedback = oneOf('--type', TYPES, type)
  if (!feedback) throw new UsageError(`feedback needs --type: one of ${TYPES.join(', ')}`)
  if (email !== undefined && !EMAIL.test(email)) throw new UsageError('--email is no address')
  if (comment === '' || (comment?.length ?? 0) > COMMENT_MAX) {
    throw new UsageError(`--comment: 1 to ${COMMENT_MAX} characters`)
  }
  return {
    type: 'feedback',
    time: new Date().toISOString(),
    feedback,
    ...(comment === undefined ? {} : { comment }),
    ...(email === undefined ? {} : { email }),
  }
}
