/** Why a port ended: a WebSocket close code where there was one (1006: cut without a close), and its reason. */
export interface PortEnd {
  readonly code: number
  readonly reason: string
  /** What broke it, for the log: an error of the socket, or the throw of a handler. */
  readonly error?: unknown
}

/** What the holder of a port wants to hear. A throw in one of these ends the port, nothing else. */
export interface PortEvents {
  /** Bytes that arrived; valid only during the call unless copied, and free to be changed in place. */
  data(bytes: Uint8Array): void
  /** A text message; byte streams have none. */
  text?(message: string): void
  /** What was queued has gone out far enough that sending may go on. */
  drain(): void
  /** The last event: nothing comes after it. */
  end(end: PortEnd): void
}

/**
 * One end of a byte stream with backpressure in both directions.
 *
 * A port starts paused and delivers nothing before `receive` is called.
 */
export interface Port {
  /** Sets who hears the port's events, in place of whoever did before, and lets data flow. */
  receive(events: PortEvents): void
  /**
   * Queues bytes; false asks the caller to stop until `drain`. The bytes are accepted either way.
   * After the end they are ignored and the answer is true. The caller must not change them afterwards.
   */
  send(bytes: Uint8Array): boolean
  /** Bytes accepted by `send` that have not left this process yet. */
  readonly buffered: number
  /**
   * Stops delivering, and reading where the runtime can. Where it cannot, what arrives is kept up to a
   * bound, and beyond it the port ends itself with 4507.
   */
  pause(): void
  resume(): void
  /** Ends the port after what is queued has gone out; `code` and `reason` where the stream has such a thing. */
  close(code?: number, reason?: string): void
  /** Ends the port at once, dropping what is queued. */
  destroy(): void
}

/** A port below a framing, which puts a header in front of each piece. */
export interface RawPort extends Port {
  /** Queues `head` and then `body`, and answers as `send` does; `head` may be used again at once. */
  sendFramed(head: Uint8Array, body: Uint8Array): boolean
}

/** A browser's end: a WebSocket that carries text beside the bytes. */
export interface BrowserPort extends Port {
  /** Queues a text message; answers as `send` does. */
  sendText(message: string): boolean
  /** Asks the browser for a sign of life, where the runtime can; what it takes is `roundTripMs` then. */
  ping(): void
  /** Milliseconds of the last sign of life there and back; null while there was none. */
  readonly roundTripMs: number | null
}
