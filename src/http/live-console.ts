/** One console from the browser's upgrade to its end. */

import type { Clock } from '../clock.ts'
import { Failure, type FailureCode } from '../errors.ts'
import { describeError, type Log } from '../log.ts'
import type { ConsolePlace } from '../pve/api.ts'
import type { ScreenSize } from '../pve/open-console.ts'
import type { BrowserPort, PortEnd } from '../relay/port.ts'
import type { OpenConsole, Session } from '../session/sessions.ts'
import { randomId } from '../session/token.ts'
import type { ConsoleKind } from './contract.ts'
import { closeReason, failureId } from './problem.ts'

/** Milliseconds between the questions how long the way to the browser takes. */
const PING_EVERY = 10_000

/** Which console of which guest or node. */
export interface ConsoleTarget {
  readonly host: string
  readonly kind: ConsoleKind
  /** The guest; absent for a node's console. */
  readonly vmid?: number
  /** The node, for its own console. */
  readonly node?: string
  /** A VM's serial port, where one was asked for. */
  readonly serial?: number
  /** Of a screen that PVE draws for a terminal, where one was asked for. */
  readonly size?: ScreenSize
}

/** Tells a guest or node of a host from all others. */
export function placeKey({ host, vmid, node }: ConsoleTarget): string {
  return vmid === undefined ? `${host}/node/${node}` : `${host}/${vmid}`
}

/** What a console's opening waits for, in this order. */
export type ConsolePhase = 'status' | 'proxy' | 'connect' | 'upgrade' | 'handshake'

/** How a terminal that lost its browser is taken up again. */
export interface Resumable {
  /** What a browser has to show for it: its own page was told, nobody else. */
  readonly secret: string
  /** Serves this browser from now on; `received` is up to where it has the output. */
  resume(browser: BrowserPort, received: number): void
}

/** What carries a console's bytes. */
export interface Traffic {
  readonly bytesIn: number
  readonly bytesOut: number
  /** Ends PVE's side, at once and silently. */
  stop(): void
}

export interface LiveConsoleOptions {
  readonly target: ConsoleTarget
  /** What the page calls it, to find it again in the list. */
  readonly label?: string
  readonly log: Log
  readonly clock: Clock
  /** A terminal has lost its browser, or has one again. */
  readonly onWatched: (isWatched: boolean) => void
  /** Called once, when bytes begin to pass. */
  readonly onLive: () => void
  /** Called once, whatever ends the console. */
  readonly onEnd: (end: ConsoleEnd) => void
}

/** How a console ended: a failure's code, or that its browser left. */
export interface ConsoleEnd {
  readonly reason: string
  /** Since its upgrade. */
  readonly seconds: number
  /** What broke it, and the id under which the browser was told so. */
  readonly error?: string | undefined
  readonly id?: string | undefined
}

export class LiveConsole implements OpenConsole {
  readonly id = randomId()
  readonly target: ConsoleTarget
  readonly label: string | undefined
  readonly since: Date
  /** Milliseconds that each phase of its opening took. */
  readonly phases: Partial<Record<ConsolePhase, number>> = {}
  /** Where it was opened; null before. */
  place: ConsolePlace | null = null
  /** PVE's task for it; empty before. */
  upid = ''
  /** Set for terminals that are kept for their browser. */
  resumable: Resumable | null = null
  #browser: BrowserPort | null
  readonly #options: LiveConsoleOptions
  readonly #abort = new AbortController()
  #traffic: Traffic | null = null
  readonly #begunAt: number
  #phaseAt: number
  #cancelPing: () => void = () => {}
  #over = false

  constructor(browser: BrowserPort, options: LiveConsoleOptions) {
    this.#browser = browser
    this.#options = options
    this.target = options.target
    this.label = options.label
    this.since = new Date(options.clock.wall())
    this.#begunAt = options.clock.monotonic()
    this.#phaseAt = this.#begunAt
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
    return { in: this.#traffic?.bytesIn ?? 0, out: this.#traffic?.bytesOut ?? 0 }
  }

  /** It was there: bytes have passed. */
  get live(): boolean {
    return this.#traffic !== null
  }

  /** The browser that shows it; null while a terminal waits for one to come back. */
  get browser(): BrowserPort | null {
    return this.#browser
  }

  /** A phase of its opening is over. */
  endPhase(phase: ConsolePhase): void {
    const now = this.#options.clock.monotonic()
    // A second try counts on top of the first.
    this.phases[phase] = (this.phases[phase] ?? 0) + now - this.#phaseAt
    this.#phaseAt = now
  }

  /** Hands the console to what carries its bytes, which is stopped at once when it is already over. */
  attach(traffic: Traffic): void {
    this.#traffic = traffic
    if (this.#over) {
      traffic.stop()
      return
    }
    this.#options.onLive()
    this.#keepPinging()
  }

  /** Another browser shows it from now on; the one before is told so. */
  takeOver(browser: BrowserPort): void {
    this.#dismiss(new Failure('taken_over'))
    this.#browser = browser
    this.#options.onWatched(true)
    this.#keepPinging()
  }

  /** It goes on without a browser, which is told why, unless it has gone by itself. */
  release(reason: Failure | null): void {
    if (reason) this.#dismiss(reason)
    this.#browser = null
    this.#options.onWatched(false)
    this.#cancelPing()
    const fields = { console: this.id, reason: reason?.code ?? 'left' }
    this.#options.log.info('a terminal waits for its browser', fields)
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
    this.#dismiss(failure, id)
  }

  /** The browser has gone by itself. */
  left(): void {
    this.#finish('left', undefined, undefined)
  }

  /** The browser's port is over: it went, or what it sent broke something in here. */
  lost(end: PortEnd): void {
    if (end.error === undefined) this.left()
    else this.fail(end.error)
  }

  /** Ends without a word to its browser, which goes on with another console. */
  handOver(): void {
    this.#finish('resumed', undefined, undefined)
  }

  #dismiss(failure: Failure, id?: string): void {
    this.#browser?.close(failure.kind.close, closeReason(failure, id))
  }

  #finish(reason: string, error: string | undefined, id: string | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#cancelPing()
    this.#abort.abort(new Failure('ended'))
    this.#traffic?.stop()
    const seconds = (this.#options.clock.monotonic() - this.#begunAt) / 1000
    this.#options.onEnd({ reason, seconds, error, id })
  }

  #keepPinging(): void {
    this.#browser?.ping()
    this.#cancelPing()
    this.#cancelPing = this.#options.clock.schedule(() => this.#keepPinging(), PING_EVERY)
  }
}

function describeCause(failure: Failure): string | undefined {
  return failure.cause === undefined ? undefined : describeError(failure.cause)
}

/** A session's consoles that are of this kind, oldest first. */
export function consolesOf(session: Session): LiveConsole[] {
  return [...session.consoles].filter((console) => console instanceof LiveConsole)
}
