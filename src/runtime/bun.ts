/** The runtime on Bun. Same sections, in the same order, as deno.ts. */
import { write } from 'node:fs'
import { promisify } from 'node:util'
import type { Server, ServerWebSocket } from 'bun'
import type { BrowserPort, PortEvents } from '../relay/port.ts'
import { createDial } from './bun-dial.ts'
import { Inbox } from './inbox.ts'
import { nodeRuntime } from './node.ts'
import { TurnEnd } from './outbox.ts'
import type { Send } from './output.ts'
import type {
  ListenAddress,
  Listener,
  RequestContext,
  Runtime,
  ServeOptions,
  TlsPair,
  UpgradeOptions,
} from './runtime.ts'
import { clearStaleSocket, openToGroup } from './unix-socket.ts'

// --- limits ---------------------------------------------------------------------------------------

/**
 * Bytes queued toward a browser before PVE's side is paused; one read of PVE's may still come on top. The
 * kernel has megabytes of its own, so more here would only be copied once more and kept longer.
 */
const HIGH_WATER = 64 * 1024
/** Bytes left in that queue when PVE's side is resumed. */
const LOW_WATER = 16 * 1024
/** More than pausing ever lets through: a tripwire, because Bun drops what is beyond it. */
const QUEUE_LIMIT = 8 * 1024 * 1024
/** The largest message a browser may send (contract: 1009 beyond). */
const MAX_MESSAGE = 1024 * 1024
/** The largest request body; the API checks its own limits below that. */
const MAX_BODY = 64 * 1024
/** Seconds without a byte from a browser before its socket counts as dead; Bun pings before that. */
const SOCKET_IDLE = 35
/** Milliseconds for a browser to take what is queued when its socket is closed. */
const LINGER = 2000
/** Seconds for a request to arrive, and for an answer to begin. */
const REQUEST_IDLE = 30

// --- the runtime ----------------------------------------------------------------------------------

export const runtime: Runtime = {
  ...nodeRuntime({ stdout: writeTo(1), stderr: writeTo(2) }),
  name: `Bun ${Bun.version}`,
  dial: createDial(new TurnEnd((run) => void setImmediate(run))),
  serve,
}

/** Bun's own writers buffer without bound, and its streams block on a full pipe. */
function writeTo(fd: number): Send {
  const promised = promisify(write)
  return async (bytes) => (await promised(fd, bytes, 0, bytes.length, null)).bytesWritten
}

// --- listening ------------------------------------------------------------------------------------

interface SocketData {
  readonly open: UpgradeOptions['open']
  readonly onError: (error: unknown) => void
  port?: BunPort
}

async function serve(options: ServeOptions): Promise<Listener> {
  await clearStaleSocket(options.address)
  let server = bind(options)
  const bound = boundAddress(options.address, server)
  /** Those that showed a certificate before, until their last connection ends. */
  const former = new Set<Server<SocketData>>()
  return {
    address: bound,
    async rekey(tls) {
      await requireUsable(tls)
      const old = server
      former.add(old)
      // Bun ignores a certificate given to `reload` (1.4), so a second server takes the port in the same turn.
      void old.stop(false).then(() => former.delete(old))
      server = bind({ ...options, address: bound, tls })
    },
    async stop(deadlineMs) {
      await Promise.all([server, ...former].map((each) => stop(each, deadlineMs)))
    },
  }
}

function bind(options: ServeOptions): Server<SocketData> {
  const { address } = options
  const where =
    address.kind === 'unix'
      ? { unix: address.path }
      : { hostname: address.hostname, port: address.port }
  const server: Server<SocketData> = Bun.serve<SocketData>({
    // Bun's types forbid idleTimeout beside a unix socket; Bun itself does not.
    ...(where as { hostname: string; port: number }),
    ...(options.tls ? { tls: options.tls } : {}),
    // Otherwise a second server would share the port, and half of everybody's requests.
    reusePort: false,
    development: false,
    idleTimeout: REQUEST_IDLE,
    maxRequestBodySize: MAX_BODY,
    fetch: (request) => handle(request, server, options),
    error(error) {
      options.onError(error)
      return new Response(null, { status: 500 })
    },
    websocket,
  })
  openToGroup(address)
  return server
}

function boundAddress(address: ListenAddress, server: Server<SocketData>): ListenAddress {
  return address.kind === 'unix' ? address : { ...address, port: server.port ?? address.port }
}

/** A pair that Bun does not take must not cost the listener. */
async function requireUsable(tls: TlsPair): Promise<void> {
  const trial = Bun.serve({ hostname: '127.0.0.1', port: 0, tls, fetch: () => new Response() })
  await trial.stop(true)
}

const websocket: Bun.WebSocketHandler<SocketData> = {
  maxPayloadLength: MAX_MESSAGE,
  backpressureLimit: QUEUE_LIMIT,
  idleTimeout: SOCKET_IDLE,
  sendPings: true,
  perMessageDeflate: false,
  open: (socket) => openPort(socket),
  message: (socket, message) => socket.data.port?.onMessage(message),
  drain: (socket) => socket.data.port?.onDrain(),
  pong: (socket) => socket.data.port?.onPong(),
  close: (socket, code, reason) => socket.data.port?.onClose(code, reason),
}

function handle(
  request: Request,
  server: Server<SocketData>,
  options: ServeOptions,
): Response | Promise<Response> {
  const address = server.requestIP(request)?.address ?? null
  // A peer that has reset its connection has no address any more, and must not pass for a unix socket's.
  if (address === null && options.address.kind === 'tcp') return new Response(null, { status: 400 })
  return options.fetch(request, contextOf(request, address, server, options))
}

function contextOf(
  request: Request,
  address: string | null,
  server: Server<SocketData>,
  options: ServeOptions,
): RequestContext {
  return {
    peer: { address, tls: options.tls !== undefined },
    upgrade(upgrade) {
      const data: SocketData = { open: upgrade.open, onError: options.onError }
      const offered = offers(request, upgrade.protocol)
      // Bun echoes the first protocol that is offered, ours or not, unless there is none.
      request.headers.delete('sec-websocket-protocol')
      const headers = offered ? { 'Sec-WebSocket-Protocol': upgrade.protocol as string } : {}
      return server.upgrade(request, { data, headers }) ? new Response(null) : null
    },
  }
}

function offers(request: Request, protocol: string | undefined): boolean {
  const offered = request.headers.get('sec-websocket-protocol') ?? ''
  return protocol !== undefined && offered.split(/\s*,\s*/).includes(protocol)
}

async function stop(server: Server<SocketData>, deadlineMs: number): Promise<void> {
  const stopped = server.stop(false)
  const { promise: deadline, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, deadlineMs)
  await Promise.race([stopped, deadline])
  clearTimeout(timer)
  await server.stop(true)
}

// --- a browser's socket ---------------------------------------------------------------------------

function openPort(socket: ServerWebSocket<SocketData>): void {
  const port = new BunPort(socket)
  socket.data.port = port
  try {
    socket.data.open(port)
  } catch (error) {
    socket.data.onError(error)
    port.destroy()
  }
}

class BunPort implements BrowserPort {
  readonly #socket: ServerWebSocket<SocketData>
  readonly #inbox: Inbox
  roundTripMs: number | null = null
  #pingedAt: number | null = null
  #onClosed: () => void = () => {}

  constructor(socket: ServerWebSocket<SocketData>) {
    this.#socket = socket
    this.#inbox = new Inbox(() => socket.terminate())
    socket.pause()
  }

  onMessage(message: string | Buffer): void {
    this.#inbox.message(message)
  }

  onDrain(): void {
    if (this.#socket.getBufferedAmount() < LOW_WATER) this.#inbox.drain()
  }

  onPong(): void {
    if (this.#pingedAt === null) return
    this.roundTripMs = performance.now() - this.#pingedAt
    this.#pingedAt = null
  }

  onClose(code: number, reason: string): void {
    this.#onClosed()
    this.#inbox.end({ code, reason })
  }

  receive(events: PortEvents): void {
    this.#inbox.receive(events)
    this.resume()
  }

  send(bytes: Uint8Array): boolean {
    return bytes.length === 0 || this.#sent(this.#socket.sendBinary(bytes))
  }

  sendText(message: string): boolean {
    return this.#sent(this.#socket.sendText(message))
  }

  /** Bun answers 0 for a message it dropped: then the stream has a hole and must end. */
  #sent(result: number): boolean {
    if (result > 0) return true
    if (result < 0) return this.#socket.getBufferedAmount() < HIGH_WATER
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.terminate()
    return true
  }

  /** Bun's own pings bring pongs too; only the first after ours counts. */
  ping(): void {
    this.#pingedAt = performance.now()
    this.#socket.ping()
  }

  get buffered(): number {
    return this.#socket.getBufferedAmount()
  }

  pause(): void {
    this.#inbox.pause()
    this.#socket.pause()
  }

  resume(): void {
    this.#inbox.resume()
    if (!this.#inbox.paused) this.#socket.resume()
  }

  close(code = 1000, reason = ''): void {
    // A paused socket would not read the browser's answer to the close frame.
    this.#socket.resume()
    this.#socket.close(code, reason)
    // A browser that reads nothing never gets to the close frame behind what is queued.
    const timer = setTimeout(() => this.#socket.terminate(), LINGER)
    this.#onClosed = () => clearTimeout(timer)
  }

  destroy(): void {
    this.#socket.terminate()
  }
}
