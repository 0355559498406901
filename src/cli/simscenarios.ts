import { makeGate } from '../privacy/gate.js'
import { STRICT } from '../privacy/gates.js'
import type { Clearance } from '../privacy/source.js'
import { makeIdentity } from '../sim/certificate.js'
import { clientsOf } from '../sim/check.js'
import { PRESETS } from '../sim/clients.js'
import { NameFiles } from '../sim/files.js'
import { Http3 } from '../sim/http3.js'
import { type Ended, judge } from '../sim/judge.js'
import { endWithOutside, type Inside } from '../sim/namespace.js'
import { findProgram } from '../sim/programs.js'
import type { Scenario } from '../sim/scenario.js'
import { Scene, type Stage } from '../sim/scene.js'
import { Witness } from '../sim/witness.js'
import { chosenScenarios } from './simchoice.js'
import { EXIT } from './exit.js'
import { Output } from './output.js'
import { Sinks } from './runsinks.js'
import type { SimOptions } from './simoptions.js'
import { type Row, type Run, SimTable } from './simtable.js'

export async function simScenarios(options: SimOptions, here: Inside): Promise<number> {
  endWithOutside(here)
  const scenarios = chosenScenarios(options)
  const hosts = scenarios.flatMap(({ steps }) =>
    steps.map(({ target }) => new URL(target).hostname),
  )
  const identity = makeIdentity([...new Set(hosts)])
  const witness = new Witness()
  const names = new NameFiles(here)
  const http3 = await Http3.start(identity, here.folder)
  // The traffic is made here, and nobody's: consent has nothing to say of it.
  const gate = await makeGate(
    { revision: 0, values: STRICT },
    { destination: 'device', key: new Uint8Array(0) },
  )
  const clearance = { gate }
  const stage: Stage = { folder: here.folder, names, identity, http3 }
  const table = new SimTable(new Output(options.format === 'ndjson' ? 2 : 1))
  try {
    for (const scenario of scenarios) {
      table.begin(scenario)
      table.add(await play(scenario, stage, options, clearance))
    }
    return table.end(witness.sent()) ? EXIT.ok : EXIT.differs
  } finally {
    http3?.close()
    witness.close()
  }
}

async function play(
  scenario: Scenario,
  stage: Stage,
  options: SimOptions,
  clearance: Clearance,
): Promise<Row[]> {
  const scene = await Scene.open(scenario, stage)
  const sinks = await Sinks.open(options, scene.engine, clearance)
  scene.show = (records) => {
    sinks.visit(records)
    sinks.flush()
  }
  const ended: [Run, Ended | string][] = []
  try {
    for (const run of runsOf(scenario, options)) {
      const { client, step, version } = run
      const why = absence(run, stage)
      ended.push([run, why ?? (await scene.run(client, step, version))])
    }
  } finally {
    scene.close()
  }
  return ended.map(([run, end]) =>
    typeof end === 'string'
      ? { ...run, leftOut: end }
      : { ...run, saw: end.saw, judgement: judge(end, scene.records) },
  )
}

function runsOf(scenario: Scenario, { clients }: SimOptions): Run[] {
  return scenario.steps.flatMap((step) =>
    clientsOf(step)
      .filter((client) => !clients || clients.has(client))
      .flatMap((client) =>
        (step.versions ?? [4, 6]).map((version) => ({ scenario, client, step, version })),
      ),
  )
}

/** Why a client cannot be run here. */
function absence({ client, step }: Run, { http3 }: Stage): string | undefined {
  const { program, package: from } = PRESETS[client]
  if (program && findProgram(program) === undefined) {
    return `${program} is not here (Debian: ${from})`
  }
  if (client === 'gtlsclient' && step.expect.client === 'reached' && !http3) {
    return 'no HTTP/3 server is here (gtlsserver, caddy)'
  }
  return undefined
}
