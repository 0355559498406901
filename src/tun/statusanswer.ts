/** What the status socket answers. */
export interface Answer {
  /** 200 when absent. */
  readonly status?: number
  readonly type: string
  readonly text: string
}

export const json = (value: unknown): Answer => ({
  type: 'application/json',
  text: `${JSON.stringify(value)}\n`,
})

/** A line for people; an HTTP status when it is a refusal. */
export const line = (text: string, status = 200): Answer => ({
  status,
  type: 'text/plain',
  text: `${text}\n`,
})
