// In a mount namespace of its own: a spool on a disk that gets full, is read-only, and has room again.
import { execFileSync } from 'node:child_process'
import { Spool } from '../../dist/sinks/spool.js'

const disk = process.argv[2]
const mount = (...args) => execFileSync('mount', args)
mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk)

const spool = await Spool.open(`${disk}/spool`, {
  batchBytes: 1 << 15,
  queueBytes: 1 << 16,
  pauseMs: 20,
})
let given = 0
const arrived = []
const add = (count) => {
  for (let i = 0; i < count; i++) {
    const text = JSON.stringify({ n: given++, filler: 'x'.repeat(1000) })
    spool.add({ kind: 'action', revision: 0, text })
  }
}
const drain = async () => {
  for (let batch; (batch = await spool.next(true)); await spool.done(batch)) {
    for (const { text } of batch.entries) arrived.push(JSON.parse(text).n)
  }
}

add(50)
const fits = await spool.sync()
for (let i = 0; i < 40; i++) {
  add(10)
  await spool.sync()
}
const full = { ...spool.counts, synced: await spool.sync(), given }
await drain()
const room = await spool.sync()
await drain()

// No file is open for writing now: else it could not be remounted.
mount('-o', 'remount,ro', disk)
add(5)
const readOnly = { synced: await spool.sync(), ...spool.counts }
mount('-o', 'remount,rw', disk)
const again = await spool.sync()
await drain()
const end = spool.counts
await spool.close()

// A disk that is read-only, or full, when the spool is opened.
mount('-o', 'remount,ro', disk)
const late = await Spool.open(`${disk}/late`, { pauseMs: 20 })
late.add({ kind: 'action', revision: 0, text: 'late' })
const lateReadOnly = await late.sync()
mount('-o', 'remount,rw', disk)
const lateAgain = await late.sync()
await late.close()

console.log(
  JSON.stringify({
    fits,
    full,
    room,
    readOnly,
    again,
    end,
    given,
    arrived,
    lateReadOnly,
    lateAgain,
  }),
)
