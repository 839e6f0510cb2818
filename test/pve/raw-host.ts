/** TLS servers that do with each request what they are told, byte by byte, and count what reaches them. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { issueCertificate, keyPem, makeKeyPair } from '../../src/certificate.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { Host } from '../../src/pve/host.ts'
import type { Trust } from '../../src/pve/trust.ts'
import { connectTls } from '../../src/runtime/tls-connect.ts'
import { hostConfig } from './fake-host.ts'

const DAY = 86_400_000

export interface Pair {
  readonly cert: string
  readonly key: string
}

/** A self-signed certificate of this machine's. */
export async function makePair(names: readonly string[] = ['127.0.0.1']): Promise<Pair> {
  const keys = await makeKeyPair('ec-p256')
  const [notBefore, notAfter] = [new Date(Date.now() - DAY), new Date(Date.now() + DAY)]
  const spec = { subject: [['CN', 'pve']] as const, names, notBefore, notAfter }
  return { cert: issueCertificate(spec, keys), key: keyPem(keys) }
}

/** A whole answer. */
export function answerOf(body: string, head = 'HTTP/1.1 200 OK'): string {
  const type = 'Content-Type: application/json;charset=UTF-8'
  return `${head}\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** What a server does with its `request`th request. */
export type Act = (socket: Socket, request: number) => void
export const say =
  (answer: string): Act =>
  (socket) =>
    void socket.write(answer)
export const answer: Act = say(answerOf('{"data":[]}'))
export const cut: Act = (socket) => void socket.destroy()
export const hang: Act = () => {}

export class RawHost {
  act: Act
  readonly url: URL
  /** Request lines without their end, in the order they came. */
  readonly requests: string[] = []
  /** The latest request as it came. */
  latest = ''
  /** TCP connections, and bytes that came behind TLS. */
  connections = 0
  bytes = 0
  /** Whether each TLS session was a new one, or one from before that was taken up again. */
  readonly sessions: ('new' | 'resumed')[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, act: Act) {
    this.act = act
    this.#server = server
    this.url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('connection', (socket) => {
      this.connections++
      this.#keep(socket)
    })
    server.on('secureConnection', (socket) => this.#serve(socket))
    // Somebody who does not believe our certificate is an everyday event here.
    server.on('tlsClientError', () => {})
  }

  static async listen(options: TlsOptions, act: Act = answer, port = 0): Promise<RawHost> {
    const server = createServer(options)
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new RawHost(server, act)
  }

  /** Shows another certificate to whoever connects from now on. */
  show(pair: Pair): void {
    this.#server.setSecureContext(pair)
  }

  /** Ends the connections that are open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined
    this.#server.close()
    this.cut()
    await closed
  }

  /** Waits until all connections have ended: what was under way has come by then. */
  quiet(): Promise<void> {
    return until(() => this.#sockets.size === 0, 'the end of all connections')
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #serve(socket: TLSSocket): void {
    this.#keep(socket)
    this.sessions.push(socket.isSessionReused() ? 'resumed' : 'new')
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      this.bytes += bytes.length
      this.latest = bytes.toString('latin1')
      for (const [line] of this.latest.matchAll(/^(GET|POST) \S+/gm)) {
        this.requests.push(line)
        this.act(socket, this.requests.length)
      }
    })
  }
}

/** Believes whatever it is shown. */
export function believing(authorities: readonly string[] = []): Trust {
  return { authorities, verify() {}, latest: null, mended: false, withdrawn: false }
}

export interface HostOptions {
  readonly urls: readonly URL[]
  readonly key?: string
  readonly clock?: Clock
  readonly newTrust?: () => Trust
  readonly onDial?: () => void
}

/** A host of ours at these addresses, over real connections. */
export function hostAt(options: HostOptions): Host {
  const { urls, key = 'home', clock = systemClock, newTrust = believing, onDial } = options
  const connect = (target: Parameters<typeof connectTls>[0]) => {
    onDial?.()
    return connectTls(target, false)
  }
  return new Host({ ...hostConfig(key), urls }, newTrust, { connect }, clock)
}

/** Waits for something that happens elsewhere. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    if (isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`not within ten seconds: ${what}`)
}

export const get = { method: 'GET', path: '/get', headers: {} } as const
export const post = { method: 'POST', path: '/post', headers: {}, body: 'a=1' } as const
