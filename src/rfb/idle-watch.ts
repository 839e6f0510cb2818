/**
 * The limits at which PVE ends a screen that nobody uses: one of them is kept from being reached, both can be
 * recognised afterwards.
 */
import { ClientMessages } from './client-messages.ts'

/** What draws a screen: a VM's own VNC server, or the program in which PVE shows terminals as pictures. */
export type ScreenServer = 'qemu' | 'vncterm'

/** Milliseconds of nothing that each bears (PVE 7 to 9): QEMU's proxy of bytes, vncterm of keys. */
const LIMITS: Readonly<Record<ScreenServer, number>> = { qemu: 900_000, vncterm: 1_800_000 }
/** Milliseconds around a limit in which an end is the limit's doing. */
const EARLY = 5000
const LATE = 60_000

/** Milliseconds without a byte toward PVE after which one is sent in the person's place. */
const NUDGE_AFTER = 300_000
/** Milliseconds until the next look, where the browser is in the middle of a message. */
const LOOK_AGAIN = 15_000

/** FramebufferUpdateRequest (RFC 6143 section 7.5.3): what has changed in one pixel. */
const NUDGE: readonly number[] = [3, 1, 0, 0, 0, 0, 0, 1, 0, 1]

export interface IdleClock {
  /** Milliseconds that only go forward. */
  monotonic(): number
  /** Runs once after `ms`; the answer cancels it. */
  schedule(run: () => void, ms: number): () => void
}

export class IdleWatch {
  readonly #send: (bytes: Uint8Array) => void
  readonly #clock: IdleClock
  readonly #messages = new ClientMessages()
  #toPve: number
  #fromPve: number
  #key: number
  #cancel: () => void = () => {}

  /** `send` takes bytes toward PVE, behind all that the browser has sent. */
  constructor(send: (bytes: Uint8Array) => void, clock: IdleClock) {
    this.#send = send
    this.#clock = clock
    this.#toPve = this.#fromPve = this.#key = clock.monotonic()
    this.#lookIn(NUDGE_AFTER)
  }

  /** Notes what the browser sends and says whether the person did something: keys, pointer or clipboard. */
  fromBrowser(bytes: Uint8Array): boolean {
    const { keys } = this.#messages
    const isInput = this.#messages.read(bytes)
    this.#toPve = this.#clock.monotonic()
    if (this.#messages.keys > keys) this.#key = this.#toPve
    return isInput
  }

  /** Notes that PVE has sent something. */
  fromPve(): void {
    this.#fromPve = this.#clock.monotonic()
  }

  /** True where an end right now is that of a limit. */
  limitReached(server: ScreenServer): boolean {
    const last = server === 'vncterm' ? this.#key : Math.max(this.#toPve, this.#fromPve)
    const over = this.#clock.monotonic() - last - LIMITS[server]
    return over >= -EARLY && over <= LATE
  }

  /** The screen is over: nothing is sent any more. */
  stop(): void {
    this.#cancel()
  }

  #lookIn(ms: number): void {
    this.#cancel = this.#clock.schedule(() => this.#look(), ms)
  }

  #look(): void {
    const left = this.#toPve + NUDGE_AFTER - this.#clock.monotonic()
    this.#lookIn(left > 0 ? left : this.#nudge())
  }

  /** Sends what keeps the screen, where it can be sent; the answer is when to look again. */
  #nudge(): number {
    // In the middle of a message, or behind one that was not understood, it would become part of another.
    if (!this.#messages.atBorder) return LOOK_AGAIN
    this.#send(Uint8Array.from(NUDGE))
    this.#toPve = this.#clock.monotonic()
    return NUDGE_AFTER
  }
}
