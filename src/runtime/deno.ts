/** The runtime on Deno. Same sections, in the same order, as bun.ts. */
import type { BrowserPort, PortEvents } from '../relay/port.ts'
import { Inbox } from './inbox.ts'
import { nodeRuntime } from './node.ts'
import type {
  ListenAddress,
  Listener,
  RequestContext,
  Runtime,
  ServeOptions,
  TlsPair,
  UpgradeOptions,
} from './runtime.ts'
import { SocketPort } from './socket-port.ts'
import { connectTls } from './tls-connect.ts'
import { clearStaleSocket, openToGroup } from './unix-socket.ts'

// --- what is used of Deno -------------------------------------------------------------------------

interface DenoAddress {
  readonly transport: 'tcp' | 'unix'
  readonly hostname?: string
  readonly port?: number
  readonly path?: string
}

interface DenoServer {
  readonly addr: DenoAddress
  /** Resolves once it has ended. */
  readonly finished: Promise<void>
  shutdown(): Promise<void>
}

/** Typed here, because checking on three compilers leaves no room for Deno's global types. */
interface DenoApi {
  readonly version: { readonly deno: string }
  readonly stdout: { write(bytes: Uint8Array): Promise<number> }
  readonly stderr: { write(bytes: Uint8Array): Promise<number> }
  serve(
    options: Readonly<Record<string, unknown>>,
    handler: (request: Request, info: { remoteAddr: DenoAddress }) => Response | Promise<Response>,
  ): DenoServer
  upgradeWebSocket(
    request: Request,
    options: { protocol?: string; idleTimeout?: number },
  ): { readonly socket: WebSocket; readonly response: Response }
}

const deno = (globalThis as unknown as { readonly Deno: DenoApi }).Deno

// --- limits ---------------------------------------------------------------------------------------

/** Bytes queued toward a browser before PVE's side is paused. */
const HIGH_WATER = 512 * 1024
/** Bytes left in that queue when PVE's side is resumed. */
const LOW_WATER = 128 * 1024
/** Milliseconds between looks at that queue while it is full: Deno tells no drain. */
const DRAIN_POLL = 5
/** The largest message a browser may send (contract: 1009 beyond). */
const MAX_MESSAGE = 1024 * 1024
/** Bytes kept for PVE from a browser that cannot be paused; more ends the console with 4507. */
const MAX_HELD = 1024 * 1024
/** Milliseconds for requests and sockets to end before a new certificate is shown. */
const REKEY_DEADLINE = 1000
/** Seconds without a byte from a browser before Deno pings, and again before it gives up. */
const SOCKET_IDLE = 15

// --- the runtime ----------------------------------------------------------------------------------

export const runtime: Runtime = {
  // Writing through node's modules blocks the event loop on a full pipe (Deno 2.9).
  ...nodeRuntime({
    stdout: (bytes) => deno.stdout.write(bytes),
    stderr: (bytes) => deno.stderr.write(bytes),
  }),
  name: `Deno ${deno.version.deno}`,
  async dial(target) {
    const { socket, flow, address } = await connectTls(target, true)
    return { port: new SocketPort(socket, flow), address }
  },
  serve,
}

// --- listening ------------------------------------------------------------------------------------

async function serve(options: ServeOptions): Promise<Listener> {
  await clearStaleSocket(options.address)
  let bound = bind(options)
  const address = boundAddress(options.address, bound.server)
  return {
    address,
    async rekey(tls) {
      await requireUsable(tls)
      // A port is Deno's until the last connection has ended, and no other server may share it.
      for (const port of open) port.close(1001, 'restarting')
      await stop(bound.server, REKEY_DEADLINE)
      bound.cut()
      await bound.server.finished
      bound = bind({ ...options, address, tls })
    },
    stop: (deadlineMs) => stop(bound.server, deadlineMs),
  }
}

/** A server, and what ends its connections whatever they are doing. */
interface Bound {
  readonly server: DenoServer
  cut(): void
}

function bind(options: ServeOptions): Bound {
  const { address } = options
  const abort = new AbortController()
  const server = deno.serve(
    {
      ...(address.kind === 'unix'
        ? { path: address.path }
        : { hostname: address.hostname, port: address.port }),
      ...options.tls,
      signal: abort.signal,
      onListen() {},
      onError(error: unknown) {
        options.onError(error)
        return new Response(null, { status: 500 })
      },
    },
    (request, info) => options.fetch(request, contextOf(request, info.remoteAddr, options)),
  )
  openToGroup(address)
  return { server, cut: () => abort.abort() }
}

function boundAddress(address: ListenAddress, server: DenoServer): ListenAddress {
  return address.kind === 'unix' ? address : { ...address, port: server.addr.port ?? address.port }
}

/** A pair that Deno does not take must not cost the listener. */
async function requireUsable(tls: TlsPair): Promise<void> {
  const options = { hostname: '127.0.0.1', port: 0, ...tls, onListen() {} }
  await deno.serve(options, () => new Response()).shutdown()
}

/** Browsers' sockets. */
const open = new Set<DenoPort>()
/** Sockets whose close handshake is under way; shutting down would put its own reason over theirs. */
const closing = new Set<Promise<void>>()

function contextOf(request: Request, remote: DenoAddress, options: ServeOptions): RequestContext {
  return {
    peer: { address: remote.hostname ?? null, tls: options.tls !== undefined },
    upgrade(upgrade) {
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return null
      const protocol = offers(request, upgrade.protocol) ? { protocol: upgrade.protocol } : {}
      const { socket, response } = deno.upgradeWebSocket(request, {
        ...(protocol as { protocol?: string }),
        idleTimeout: SOCKET_IDLE,
      })
      openPort(socket, upgrade.open, options.onError)
      return response
    },
  }
}

function offers(request: Request, protocol: string | undefined): boolean {
  const offered = request.headers.get('sec-websocket-protocol') ?? ''
  return protocol !== undefined && offered.split(/\s*,\s*/).includes(protocol)
}

async function stop(server: DenoServer, deadlineMs: number): Promise<void> {
  const { promise: deadline, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, deadlineMs)
  await Promise.race([Promise.all(closing), deadline])
  await Promise.race([server.shutdown(), deadline])
  clearTimeout(timer)
}

// --- a browser's socket ---------------------------------------------------------------------------

function openPort(
  socket: WebSocket,
  start: UpgradeOptions['open'],
  onError: (error: unknown) => void,
): void {
  const port = new DenoPort(socket)
  socket.onopen = () => {
    open.add(port)
    try {
      start(port)
    } catch (error) {
      onError(error)
      port.destroy()
    }
  }
}

class DenoPort implements BrowserPort {
  readonly #socket: WebSocket
  /** Deno pings by itself, and does not tell how long that took. */
  readonly roundTripMs = null
  readonly #inbox: Inbox
  #poll: ReturnType<typeof setInterval> | null = null
  readonly #closed = Promise.withResolvers<void>()

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.#inbox = new Inbox(() => this.destroy())
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => this.#onMessage(data)
    socket.onerror = () => {}
    socket.onclose = ({ code, reason }) => this.#onClose(code, reason)
  }

  #onMessage(data: string | ArrayBuffer): void {
    const message = typeof data === 'string' ? data : new Uint8Array(data)
    if (message.length > MAX_MESSAGE) this.close(1009, 'message_too_big')
    else this.#inbox.message(message)
    if (this.#inbox.heldBytes > MAX_HELD) this.close(4507, 'pve_too_slow')
  }

  #startPolling(): void {
    this.#poll ??= setInterval(() => {
      if (this.#socket.bufferedAmount >= LOW_WATER) return
      this.#stopPolling()
      this.#inbox.drain()
    }, DRAIN_POLL)
  }

  #stopPolling(): void {
    if (this.#poll) clearInterval(this.#poll)
    this.#poll = null
  }

  /** Handlers are let go: a dropped socket would keep what hangs on them (Deno 2.9). */
  #onClose(code: number, reason: string): void {
    this.#stopPolling()
    this.#socket.onmessage = null
    this.#socket.onclose = null
    this.#socket.onopen = null
    this.#inbox.end({ code, reason })
    this.#closed.resolve()
    open.delete(this)
    closing.delete(this.#closed.promise)
  }

  receive(events: PortEvents): void {
    this.#inbox.receive(events)
    this.resume()
  }

  send(bytes: Uint8Array): boolean {
    return this.#send(bytes as Uint8Array<ArrayBuffer>)
  }

  sendText(message: string): boolean {
    return this.#send(message)
  }

  #send(message: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return true
    this.#socket.send(message)
    if (this.#socket.bufferedAmount < HIGH_WATER) return true
    this.#startPolling()
    return false
  }

  ping(): void {}

  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  pause(): void {
    this.#inbox.pause()
  }

  resume(): void {
    this.#inbox.resume()
  }

  close(code = 1000, reason = ''): void {
    if (this.#socket.readyState > WebSocket.OPEN) return
    this.#socket.close(code, reason)
    closing.add(this.#closed.promise)
  }

  /** Deno cannot cut a socket: it closes, and tells the end when the peer or its own timeout does. */
  destroy(): void {
    this.close(1011)
    this.#onClose(1006, '')
  }
}
