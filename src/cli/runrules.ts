import type { Answers } from '../engine/answers.js'
import type { Engine, EngineOptions } from '../engine/engine.js'
import { WeirError } from '../errors.js'
import { fingerprint } from '../files/durable.js'
import type { LiveEvent } from '../policy/live.js'
import type { ActionRecord } from '../privacy/reports.js'
import type { Protection } from '../records/vocabulary.js'
import { listAction } from './listactions.js'
import { isPolicy, loadRules, type LoadedRules } from './rules.js'
import { rulesChanged } from './runactions.js'
import type { RunOptions } from './runoptions.js'
import { say } from './say.js'

/** Told of each change of the rules in force. */
type Told = (action: ActionRecord) => void
type Rules = Pick<RunOptions, 'rules' | 'trust'>

/** Rules that an engine has, and that follow their files. */
export interface RulesInForce {
  /** How many there are. */
  readonly size: number
  /** Lists that they are from, and whether they are in force. */
  readonly lists: number
  readonly protection: Protection
  /** Looks at the files now. On failure, what is in force stays, and that is said. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** What a policy says of the engine itself, when it is made; later changes of that are for the next run. */
export async function engineOf({ rules, trust }: Rules): Promise<EngineOptions> {
  const [path] = rules
  if (trust.length || rules.length !== 1 || !isPolicy(path!)) return {}
  const { parsePolicy, readPolicy } = await import('../policy/parse.js')
  const { bypassSeconds } = parsePolicy(path!, await readPolicy(path!))
  return bypassSeconds === undefined ? {} : { bypassSeconds }
}

/** `dns` is before what a policy says of answers to DNS queries. */
export async function followRules(
  { rules: paths, trust }: Rules,
  engine: Engine,
  answers: Answers,
  told: Told = () => undefined,
): Promise<RulesInForce> {
  const [path] = paths
  if (!trust.length && paths.length === 1 && isPolicy(path!)) {
    return followPolicy(path!, engine, answers, told)
  }
  engine.answerWith(answers)
  return FileRules.open(paths, () => loadRules(paths, trust), engine, told)
}

/** A policy is looked at again when it, or what it names, changes, and when its schedules say so. */
async function followPolicy(
  path: string,
  engine: Engine,
  answers: Answers,
  told: Told,
): Promise<RulesInForce> {
  const { LivePolicy } = await import('../policy/live.js')
  const { defaultDirectory } = await import('../feeds/store.js')
  const setAnswers = (): void => engine.answerWith({ dns: policy.state.settings.dns, ...answers })
  const onEvent = (event: LiveEvent): void => {
    if (event.type === 'applied') {
      setAnswers()
      for (const list of event.updated) told(listAction('list-updated', list))
      told(rulesChanged('policy-changed', event.state.stats.rules))
    }
    say(event.type === 'applied' ? inForce() : refusal(event.error))
  }
  const policy = await LivePolicy.open(path, { store: defaultDirectory(), onEvent })
  const inForce = (): string => {
    const { profile, protection } = policy.state.inForce
    return `profile ${profile}, protection ${protection}: ${policy.state.stats.rules} rules`
  }
  policy.attach(engine)
  setAnswers()
  say(inForce())
  return {
    get size() {
      return policy.state.stats.rules
    },
    get lists() {
      return policy.state.lists.length
    },
    get protection() {
      return policy.state.inForce.protection
    },
    reload: () => policy.refresh(),
    close: () => policy.close(),
  }
}

/** Lists, or a compiled file, which are read again when it is asked for. */
class FileRules implements RulesInForce {
  private constructor(
    private readonly paths: readonly string[],
    private readonly load: () => Promise<LoadedRules | null>,
    private readonly engine: Engine,
    private rules: LoadedRules | null,
    private seen: ReadonlyMap<string, string>,
    private readonly told: Told,
  ) {
    engine.use(rules?.ruleset ?? null, rules?.mode)
  }

  static async open(
    paths: readonly string[],
    load: () => Promise<LoadedRules | null>,
    engine: Engine,
    told: Told,
  ): Promise<FileRules> {
    const seen = versionsOf(paths)
    return new FileRules(paths, load, engine, await load(), seen, told)
  }

  get size(): number {
    return this.rules?.ruleset.counts.rules ?? 0
  }

  get lists(): number {
    return this.paths.length
  }

  get protection(): Protection {
    return this.rules?.mode?.protection ?? 'block'
  }

  async reload(): Promise<void> {
    try {
      const versions = versionsOf(this.paths)
      const rules = await this.load()
      this.engine.use(rules?.ruleset ?? null, rules?.mode)
      this.rules?.ruleset.close()
      this.rules = rules
      say(`${this.size} rules`)
      for (const [path, version] of versions) {
        if (version !== this.seen.get(path)) this.told(listAction('list-updated', path))
      }
      this.seen = versions
      this.told(rulesChanged('ruleset-swapped', this.size))
    } catch (error) {
      if (!(error instanceof WeirError)) throw error
      say(refusal(error))
    }
  }

  close(): Promise<void> {
    this.rules?.ruleset.close()
    return Promise.resolve()
  }
}

/** Of files, before they are read. */
const versionsOf = (paths: readonly string[]): ReadonlyMap<string, string> =>
  new Map(paths.map((path) => [path, fingerprint(path)]))

const refusal = (error: Error): string => `${error.message}\nweir: the rules in force stay`
