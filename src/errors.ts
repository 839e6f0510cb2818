/** The one class of expected failures; what each code means stands in the table. */
import { FAILURES, type FailureKind } from './failure-table.ts'

export type FailureCode = keyof typeof FAILURES

export interface FailureOptions extends ErrorOptions {
  /** A more exact sentence; it is shown, so nothing of PVE's secrets may stand in it. */
  readonly detail?: string
  readonly hint?: string
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number
}

/**
 * A failure with a name. The message is safe to show; the cause is for the log alone.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly hint: string | undefined
  readonly retryAfter: number | undefined

  constructor(code: FailureCode, options: FailureOptions = {}) {
    super(options.detail ?? FAILURES[code].detail, options)
    this.code = code
    this.hint = options.hint ?? (FAILURES[code] as FailureKind).hint
    this.retryAfter = options.retryAfter
  }

  get kind(): FailureKind {
    return FAILURES[this.code]
  }
}
