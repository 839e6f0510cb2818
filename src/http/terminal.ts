/** Opening a terminal for a browser, and keeping it while that browser is away. */
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import { type Clock, isTimeout, timeoutSignal } from '../clock.ts'
import { Failure } from '../errors.ts'
import { PveRefusal } from '../pve/call.ts'
import { openTerminal, type Terminal } from '../pve/open-console.ts'
import type { BrowserPort } from '../relay/port.ts'
import type { Session } from '../session/sessions.ts'
import { randomId } from '../session/token.ts'
import { SignOnCut, signOn } from '../terminal/sign-on.ts'
import { type BrowserLoss, TerminalRelay } from '../terminal/terminal-relay.ts'
import type { ConsoleDeps } from './console-deps.ts'
import { openAtPlace, type ReadyPlace } from './console-place.ts'
import { type CurrentSignIn, explain } from './explain.ts'
import { consolesOf, type LiveConsole, placeKey } from './live-console.ts'
import { endToFailure } from './refusal.ts'
import {
  LostAtDoor,
  readControl,
  readResume,
  TerminalDoor,
  type TerminalSize,
} from './terminal-door.ts'
import type { TerminalMessage, TerminalResume } from './terminal-messages.ts'

/** Milliseconds for PVE to agree; its proxy waits ten seconds for our first line. */
const SIGN_ON_TIMEOUT = 10_000
/** Bytes that PVE prints at most where it has no shell to show. */
const PVE_WORDS = 512
/** Milliseconds for a page to say which terminal it wants back; a line may have been silent for some of them. */
const RESUME_TIMEOUT = 20_000

/** Runs a terminal from the first byte to the last. Ends it in every case; never throws. */
export async function runTerminal(
  console: LiveConsole,
  browser: BrowserPort,
  signIn: CurrentSignIn,
  deps: ConsoleDeps,
): Promise<void> {
  try {
    const door = new TerminalDoor(browser, deps, (loss) => loseEarly(console, loss))
    const [terminal, early] = await connect(console, signIn, deps)
    console.endPhase('handshake')
    if (console.signal.aborted) return terminal.port.destroy()
    const kept = new KeptTerminal(console, terminal, early, signIn, deps)
    console.attach(kept.relay)
    kept.start(browser, door.leave())
  } catch (error) {
    console.fail(await explain(error, signIn, console, deps.clock))
  }
}

/** A browser that goes, or talks nonsense, before there is anything to keep for it. */
function loseEarly(console: LiveConsole, loss: BrowserLoss): void {
  if (loss.by === 'end') console.lost(loss.end)
  else console.fail(lossToFailure(loss))
}

/** Opens the terminal and gets to its first output; once more when PVE changed its daily key meanwhile. */
async function connect(
  console: LiveConsole,
  current: CurrentSignIn,
  deps: ConsoleDeps,
): Promise<[Terminal, Uint8Array]> {
  for (let attempt = 1; ; attempt++) {
    console.signal.throwIfAborted()
    const signIn = current()
    const open = ({ place, serial }: ReadyPlace) =>
      signIn.use((identity) =>
        openTerminal(
          {
            ...{ host: signIn.host, identity, place, signal: console.signal },
            runtime: deps.runtime,
            onPhase: (phase) => console.endPhase(phase),
          },
          serial,
        ),
      )
    try {
      const terminal = await openAtPlace(console, signIn, open)
      console.upid = terminal.upid
      return [terminal, await greet(terminal, console, deps)]
    } catch (error) {
      if (attempt === 2 || !isPassing(error)) throw error
    }
  }
}

async function greet(
  { port, user, ticket }: Terminal,
  console: LiveConsole,
  deps: ConsoleDeps,
): Promise<Uint8Array> {
  const deadline = timeoutSignal(SIGN_ON_TIMEOUT, deps.clock)
  try {
    return await signOn(port, user, ticket, AbortSignal.any([console.signal, deadline]))
  } catch (error) {
    port.destroy()
    throw error
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof SignOnCut) return true
  return error instanceof PveRefusal && error.status === 401 && error.reason.includes('PVEVNC')
}

/** A terminal that outlives its browsers for a while. */
class KeptTerminal {
  readonly relay: TerminalRelay
  readonly #console: LiveConsole
  readonly #terminal: Terminal
  readonly #deps: ConsoleDeps
  readonly #secret = randomId()
  #cancelEnd: () => void = () => {}

  constructor(
    console: LiveConsole,
    terminal: Terminal,
    early: Uint8Array,
    signIn: CurrentSignIn,
    deps: ConsoleDeps,
  ) {
    this.#console = console
    this.#terminal = terminal
    this.#deps = deps
    this.relay = new TerminalRelay(terminal.port, early, {
      stallMs: deps.limits.stall,
      maxMessages: deps.limits.messages,
      schedule: (run, ms) => deps.clock.schedule(run, ms),
      now: () => deps.clock.monotonic(),
      readControl,
      onInput: deps.onActivity,
      onBrowserLost: (loss) => this.#lose(loss),
      onEnd: async (end) => {
        this.#cancelEnd()
        if (end.by === 'stall') return console.end('pve_too_slow')
        const printed = this.relay.allPrinted(PVE_WORDS)
        const clues = { shell: true, ...(printed ? { printed: text(printed) } : {}) }
        console.fail(await explain(endToFailure(end.end), signIn, console, deps.clock, clues))
      },
    })
  }

  /** `size` is what the browser has asked for meanwhile. */
  start(browser: BrowserPort, size: TerminalSize | null): void {
    this.relay.start()
    this.#terminal.port.keepAlive(this.#deps.clock)
    if (size) this.relay.resize(size.cols, size.rows)
    this.#serve(browser, 0, false)
    if (this.#deps.keepTerminals === 0) return
    this.#console.resumable = {
      secret: this.#secret,
      resume: (next, received) => {
        this.#cancelEnd()
        // Before it is closed, which must not count as its going.
        this.relay.detach()
        this.#console.takeOver(next)
        this.#serve(next, received, true)
      },
    }
  }

  #serve(browser: BrowserPort, received: number, resumed: boolean): void {
    this.relay.attach(browser, received, (position) => {
      const ready = { console: this.#console.id, secret: this.#secret, position, resumed }
      return JSON.stringify({ type: 'ready', ...ready } satisfies TerminalMessage)
    })
  }

  /** A page that was closed on purpose ends its terminal; any other may come back. */
  #lose(loss: BrowserLoss): void {
    const meant = loss.by === 'end' && (loss.end.code === 1000 || loss.end.code === 1005)
    const broke = loss.by === 'end' && loss.end.error !== undefined
    if (meant || broke || !this.#console.resumable) {
      loseEarly(this.#console, loss)
      return
    }
    this.#console.release(loss.by === 'end' ? null : lossToFailure(loss))
    this.#cancelEnd = this.#deps.clock.schedule(
      () => this.#console.end('ended'),
      this.#deps.keepTerminals,
    )
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function lossToFailure(loss: Exclude<BrowserLoss, { by: 'end' }>): Failure {
  if (loss.by === 'flood') return new Failure('too_fast')
  return new Failure(loss.by === 'stall' ? 'too_slow' : 'bad_request')
}

/**
 * Gives a browser its kept terminal back: one of its own session, of the same guest or node, with the secret
 * that only its page was told. Where there is none, `openAnother` has to open one. `waiting` stands for the
 * browser meanwhile. Never throws.
 */
export async function resumeTerminal(
  waiting: LiveConsole,
  browser: BrowserPort,
  session: Session,
  clock: Clock,
  openAnother: () => void,
): Promise<void> {
  try {
    const deadline = timeoutSignal(RESUME_TIMEOUT, clock)
    const wish = await readResume(browser, AbortSignal.any([waiting.signal, deadline]))
    const kept = consolesOf(session).find((console) => isMeant(console, wish, waiting))
    if (waiting.signal.aborted) return
    if (!kept?.resumable) {
      openAnother()
      return
    }
    waiting.handOver()
    kept.resumable.resume(browser, wish.received)
  } catch (error) {
    if (error instanceof LostAtDoor) loseEarly(waiting, error.loss)
    else if (error instanceof Failure) waiting.fail(error)
    else waiting.fail(new Failure(isTimeout(error) ? 'too_slow' : 'bad_request', { cause: error }))
  }
}

function isMeant(console: LiveConsole, wish: TerminalResume, waiting: LiveConsole): boolean {
  const { resumable } = console
  if (!resumable || console.id !== wish.console) return false
  return (
    placeKey(console.target) === placeKey(waiting.target) && equal(resumable.secret, wish.secret)
  )
}

/** Takes as long for a secret that is nearly right as for one that is not. */
function equal(secret: string, given: string): boolean {
  const [a, b] = [Buffer.from(secret), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
