/** One console from the browser's upgrade to its end. */

import type { Clock } from '../clock.ts'
import { Failure, type FailureCode } from '../errors.ts'
import { describeError, type Log } from '../log.ts'
import type { Port } from '../relay/port.ts'
import type { Relay } from '../relay/relay.ts'
import type { OpenConsole, Session } from '../session/sessions.ts'
import { randomId } from '../session/token.ts'
import { closeReason, failureId } from './problem.ts'

export interface ConsoleTarget {
  readonly host: string
  readonly vmid: number
}

export class LiveConsole implements OpenConsole {
  readonly id = randomId()
  readonly target: ConsoleTarget
  readonly since: Date
  /** Where the guest was when its screen was opened; empty before. */
  node = ''
  readonly #browser: Port
  readonly #log: Log
  readonly #abort = new AbortController()
  readonly #onEnd: () => void
  #relay: Relay | null = null
  #over = false

  /** `onEnd` is called once, whatever ends the console. */
  constructor(
    browser: Port,
    target: ConsoleTarget,
    log: Log,
    clock: Pick<Clock, 'wall'>,
    onEnd: () => void,
  ) {
    this.#browser = browser
    this.target = target
    this.#log = log
    this.since = new Date(clock.wall())
    this.#onEnd = onEnd
  }

  get host(): string {
    return this.target.host
  }

  /** Aborts when the console is over: whatever is being opened for it has to be let go. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Bytes from the browser and to it. */
  get bytes(): { readonly in: number; readonly out: number } {
    return { in: this.#relay?.bytesIn ?? 0, out: this.#relay?.bytesOut ?? 0 }
  }

  /** Hands the console to its relay; the relay is stopped at once when it is already over. */
  attach(relay: Relay): void {
    this.#relay = relay
    if (this.#over) relay.stop()
  }

  end(code: FailureCode): void {
    this.fail(new Failure(code))
  }

  /** Ends with a reason that the browser is told, and that the log has in full where it is ours. */
  fail(error: unknown): void {
    if (this.#over) return
    const failure = error instanceof Failure ? error : new Failure('internal', { cause: error })
    const id = failure.code === 'internal' ? failureId() : undefined
    this.#finish(failure.code, describeCause(failure), id)
    this.#browser.close(failure.kind.close, closeReason(failure, id))
  }

  /** The browser has gone by itself. */
  left(): void {
    this.#finish('left', undefined, undefined)
  }

  #finish(reason: string, error: string | undefined, id: string | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#abort.abort(new Failure('ended'))
    this.#relay?.stop()
    this.#onEnd()
    const { host, vmid } = this.target
    const bytes = this.bytes
    const fields = { console: this.id, host, vmid, reason, in: bytes.in, out: bytes.out, id, error }
    if (id) this.#log.error('console ended', fields)
    else this.#log.info('console ended', fields)
  }
}

function describeCause(failure: Failure): string | undefined {
  return failure.cause === undefined ? undefined : describeError(failure.cause)
}

/** A session's consoles that are of this kind, oldest first. */
export function consolesOf(session: Session): LiveConsole[] {
  return [...session.consoles].filter((console) => console instanceof LiveConsole)
}
