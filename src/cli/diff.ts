import { parseArgs } from 'node:util'
import { compile } from '../blocklist/compile.js'
import { Ruleset } from '../engine/ruleset.js'
import { deviceGate } from '../privacy/device.js'
import { Asker } from './diffasker.js'
import { type Change, sorted } from './diffchange.js'
import { diffHosts } from './diffhosts.js'
import { diffNames } from './diffnames.js'
import { diffNetworks } from './diffnetworks.js'
import { diffPatterns } from './diffpatterns.js'
import { countsText, totals, writeRecords, writeText } from './difftext.js'
import { EXIT, UsageError } from './exit.js'
import { Output } from './output.js'
import { AskedHosts, readQueryLog } from './querylog.js'
import { loadRules } from './rules.js'

/** What changes verdict from one ruleset to another. Ends with 1 where something does, as diff does. */
export async function diffCommand(args: string[]): Promise<number> {
  const { old, now, logs, isJson, isVerbose } = readOptions(args)
  const was = await rulesetOf(old)
  const is = await rulesetOf(now)
  const asker = new Asker(was, is, isVerbose)
  let changes: Change[] = []
  const found = (change: Change): number => changes.push(change)
  let hosts: AskedHosts | undefined
  if (logs.length) {
    hosts = new AskedHosts()
    const gate = await deviceGate()
    for (const log of logs) await readQueryLog(log, hosts)
    changes = diffHosts(asker, hosts, gate)
  } else {
    diffNames(was, is, isVerbose, found)
    diffNetworks(was, is, isVerbose, found)
    diffPatterns(was, is, found)
  }
  const all = sorted(changes)
  write(asker, all, isJson, hosts)
  return all.some(({ effect }) => effect !== 'another-list') ? EXIT.differs : EXIT.ok
}

async function rulesetOf(path: string): Promise<Ruleset> {
  if (path === 'none') return Ruleset.from(compile([]).bytes)
  return (await loadRules([path]))!.ruleset
}

function write(
  asker: Asker,
  changes: readonly Change[],
  isJson: boolean,
  hosts: AskedHosts | undefined,
): void {
  const output = new Output()
  const log = hosts && {
    queries: hosts.queries,
    hosts: hosts.counts.size,
    leftOut: hosts.leftOut,
    otherLines: hosts.others,
  }
  if (isJson) {
    writeRecords(output, asker, changes)
    output.text(`${JSON.stringify({ type: 'summary', ...totals(changes), ...(log && { log }) })}\n`)
  } else {
    writeText(output, asker, changes)
    if (changes.length) output.text('\n')
    if (log) {
      const { queries, leftOut, otherLines } = log
      output.text(`${queries} queries for ${log.hosts} hosts`)
      if (otherLines) output.text(`; ${otherLines} lines ask for nothing`)
      if (leftOut) output.text(`; ${leftOut} queries for hosts beyond these were not judged`)
      output.text('\n')
    }
    output.text(countsText(changes))
  }
  output.flush()
}

function readOptions(args: string[]) {
  const { values, positionals } = parse(args)
  const { format = 'text', verbose = false, against = [] } = values
  const [old, now, ...more] = positionals
  if (format !== 'text' && format !== 'ndjson') throw new UsageError('--format: text or ndjson')
  if (old === undefined || now === undefined || (more.length && !against.length)) {
    throw new UsageError('diff takes two rulesets, lists or policies; none stands for no rules')
  }
  return { old, now, logs: [...against, ...more], isJson: format === 'ndjson', isVerbose: verbose }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        verbose: { type: 'boolean' },
        against: { type: 'string', multiple: true },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
