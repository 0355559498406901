import { WeirError, type WeirErrorCode } from '../errors.js'

/** One thing that is wrong with a policy or one of its lists. */
export interface Problem {
  /** Both count from 1; absent where it is about the file as a whole. */
  readonly line?: number
  readonly column?: number
  /** What is wrong, and what to do. */
  readonly message: string
}

const SHOWN = 10

/** A policy, or a list of one, that cannot be used. */
export class PolicyError extends WeirError {
  /** Of the file at fault: the policy, or a list. */
  readonly path: string
  readonly problems: readonly Problem[]

  constructor(
    path: string,
    problems: readonly Problem[],
    code: WeirErrorCode = 'WEIR_BAD_POLICY',
    options?: ErrorOptions,
  ) {
    super(
      code,
      problems
        .slice(0, SHOWN)
        .map((problem) => problemLine(path, problem))
        .join('\n'),
      options,
    )
    this.name = 'PolicyError'
    this.path = path
    this.problems = problems
  }
}

/** `path:line:column: message`, as compilers say it. */
function problemLine(path: string, { line, column, message }: Problem): string {
  const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`
  return `${path}${place}: ${message}`
}
