/** The browser's end of a console, spoken by hand: an RFB 3.8 client over our WebSocket. */
import { Buffer } from 'node:buffer'

export interface Closed {
  readonly code: number
  readonly reason: string
}

export interface OpenOptions {
  readonly origin: string
  readonly cookie: string
  readonly onBytes?: (bytes: Uint8Array) => void
}

/** Bun's WebSocket, which can stop reading; typed here because the DOM's cannot. */
interface PausableSocket extends WebSocket {
  pause(): void
  resume(): void
  /** Goes without a word, as a browser that loses its network. */
  terminate(): void
}

export class RfbVisitor {
  readonly socket: PausableSocket
  /** Resolves when the socket has closed. */
  readonly closed: Promise<Closed>
  #waiting: Buffer = Buffer.alloc(0)
  #wake: (() => void) | null = null
  #closed: Closed | null = null
  /** Bytes of all messages, and how many messages brought them. */
  bytes = 0
  messages = 0
  /** Called instead of buffering, once set. */
  onData: ((bytes: Buffer) => void) | null = null

  private constructor(socket: PausableSocket, onBytes: OpenOptions['onBytes']) {
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      const bytes = Buffer.from(data as ArrayBuffer)
      this.bytes += bytes.length
      this.messages++
      onBytes?.(bytes)
      this.#take(bytes)
    }
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => {
        this.#closed = { code, reason }
        onBytes?.(Buffer.from(reason))
        this.#wake?.()
        resolve(this.#closed)
      }
    })
  }

  static open(url: string, options: OpenOptions): Promise<RfbVisitor> {
    const { origin, cookie, onBytes } = options
    const init = {
      headers: { Origin: origin, Cookie: cookie },
      protocols: ['binary'],
      // Whose certificate a server shows is not what these tests are about.
      tls: { rejectUnauthorized: false },
    }
    const socket = new WebSocket(url, init as unknown as string[]) as PausableSocket
    const visitor = new RfbVisitor(socket, onBytes)
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(visitor)
      socket.onerror = () => reject(new Error(`no WebSocket at ${url}`))
    })
  }

  /** The next bytes of the stream, exactly so many. Throws when the socket closes before. */
  async read(length: number): Promise<Buffer> {
    while (this.#waiting.length < length) {
      if (this.#closed) {
        throw new Error(`closed with ${this.#closed.code} ${this.#closed.reason}`)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const bytes = this.#waiting.subarray(0, length)
    this.#waiting = this.#waiting.subarray(length)
    return bytes
  }

  send(bytes: Uint8Array | readonly number[]): void {
    this.socket.send(Buffer.from(bytes as Uint8Array))
  }

  /** The handshake up to ServerInit; returns the desktop's name and size. */
  async handshake(): Promise<{ width: number; height: number; name: string }> {
    const version = await this.read(12)
    this.send(version)
    const [count = 0] = await this.read(1)
    const types = await this.read(count)
    if (types.length !== 1 || types[0] !== 1) throw new Error(`security types ${[...types]}`)
    this.send([1])
    const result = await this.read(4)
    if (result.readUInt32BE() !== 0) throw new Error('security failed')
    // Not shared: the server has to ask for a shared screen all the same.
    this.send([0])
    const init = await this.read(24)
    const name = await this.read(init.readUInt32BE(20))
    return { width: init.readUInt16BE(0), height: init.readUInt16BE(2), name: name.toString() }
  }

  /** Hands what has arrived and all that will to `onData`. */
  stream(onData: (bytes: Buffer) => void): void {
    this.onData = onData
    const waiting = this.#waiting
    this.#waiting = Buffer.alloc(0)
    if (waiting.length > 0) onData(waiting)
  }

  /** A key by its keysym, down and up. */
  type(keysym: number): void {
    for (const down of [1, 0]) {
      const message = Buffer.alloc(8)
      message[0] = 4
      message[1] = down
      message.writeUInt32BE(keysym, 4)
      this.send(message)
    }
  }

  close(): void {
    this.socket.close()
  }

  #take(bytes: Buffer): void {
    if (this.onData) {
      this.onData(bytes)
      return
    }
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes])
    this.#wake?.()
  }
}
