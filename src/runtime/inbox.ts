import type { PortEnd, PortEvents } from '../relay/port.ts'

/** Bytes that a message costs beside its content, so that empty ones are bounded too. */
const MESSAGE_COST = 64

/**
 * The receiving half that every port shares: keeps order and silence while paused, tells the end after the
 * last byte, and turns a throw of a handler into the end of this one port.
 */
export class Inbox {
  readonly #onThrow: () => void
  #events: PortEvents | null = null
  #paused = true
  #held: (Uint8Array | string)[] = []
  #heldBytes = 0
  #end: PortEnd | null = null
  /** A handler threw: nothing more is delivered but the end. */
  #broken = false
  #error: unknown

  /** `onThrow` has to cut the connection; its end is then told with the error. */
  constructor(onThrow: () => void) {
    this.#onThrow = onThrow
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Memory of what arrived while paused and waits for `resume`, in bytes. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  receive(events: PortEvents): void {
    this.#events = events
  }

  pause(): void {
    this.#paused = true
  }

  /** Delivers what was held; a handler may pause again in between. */
  resume(): void {
    this.#paused = false
    while (!this.#paused && this.#events) {
      const message = this.#held.shift()
      if (message === undefined) break
      this.#heldBytes -= message.length + MESSAGE_COST
      this.#deliver(message)
    }
    this.#tellEnd()
  }

  message(message: Uint8Array | string): void {
    if (this.#end || this.#broken) return
    if (this.#paused || !this.#events) {
      this.#held.push(message)
      this.#heldBytes += message.length + MESSAGE_COST
    } else {
      this.#deliver(message)
    }
  }

  drain(): void {
    this.#call((events) => events.drain())
  }

  /** Says that nothing more comes; told once, after what is held. */
  end(end: PortEnd): void {
    this.#end ??= this.#broken ? { ...end, error: this.#error } : end
    this.#tellEnd()
  }

  #deliver(message: Uint8Array | string): void {
    this.#call((events) => {
      if (typeof message === 'string') events.text?.(message)
      else events.data(message)
    })
  }

  #tellEnd(): void {
    const events = this.#events
    if (!this.#end || !events || this.#held.length > 0) return
    this.#events = null
    try {
      events.end(this.#end)
    } catch (error) {
      // Nothing is left to end for it; it goes where errors go that nobody caught.
      void Promise.reject(error)
    }
  }

  #call(handle: (events: PortEvents) => void): void {
    if (!this.#events || this.#broken) return
    try {
      handle(this.#events)
    } catch (error) {
      this.#broken = true
      this.#error = error
      this.#held = []
      this.#heldBytes = 0
      this.#onThrow()
    }
  }
}
