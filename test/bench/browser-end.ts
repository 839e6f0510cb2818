/** The browser's end of a measurement: a WebSocket client that counts. */
import { randomBytes } from 'node:crypto'
import { acceptFor } from '../../src/ws/handshake.ts'
import { cutTextHeader, KEY_LENGTH, keyMessage, type Order, orderMessage } from './far-stream.ts'
import { FrameWalk, frame } from './frame-walk.ts'
import { Link, type Wire } from './link.ts'

export interface Target {
  readonly wire: Wire
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The RFB handshake comes first, with security type None: this is our server. */
  readonly rfb: boolean
}

/** Steps of the RFB handshake up to the security result. */
const SECURITY_STEPS = 3
/**
 * Milliseconds between two signs of life. A browser answers pings by itself; here a pong goes out unasked (RFC
 * 6455 section 5.5.3), so that one that reads nothing is there all the same.
 */
const SIGN_OF_LIFE = 10_000
/** Bytes that are written at once. */
const BLOCK = 256 * 1024

/**
 * What is waited for before the first byte behind a handshake: TCP and TLS, the WebSocket, the browser's part
 * of RFB, the guest's screen. Without RFB the last two are there at once.
 */
export const PHASES = ['connection', 'socket', 'security', 'screen'] as const
export type Phase = (typeof PHASES)[number]

export class BrowserEnd {
  readonly #link: Link
  readonly #walk: FrameWalk
  readonly #key = (randomBytes(4).readUInt32LE() | 1) >>> 0
  /** Payload that has come. */
  received = 0
  /** Milliseconds from the start of the connection to each of its phases. */
  readonly phases: Readonly<Record<Phase, number>>
  readonly #signs: ReturnType<typeof setInterval>
  #wanted = 0
  #reached: () => void = () => {}
  #handshake: ((bytes: Buffer) => void) | null = null

  private constructor(link: Link, phases: Readonly<Record<Phase, number>>) {
    this.#link = link
    this.phases = phases
    const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
    this.#signs = setInterval(() => link.send(pong), SIGN_OF_LIFE)
    this.#walk = new FrameWalk((piece) => {
      this.#handshake?.(piece)
      this.received += piece.length
    })
    link.onData = (bytes) => {
      this.#walk.feed(bytes)
      if (this.received >= this.#wanted) this.#reached()
    }
  }

  /** Up to the point from which on both ends are one stream. */
  static async open(target: Target): Promise<BrowserEnd> {
    const start = performance.now()
    const phases = { connection: 0, socket: 0, security: 0, screen: 0 }
    const end = (phase: Phase): void => {
      phases[phase] = performance.now() - start
    }
    const link = await Link.connect(target.wire)
    end('connection')
    const rest = await upgrade(link, target)
    end('socket')
    const browser = new BrowserEnd(link, phases)
    const done = target.rfb ? browser.#greet(() => end('security')) : Promise.resolve()
    if (rest.length > 0) link.onData(rest)
    await done
    end('screen')
    return browser
  }

  get closed(): boolean {
    return this.#link.closed
  }

  /** Has so many bytes sent in frames of that payload; resolves with the seconds it took. */
  async down(frameSize: number, bytes: number): Promise<number> {
    const start = performance.now()
    const whole = Math.ceil(bytes / frameSize) * frameSize
    const done = this.#until(this.received + whole)
    this.order({ do: 'blast', frame: frameSize, bytes })
    await done
    return (performance.now() - start) / 1000
  }

  /** Sends so many bytes in messages of that size, until the far end says that it has them. */
  async up(messageSize: number, bytes: number): Promise<number> {
    const one = frame(Buffer.alloc(messageSize, 'console'), this.#key)
    const count = Math.max(1, Math.floor(BLOCK / messageSize))
    const block = Buffer.concat(Array.from({ length: count }, () => one))
    const messages = Math.ceil(bytes / messageSize)
    const start = performance.now()
    const done = this.#until(this.received + KEY_LENGTH)
    this.order({ do: 'sink' })
    this.#say(cutTextHeader(messages * messageSize))
    void this.#link.flow(block, messages * one.length)
    await done
    return (performance.now() - start) / 1000
  }

  /** Milliseconds of each of so many round trips, after `order` asked for an echo of `bytes`. */
  async roundTrips(count: number, bytes: number): Promise<Float64Array> {
    const key = frame(keyMessage(), this.#key)
    const times = new Float64Array(count)
    for (let at = 0; at < count; at++) {
      const start = performance.now()
      const done = this.#until(this.received + bytes)
      this.#link.send(key)
      await done
      times[at] = performance.now() - start
    }
    return times
  }

  order(order: Order): void {
    this.#say(orderMessage(order))
  }

  /** A FramebufferUpdateRequest; resolves when the first bytes have come. */
  async firstUpdate(): Promise<void> {
    const done = this.#until(this.received + 1)
    this.#say(Buffer.from([3, 0, 0, 0, 0, 0, 4, 0, 3, 0]))
    await done
  }

  /** Stops reading, as a browser whose machine sleeps. */
  stall(): void {
    this.#link.pause()
  }

  close(): void {
    clearInterval(this.#signs)
    this.#link.destroy()
  }

  #say(message: Buffer): void {
    this.#link.send(frame(message, this.#key))
  }

  #until(received: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wanted = received
      this.#reached = () => {
        this.#reached = () => {}
        resolve()
      }
      this.#link.onClose = () => reject(this.#closed(`at ${this.received} of ${received} bytes`))
      if (this.#link.closed) this.#link.onClose()
    })
  }

  #closed(when: string): Error {
    const why = this.#walk.closing?.toString('utf8', 2) ?? 'no close frame'
    return new Error(`closed ${when}: ${why}`)
  }

  /** Version, type None, result, ServerInit. */
  #greet(onSecurity: () => void): Promise<void> {
    const steps: readonly [length: (waiting: Buffer) => number, answer: Buffer | null][] = [
      [() => 12, Buffer.from('RFB 003.008\n')],
      [(waiting) => 1 + (waiting[0] ?? 0), Buffer.from([1])],
      [() => 4, Buffer.from([1])],
      [(waiting) => 24 + (waiting.length < 24 ? 0 : waiting.readUInt32BE(20)), null],
    ]
    let step = 0
    let waiting: Buffer = Buffer.alloc(0)
    return new Promise((resolve, reject) => {
      this.#link.onClose = () => reject(this.#closed(`in step ${step} of the handshake`))
      this.#handshake = (bytes) => {
        waiting = Buffer.concat([waiting, bytes])
        for (let now = steps[step]; now; now = steps[step]) {
          const length = now[0](waiting)
          if (waiting.length < length) return
          waiting = waiting.subarray(length)
          step++
          if (step === SECURITY_STEPS) onSecurity()
          if (now[1]) this.#say(now[1])
        }
        this.#handshake = null
        resolve()
      }
    })
  }
}

/** Asks for the WebSocket and resolves with what came behind the answer. */
function upgrade(link: Link, { wire, path, headers }: Target): Promise<Buffer> {
  const key = randomBytes(16).toString('base64')
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${wire.port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: binary',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  let buffer: Buffer = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    link.onClose = () => reject(new Error(`closed before an answer: ${buffer.toString()}`))
    link.onData = (bytes) => {
      buffer = Buffer.concat([buffer, bytes])

      const answer = buffer.toString('latin1')
      const end = answer.indexOf('\r\n\r\n')
      if (end < 0) return
      const agreed = answer.startsWith('HTTP/1.1 101') && answer.includes(acceptFor(key))
      if (agreed) resolve(buffer.subarray(end + 4))
      else reject(new Error(`no WebSocket: ${answer.slice(0, 300)}`))
    }
    link.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))
  })
}
