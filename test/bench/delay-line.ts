/** A long line on one machine: bytes come out as late as they would far away, and no faster than it carries. */
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'

export interface LineOptions {
  /** Milliseconds there and back. */
  readonly roundTrip: number
  /** Bytes a second in each direction; without it, as many as come. */
  readonly rate?: number
}

export class DelayLine {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #options: LineOptions
  /** Bytes that came from the server's side, and the longest that any of them waited for the line, in ms. */
  bytesDown = 0
  longestWait = 0

  private constructor(server: Server, options: LineOptions) {
    this.#server = server
    this.#options = options
  }

  /** Listens on a free port of loopback and leads to that one. */
  static start(port: number, options: LineOptions): Promise<DelayLine> {
    const server = createServer()
    const line = new DelayLine(server, options)
    server.on('connection', (near) => line.#connect(near, port))
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(line)))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(near: Socket, port: number): void {
    const far = new Socket()
    far.connect(port, '127.0.0.1')
    this.#carry(near, far, () => {})
    this.#carry(far, near, (bytes, wait) => {
      this.bytesDown += bytes
      this.longestWait = Math.max(this.longestWait, wait)
    })
  }

  #carry(from: Socket, to: Socket, note: (bytes: number, wait: number) => void): void {
    const { roundTrip, rate = Number.POSITIVE_INFINITY } = this.#options
    this.#sockets.add(from)
    from.setNoDelay(true)
    let freeAt = 0
    from.on('data', (bytes) => {
      const now = performance.now()
      const begins = Math.max(now, freeAt)
      freeAt = begins + (1000 * bytes.length) / rate
      note(bytes.length, begins - now)
      setTimeout(() => to.write(bytes), freeAt + roundTrip / 2 - now)
      // A real line holds little; what it cannot carry waits at the sender.
      if (freeAt - now < 200) return
      from.pause()
      setTimeout(() => from.resume(), freeAt - now - 100)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      setTimeout(() => to.destroy(), roundTrip / 2)
    })
  }
}
