/** A host's own clock: real time plus what a test advanced it by. Its timers follow both. */
interface Timer {
  readonly due: number
  readonly run: () => void
  handle: NodeJS.Timeout
}

export class LabClock {
  #offset = 0
  readonly #timers = new Set<Timer>()

  /** Ms since the epoch. */
  now(): number {
    return Date.now() + this.#offset
  }

  /** Whole seconds since the epoch, as tickets and tasks count. */
  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  /** Moves the clock forward and runs what became due, oldest first. */
  advance(ms: number): void {
    this.#offset += ms
    const timers = [...this.#timers].sort((one, other) => one.due - other.due)
    for (const timer of timers) {
      if (timer.due <= this.now()) this.#fire(timer)
      else this.#arm(timer)
    }
  }

  /** Runs something when `ms` of the host's time have passed; the answer cancels it. */
  after(ms: number, run: () => void): () => void {
    const timer: Timer = { due: this.now() + ms, run, handle: setTimeout(() => undefined, 0) }
    this.#timers.add(timer)
    this.#arm(timer)
    return () => this.#drop(timer)
  }

  /** Cancels every timer. */
  stop(): void {
    for (const timer of this.#timers) this.#drop(timer)
  }

  #arm(timer: Timer): void {
    clearTimeout(timer.handle)
    timer.handle = setTimeout(() => this.#fire(timer), Math.max(0, timer.due - this.now()))
    timer.handle.unref()
  }

  #fire(timer: Timer): void {
    if (!this.#timers.has(timer)) return
    this.#drop(timer)
    timer.run()
  }

  #drop(timer: Timer): void {
    clearTimeout(timer.handle)
    this.#timers.delete(timer)
  }
}

/** Waits in real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits until the condition holds and answers its value; throws after `timeoutMs`. */
export async function until<T>(
  condition: () => T | undefined | null | false,
  what: string,
  timeoutMs = 5000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const value = condition()
    if (value !== undefined && value !== null && value !== false) return value
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await pause(5)
  }
}
