/** Where a browser waits before it has its terminal. */
import * as v from 'valibot'
import { parseStrictJson } from '../json.ts'
import { MessageBucket } from '../relay/message-bucket.ts'
import type { BrowserPort } from '../relay/port.ts'
import type { BrowserLoss } from '../terminal/terminal-relay.ts'
import type { ConsoleDeps } from './console-deps.ts'
import { TerminalControl, TerminalResume } from './terminal-messages.ts'

/** Cells of a terminal. */
export interface TerminalSize {
  readonly cols: number
  readonly rows: number
}

/** A control message of a terminal's page; null where it is none. */
export function readControl(text: string): TerminalControl | null {
  const parsed = v.safeParse(TerminalControl, parseStrictJson(text))
  return parsed.success ? parsed.output : null
}

/**
 * Listens to a browser whose terminal is being opened: what it types is discarded, the size it asks for is
 * kept. `onLoss` is called once, unless it was let in before.
 */
export class TerminalDoor {
  readonly #onLoss: (loss: BrowserLoss) => void
  #size: TerminalSize | null = null
  #over = false

  constructor(
    browser: BrowserPort,
    { limits, clock }: Pick<ConsoleDeps, 'limits' | 'clock'>,
    onLoss: (loss: BrowserLoss) => void,
  ) {
    this.#onLoss = onLoss
    const bucket = new MessageBucket(limits.messages, () => clock.monotonic())
    browser.receive({
      data: () => {
        if (!bucket.take()) this.#lose({ by: 'flood' })
      },
      text: (text) => {
        const control = readControl(text)
        if (!bucket.take()) this.#lose({ by: 'flood' })
        else if (!control) this.#lose({ by: 'nonsense' })
        else if (control.type === 'resize') this.#size = control
      },
      drain() {},
      end: (end) => this.#lose({ by: 'end', end }),
    })
  }

  /** Lets the browser in; the answer is the size it asked for last. */
  leave(): TerminalSize | null {
    this.#over = true
    return this.#size
  }

  #lose(loss: BrowserLoss): void {
    if (this.#over) return
    this.#over = true
    this.#onLoss(loss)
  }
}

/**
 * The first message of a browser that wants its kept terminal back; the port is paused then. Rejects with the
 * loss of the browser, with one by nonsense where the message is another, and with the signal's reason.
 */
export function readResume(browser: BrowserPort, signal: AbortSignal): Promise<TerminalResume> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      browser.pause()
      finish()
    }
    const fail = (loss: BrowserLoss): void => settle(() => reject(new LostAtDoor(loss)))
    const onAbort = (): void => settle(() => reject(signal.reason))
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    browser.receive({
      data: () => fail({ by: 'nonsense' }),
      text: (text) => {
        const parsed = v.safeParse(TerminalResume, parseStrictJson(text))
        if (parsed.success) settle(() => resolve(parsed.output))
        else fail({ by: 'nonsense' })
      },
      drain() {},
      end: (end) => fail({ by: 'end', end }),
    })
  })
}

/** A browser was lost before it said what it wants. */
export class LostAtDoor extends Error {
  override readonly name = 'LostAtDoor'
  readonly loss: BrowserLoss
  constructor(loss: BrowserLoss) {
    super(`the browser was lost: ${loss.by}`)
    this.loss = loss
  }
}
