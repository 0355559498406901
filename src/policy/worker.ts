import { parentPort, workerData } from 'node:worker_threads'
import { verifyRuleset, writeRuleset } from '../blocklist/ruleset/file.js'
import { buildPolicy, type Seen } from './build.js'
import { type Done, failureOf, type Job, type Reply } from './job.js'

async function run({ path, store, at, text, output, known }: Job, seen: Seen): Promise<Done> {
  const built = await buildPolicy(path, { store, at, text, seen })
  const { bytes, stats } = built.compiled
  const { sha256, expires } = verifyRuleset(bytes)
  if (sha256 !== known) await writeRuleset(output, bytes)
  const { inForce, settings, next } = built.plan
  return {
    text: built.text,
    inForce,
    settings,
    next,
    expires: expires === null ? undefined : expires * 1000,
    sha256,
    stats,
    lists: built.lists,
  }
}

const seen: Seen = new Map()
let reply: Reply
try {
  reply = { seen, done: await run(workerData as Job, seen) }
} catch (error) {
  reply = { seen, failure: failureOf(error) }
}
parentPort!.postMessage(reply)
