/**
 * The listening side of one node: TCP on a loopback port, TLS behind it, HTTP behind that.
 *
 * The first byte is looked at before TLS starts, because PVE answers plain HTTP on the same port with a redirect.
 * TLS is a second listener on a port of its own, which nobody outside is told: the runtime's TLS over an arbitrary
 * stream has no backpressure.
 */
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import type { LabConnection } from './lab.ts'

export interface Connection extends LabConnection {
  open: boolean
  secure: boolean
  applicationBytesReceived: number
  requests: number
}

export interface FrontOptions {
  readonly node: string
  readonly cert: string
  readonly key: string
  /** Adds a connection to the host's list. */
  readonly register: (node: string) => Connection
  readonly serve: (socket: tls.TLSSocket, connection: Connection) => void
}

const tlsHandshakeByte = 0x16

export class Front {
  readonly node: string
  /** While true, connections are accepted and left alone. */
  hanging = false
  readonly #options: FrontOptions
  readonly #outer: net.Server
  readonly #inner: tls.Server
  readonly #sockets = new Set<net.Socket>()
  /** By the local port of the hop between the two listeners. */
  readonly #arriving = new Map<number, Connection>()
  #port = 0

  constructor(options: FrontOptions) {
    this.node = options.node
    this.#options = options
    this.#outer = net.createServer((socket) => this.#accept(socket))
    this.#inner = tls.createServer({ cert: options.cert, key: options.key }, (socket) => {
      const connection = this.#arriving.get(socket.remotePort ?? 0)
      if (!connection) return socket.destroy()
      connection.secure = true
      options.serve(socket, connection)
    })
    // A client that refuses our certificate is an everyday event here.
    this.#inner.on('tlsClientError', () => undefined)
  }

  get port(): number {
    return this.#port
  }

  get refusing(): boolean {
    return !this.#outer.listening
  }

  async start(): Promise<void> {
    await listen(this.#inner, 0)
    await listen(this.#outer, 0)
    this.#port = (this.#outer.address() as AddressInfo).port
  }

  /** Stops or resumes listening on the same port; open connections stay. */
  async refuse(on: boolean): Promise<void> {
    if (on === this.refusing) return
    if (on) this.#outer.close()
    else await listen(this.#outer, this.#port)
  }

  cut(): number {
    const count = this.#sockets.size
    for (const socket of this.#sockets) socket.destroy()
    return count
  }

  async stop(): Promise<void> {
    this.cut()
    for (const server of [this.#outer, this.#inner]) if (server.listening) server.close()
  }

  #accept(socket: net.Socket): void {
    const connection = this.#options.register(this.node)
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy()) // resets are part of the game
    socket.once('close', () => {
      this.#sockets.delete(socket)
      connection.open = false
    })
    if (this.hanging) return
    socket.once('data', (first: Buffer) => {
      socket.pause()
      if (first[0] === tlsHandshakeByte) this.#forward(socket, first, connection)
      else redirect(socket, first)
    })
  }

  #forward(socket: net.Socket, first: Buffer, connection: Connection): void {
    const { port } = this.#inner.address() as AddressInfo
    const hop = net.connect(port, '127.0.0.1', () => {
      const local = hop.localPort ?? 0
      this.#arriving.set(local, connection)
      hop.once('close', () => this.#arriving.delete(local))
      hop.write(first)
      socket.pipe(hop)
      hop.pipe(socket)
    })
    hop.on('error', () => socket.destroy())
    socket.once('close', () => hop.destroy())
    hop.once('close', () => socket.end())
  }
}

/** GET moves permanently with 301, everything else with 308, to https on the name the client used. */
function redirect(socket: net.Socket, first: Buffer): void {
  const head = first.toString('latin1')
  const [, method, target] = /^(\S+) (\S+) HTTP\/1\.[01]\r?\n/.exec(head) ?? []
  const host = /\r?\nHost:[ \t]*([^\r\n]+)/i.exec(head)?.[1]
  if (!method || !target || !host) {
    socket.destroy()
    return
  }
  const line = method === 'GET' ? '301 Moved Permanently' : '308 Permanent Redirect'
  const location = `Location: https://${host}${target}`
  socket.end(`HTTP/1.1 ${line}\r\n${location}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

async function listen(server: net.Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
