/** Opening a guest's screen for a browser. */
import { type Clock, isTimeout, timeoutSignal } from '../clock.ts'
import { Failure } from '../errors.ts'
import { PveRefusal } from '../pve/call.ts'
import { openScreen, type Screen } from '../pve/open-console.ts'
import type { BrowserPort } from '../relay/port.ts'
import { Relay, type RelayEnd } from '../relay/relay.ts'
import { WaitingRoom } from '../relay/waiting-room.ts'
import { IdleWatch, type ScreenServer } from '../rfb/idle-watch.ts'
import { HandshakeCut, runHandshake, TextDuringHandshake } from '../rfb/run-handshake.ts'
import { BrowserHandshake, PveHandshake, RfbError, SHARED_CLIENT_INIT } from '../rfb/security.ts'
import type { ConsoleDeps } from './console-deps.ts'
import { openAtPlace, type ReadyPlace } from './console-place.ts'
import { type CurrentSignIn, explain } from './explain.ts'
import { type LiveConsole, placeKey } from './live-console.ts'
import { endToFailure } from './refusal.ts'

/** Milliseconds for each side of the RFB handshake; QEMU's password lives 30 s. */
const HANDSHAKE_TIMEOUT = 20_000

/** Runs a console from the first byte to the last. Ends it in every case; never throws. */
export async function runScreen(
  console: LiveConsole,
  browser: BrowserPort,
  signIn: CurrentSignIn,
  deps: ConsoleDeps,
): Promise<void> {
  try {
    // Both ends are greeted at once: the browser's part is over before PVE's has begun.
    const greeted = greet(console, browser, deps.clock)
    const turn = placeKey(console.target)
    const opened = await deps.turns.take(turn, () => connect(console, signIn, deps))
    console.endPhase('handshake')
    const waiting = await greeted
    if (console.signal.aborted || !waiting) opened.screen.port.destroy()
    else relay(console, browser, waiting, opened, signIn, deps)
  } catch (error) {
    console.fail(await explain(error, signIn, console, deps.clock))
  }
}

function relay(
  console: LiveConsole,
  browser: BrowserPort,
  waiting: WaitingRoom,
  { screen, server, early }: OpenedScreen,
  signIn: CurrentSignIn,
  deps: ConsoleDeps,
): void {
  screen.port.send(SHARED_CLIENT_INIT)
  const idle = new IdleWatch((bytes) => void screen.port.send(bytes), deps.clock)
  console.signal.addEventListener('abort', () => idle.stop(), { once: true })
  const relay = new Relay(browser, screen.port, {
    stallMs: deps.limits.stall,
    maxMessages: deps.limits.messages,
    schedule: (run, ms) => deps.clock.schedule(run, ms),
    now: () => deps.clock.monotonic(),
    onBrowserData: (bytes) => {
      if (idle.fromBrowser(bytes)) deps.onActivity()
    },
    onPveData: () => idle.fromPve(),
    onEnd: (end) => {
      idle.stop()
      const clues = { shell: server === 'vncterm', idle: idle.limitReached(server) }
      void finish(console, end, (seen) => explain(seen, signIn, console, deps.clock, clues))
    },
  })
  screen.port.keepAlive(deps.clock)
  console.attach(relay)
  relay.start(waiting.leave(), early)
}

/** Ends a console whose relay is over, with what the browser is to be told. */
async function finish(
  console: LiveConsole,
  end: RelayEnd,
  explained: (seen: Failure) => Promise<unknown>,
): Promise<void> {
  if (end.by === 'browser') console.lost(end.end)
  else if (end.by === 'text') console.end('binary_only')
  else if (end.by === 'flood') console.end('too_fast')
  else if (end.by === 'stall') console.end(end.side === 'browser' ? 'too_slow' : 'pve_too_slow')
  else console.fail(await explained(endToFailure(end.end)))
}

/**
 * The browser's handshake, and its wait for the screen. A browser that leaves meanwhile or talks nonsense
 * ends the console; then there is none to wait for.
 */
async function greet(
  console: LiveConsole,
  browser: BrowserPort,
  clock: Clock,
): Promise<WaitingRoom | null> {
  const handshake = new BrowserHandshake()
  const deadline = handshakeDeadline(console, clock)
  try {
    const rest = await runHandshake(browser, handshake, deadline, handshake.greeting)
    const onText = (): void => console.end('binary_only')
    return new WaitingRoom(browser, rest, (end) => console.lost(end), onText)
  } catch (error) {
    if (error instanceof HandshakeCut) console.left()
    else if (error instanceof TextDuringHandshake) console.end('binary_only')
    else if (isTimeout(error)) console.fail(new Failure('too_slow', { cause: error }))
    else if (!console.signal.aborted) console.fail(new Failure('bad_request', { cause: error }))
    return null
  }
}

interface OpenedScreen {
  readonly screen: Screen
  readonly server: ScreenServer
  /** What came behind the password's acceptance. */
  readonly early: Uint8Array
}

/** Opens the screen and gets past its password; once more when the password was refused. */
async function connect(
  console: LiveConsole,
  current: CurrentSignIn,
  deps: ConsoleDeps,
): Promise<OpenedScreen> {
  for (let attempt = 1; ; attempt++) {
    console.signal.throwIfAborted()
    const signIn = current()
    const open = async ({ place, server }: ReadyPlace) => {
      const screen = await signIn.use((identity) =>
        openScreen(
          {
            ...{ host: signIn.host, identity, place, signal: console.signal },
            runtime: deps.runtime,
            onPhase: (phase) => console.endPhase(phase),
          },
          console.target.size,
        ),
      )
      return { screen, server }
    }
    try {
      const opened = await openAtPlace(console, signIn, open)
      console.upid = opened.screen.upid
      return { ...opened, early: await authenticate(opened.screen, console, deps.clock) }
    } catch (error) {
      if (attempt === 2 || !isPassing(error)) throw error
    }
  }
}

async function authenticate(
  screen: Screen,
  console: LiveConsole,
  clock: Clock,
): Promise<Uint8Array> {
  const handshake = new PveHandshake(screen.password)
  try {
    return await runHandshake(screen.port, handshake, handshakeDeadline(console, clock))
  } catch (error) {
    screen.port.destroy()
    throw error
  }
}

/**
 * What a second try mends: somebody else opened the same screen meanwhile and changed its one password, or
 * PVE changed its daily key between the two calls.
 */
function isPassing(error: unknown): boolean {
  if (error instanceof RfbError) return error.kind === 'refused'
  return error instanceof PveRefusal && error.status === 401 && error.reason.includes('PVEVNC')
}

function handshakeDeadline(console: LiveConsole, clock: Clock): AbortSignal {
  return AbortSignal.any([console.signal, timeoutSignal(HANDSHAKE_TIMEOUT, clock)])
}
