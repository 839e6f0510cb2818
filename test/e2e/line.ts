/** The line between a browser and the server, which can be cut and can go silent. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class Line {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #silent = false

  private constructor(server: Server) {
    this.#server = server
  }

  /** A line to the server at `url`, with an address of its own. */
  static async to(url: string): Promise<Line> {
    const { port } = new URL(url)
    const server = createServer({ pauseOnConnect: true })
    const line = new Line(server)
    server.on('connection', (near) => line.#join(near, connect(Number(port), '127.0.0.1')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return line
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the line is not there')
    return `http://127.0.0.1:${address.port}`
  }

  /** Ends every connection, as pulling a plug for a moment does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** While silent, nothing passes and nobody is told. */
  set silent(on: boolean) {
    this.#silent = on
    for (const socket of this.#sockets) {
      if (on) socket.pause()
      else socket.resume()
    }
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (bytes) => void to.write(bytes))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
    if (this.#silent) far.pause()
    else near.resume()
  }
}
