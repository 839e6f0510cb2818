/** A WebSocket client over any byte port. */
import type { Port, PortEnd, PortEvents, RawPort } from '../relay/port.ts'
import {
  BinaryHeader,
  encodeClose,
  encodePing,
  encodePong,
  FrameError,
  FrameReader,
  MAX_PAYLOAD,
} from './frame.ts'
import {
  createKey,
  formatUpgrade,
  HandshakeError,
  type UpgradeRequest,
  UpgradeResponse,
} from './handshake.ts'

/**
 * Asks for a WebSocket over `raw` and resolves with a port of its payload bytes, once the server agreed.
 *
 * The raw port is destroyed when this rejects: with HandshakeError for a wrong answer or an early end,
 * with the signal's reason when it aborts (PVE never answers when nothing listens behind it).
 */
export function openWebSocket(
  raw: RawPort,
  request: UpgradeRequest,
  signal: AbortSignal,
): Promise<WebSocketPort> {
  return new Promise((resolve, reject) => {
    const key = createKey()
    const response = new UpgradeResponse(key, request.protocol)
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort)
      // In this order, because a port may tell its end while it is being destroyed.
      reject(error)
      raw.destroy()
    }
    const onAbort = (): void => fail(signal.reason)
    if (signal.aborted) return fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    raw.receive({
      data(bytes) {
        try {
          const rest = response.read(bytes)
          if (!rest) return
          signal.removeEventListener('abort', onAbort)
          resolve(new WebSocketPort(raw, rest.slice()))
        } catch (error) {
          fail(error)
        }
      },
      drain() {},
      end: () => fail(new HandshakeError('the connection ended before an answer')),
    })
    try {
      raw.send(formatUpgrade(request, key))
    } catch (error) {
      fail(error)
    }
  })
}

/** Bytes queued toward a server that reads nothing; beyond them its pings are left unanswered. */
const MAX_PONG_QUEUE = 64 * 1024

/** Milliseconds of silence after which PVE is asked whether it is there; it answers pings by itself. */
const PING_AFTER = 15_000
/** Milliseconds of silence, asked and unanswered, after which it is not. */
const DEAD_AFTER = 30_000
/** Milliseconds by which our own timer may be late before silence proves nothing. */
const STALL = 5000

export interface KeepAliveClock {
  /** Milliseconds that only go forward. */
  monotonic(): number
  /** Runs once after `ms`; the answer cancels it. */
  schedule(run: () => void, ms: number): () => void
}

/** A peer that broke RFC 6455 ends with the code that section 7.4.1 has for it. */
function withProtocolError(end: PortEnd): PortEnd {
  return end.error instanceof FrameError ? { ...end, code: 1002 } : end
}

/** The payload of a WebSocket as a byte port; control frames are dealt with inside. */
export class WebSocketPort implements Port {
  readonly #raw: RawPort
  readonly #reader: FrameReader
  readonly #header = new BinaryHeader()
  #early: Uint8Array
  #closing: PortEnd | null = null
  #broken: { readonly error?: unknown } = {}
  #paused = false
  /** Something came since the last look. */
  #heard = false
  #silentSince = 0
  #cancelPing: () => void = () => {}

  /** `early` is what arrived behind the handshake; frames in it are delivered first. */
  constructor(raw: RawPort, early: Uint8Array) {
    this.#raw = raw
    this.#early = early
    // One reader for good: listeners change in the middle of frames.
    this.#reader = new FrameReader({
      ping: (payload) => this.#answerPing(payload),
      close: (code, reason) => {
        this.#closing = { code, reason }
        raw.close()
      },
    })
    raw.pause()
  }

  get buffered(): number {
    return this.#raw.buffered
  }

  receive(events: PortEvents): void {
    this.#paused = false
    const deliver = (bytes: Uint8Array): void => {
      this.#heard = true
      const payload = this.#reader.read(this.#behindEarly(bytes))
      if (payload.length > 0) events.data(payload)
    }
    this.#raw.receive({
      data: deliver,
      drain: () => events.drain(),
      end: (end) => {
        this.#cancelPing()
        this.#deliverEarly(deliver)
        events.end(this.#closing ?? withProtocolError({ ...end, ...this.#broken }))
      },
    })
    this.#deliverEarly(deliver)
  }

  /** This is not a call of the raw port's, so a throw has to end that port here. */
  #deliverEarly(deliver: (bytes: Uint8Array) => void): void {
    if (this.#early.length === 0) return
    try {
      deliver(new Uint8Array())
    } catch (error) {
      this.#broken = { error }
      this.#raw.destroy()
    }
  }

  /** What came with the handshake goes before all that came later. */
  #behindEarly(bytes: Uint8Array): Uint8Array {
    const early = this.#early
    if (early.length === 0) return bytes
    this.#early = new Uint8Array()
    const joined = new Uint8Array(early.length + bytes.length)
    joined.set(early)
    joined.set(bytes, early.length)
    return joined
  }

  #answerPing(payload: Uint8Array): void {
    if (this.#raw.buffered < MAX_PONG_QUEUE) this.#raw.send(encodePong(payload))
  }

  send(bytes: Uint8Array): boolean {
    const { length } = bytes
    if (length <= MAX_PAYLOAD) return this.#raw.sendFramed(this.#header.of(length), bytes)
    let goOn = true
    for (let from = 0; from < length; from += MAX_PAYLOAD) {
      const piece = bytes.subarray(from, from + MAX_PAYLOAD)
      goOn = this.#raw.sendFramed(this.#header.of(piece.length), piece)
    }
    return goOn
  }

  /**
   * From now on asks for a sign of life whenever there was none for a while, and cuts the connection when
   * none comes. While the port is paused nothing can come, and that is not the peer's fault; neither is a
   * time in which this process itself stood still.
   */
  keepAlive(clock: KeepAliveClock): void {
    this.#silentSince = clock.monotonic()
    this.#heard = false
    this.#lookLater(clock)
  }

  #lookLater(clock: KeepAliveClock): void {
    const due = clock.monotonic() + PING_AFTER
    this.#cancelPing = clock.schedule(() => {
      const now = clock.monotonic()
      const excused = this.#paused || this.#heard || now - due > STALL
      if (excused) this.#silentSince = now
      this.#heard = false
      if (now - this.#silentSince >= DEAD_AFTER) {
        this.#raw.destroy()
        return
      }
      this.#raw.send(encodePing())
      this.#lookLater(clock)
    }, PING_AFTER)
  }

  pause(): void {
    this.#paused = true
    this.#raw.pause()
  }

  resume(): void {
    this.#paused = false
    this.#raw.resume()
  }

  /** Sends a close frame and ends the connection; PVE answers with none, so none is waited for. */
  close(code = 1000): void {
    this.#raw.send(encodeClose(code))
    this.#raw.close()
  }

  destroy(): void {
    this.#raw.destroy()
  }
}
