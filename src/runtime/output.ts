/** Writing to stdout and stderr without ever waiting for whoever reads them. */

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes that wait for a reader at most; what comes on top is lost, and counted. */
const LIMIT = 1024 * 1024
/** Milliseconds before a full pipe that does not block is tried again. */
const RETRY = 20

/** Writes bytes without blocking the event loop; resolves with how many were taken. */
export type Send = (bytes: Uint8Array) => Promise<number>

export class Output {
  readonly #send: Send
  #waiting: Uint8Array[] = []
  #size = 0
  #writing = false
  #lost = 0
  #onEmpty: (() => void)[] = []

  constructor(send: Send) {
    this.#send = send
  }

  /** Queues a text. A reader that stands still costs lines of the log, and never the service. */
  write(text: string): void {
    const bytes = encode(text)
    if (this.#size + bytes.length > LIMIT) {
      this.#lost++
      return
    }
    this.#push(bytes)
    this.#writeNext()
  }

  /** Resolves when everything has gone out, or after `ms`. */
  flush(ms: number): Promise<void> {
    if (this.#size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#onEmpty.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #push(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    this.#size += bytes.length
  }

  #writeNext(): void {
    const bytes = this.#waiting[0]
    if (this.#writing || !bytes) return
    this.#writing = true
    this.#send(bytes).then(
      (written) => this.#onWritten(bytes, written),
      (error) => this.#onRefused(bytes, error),
    )
  }

  /** A full pipe that does not block is tried again; what a closed one refuses is gone. */
  #onRefused(bytes: Uint8Array, error: { readonly code?: string }): void {
    if (error.code === 'EAGAIN') setTimeout(() => this.#onWritten(bytes, 0), RETRY)
    else this.#onWritten(bytes, bytes.length)
  }

  #onWritten(bytes: Uint8Array, done: number): void {
    this.#writing = false
    this.#size -= done
    if (done < bytes.length) this.#waiting[0] = bytes.subarray(done)
    else this.#waiting.shift()
    if (this.#lost > 0 && this.#size < LIMIT / 2) {
      this.#push(
        Buffer.from(`${this.#lost} lines of the log were lost: nobody read them in time\n`),
      )
      this.#lost = 0
    }
    this.#writeNext()
    if (this.#size > 0) return
    for (const tell of this.#onEmpty.splice(0)) tell()
  }
}
