import { UpdatePacer } from '../model/update-pacer.ts'

/** First byte of a request for an update, and its length (RFC 6143 section 7.5.3). */
const UPDATE_REQUEST = 3
const REQUEST_LENGTH = 10

/** A request for what has changed, not for the whole picture. */
function isIncremental(message: Uint8Array): boolean {
  return message[0] === UPDATE_REQUEST && message.length === REQUEST_LENGTH && message[1] === 1
}

/**
 * Stands between noVNC and its socket. noVNC asks for the next update when it has drawn one; this decides when
 * such requests really go out, and sends more of them ahead.
 */
export class UpdateAsker {
  readonly #pacer = new UpdatePacer()
  readonly #send: (message: Uint8Array) => void
  readonly #now: () => number
  /** noVNC's latest request: it has the size of the screen in it. */
  #request: Uint8Array | null = null
  /** When the update that is coming in began to come. */
  #startedAt: number | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `now` gives milliseconds that only go forward. */
  constructor(send: (message: Uint8Array) => void, now = () => performance.now()) {
    this.#send = send
    this.#now = now
  }

  /** One request at a time, as while nobody looks. */
  set calm(calm: boolean) {
    this.#pacer.calm = calm
    this.#arm()
  }

  /** Something has come from the guest. */
  received(): void {
    this.#startedAt ??= this.#now()
  }

  /** A message of noVNC's, to be sent or not. */
  pass(message: Uint8Array): void {
    if (!isIncremental(message)) {
      if (message[0] === UPDATE_REQUEST) this.#pacer.requested(this.#now())
      this.#send(message)
      return
    }
    // noVNC uses its buffer again.
    this.#request = message.slice()
    const now = this.#now()
    const follows = this.#pacer.updated(this.#startedAt ?? now, now)
    this.#startedAt = null
    if (follows) this.#ask()
    this.#arm()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#request = null
  }

  #ask(): void {
    if (!this.#request) return
    this.#pacer.requested(this.#now())
    this.#send(this.#request)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const wait = this.#request ? this.#pacer.wait(this.#now()) : null
    if (wait === null) return
    this.#timer = setTimeout(() => {
      this.#ask()
      this.#arm()
    }, wait)
  }
}
