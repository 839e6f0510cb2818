/** A WebSocket client over any byte port. */
import type { Port, PortEnd, PortEvents } from '../relay/port.ts'
import {
  encodeBinary,
  encodeClose,
  encodePing,
  encodePong,
  FrameError,
  FrameReader,
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
  raw: Port,
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

/** A peer that broke RFC 6455 ends with the code that section 7.4.1 has for it. */
function withProtocolError(end: PortEnd): PortEnd {
  return end.error instanceof FrameError ? { ...end, code: 1002 } : end
}

/** The payload of a WebSocket as a byte port; control frames are dealt with inside. */
export class WebSocketPort implements Port {
  readonly #raw: Port
  readonly #reader: FrameReader
  #early: Uint8Array
  #closing: PortEnd | null = null
  #broken: { readonly error?: unknown } = {}

  /** `early` is what arrived behind the handshake; frames in it are delivered first. */
  constructor(raw: Port, early: Uint8Array) {
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
    const deliver = (bytes: Uint8Array): void => {
      const payload = this.#reader.read(this.#behindEarly(bytes))
      if (payload.length > 0) events.data(payload)
    }
    this.#raw.receive({
      data: deliver,
      drain: () => events.drain(),
      end: (end) => {
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
    return this.#raw.send(encodeBinary(bytes))
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#raw.send(encodePing())
  }

  pause(): void {
    this.#raw.pause()
  }

  resume(): void {
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
