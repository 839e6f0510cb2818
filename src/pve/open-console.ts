/** The way to a console: one proxy call, and at once the WebSocket to where it was answered. */
import { Failure } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { openWebSocket, type WebSocketPort } from '../ws/client.ts'
import { HandshakeError } from '../ws/handshake.ts'
import { type ConsolePlace, placePath } from './api.ts'
import { apiPath, credential, type Identity, PveRefusal, post } from './call.ts'
import { gatewayFailure } from './gateway.ts'
import type { Host } from './host.ts'
import { TermProxy, VncProxy } from './schemas.ts'

/** PVE never answers the upgrade when nothing listens behind it (any more); in milliseconds. */
const UPGRADE_TIMEOUT = 5000

/** What an opening waits for, in this order. */
export type OpeningPhase = 'proxy' | 'connect' | 'upgrade'

export interface Opening {
  readonly host: Host
  readonly identity: Identity
  readonly place: ConsolePlace
  readonly runtime: Pick<Runtime, 'dial'>
  readonly signal: AbortSignal
  /** Called as each phase ends. */
  readonly onPhase: (phase: OpeningPhase) => void
}

/** Pixels of a screen that PVE draws for a terminal. */
export interface ScreenSize {
  readonly width: number
  readonly height: number
}

export interface Screen {
  readonly port: WebSocketPort
  /** Of VNC Authentication; never for a browser. */
  readonly password: string
  /** PVE's task for this console. */
  readonly upid: string
}

export interface Terminal {
  readonly port: WebSocketPort
  /** Who sits at it, as PVE's terminal proxy wants it said; with the ticket, never for a browser. */
  readonly user: string
  readonly ticket: string
  readonly upid: string
}

/**
 * Opens a screen with exactly one proxy call, whose listener lives ten seconds and exists only on the
 * address that answered (PVE 7 to 9): the WebSocket goes to the same IP address.
 *
 * `size` is for screens of containers and nodes. Throws PveRefusal from the call, Failure for all that goes
 * wrong after it.
 */
export async function openScreen(opening: Opening, size?: ScreenSize): Promise<Screen> {
  const { place } = opening
  const sized = size !== undefined && !('type' in place && place.type === 'qemu')
  const { data, url, address } = await post(opening.host, {
    path: apiPath(...placePath(place), 'type' in place ? 'vncproxy' : 'vncshell'),
    identity: opening.identity,
    parameters: {
      websocket: '1',
      ...(sized ? { width: String(size.width), height: String(size.height) } : {}),
    },
    answer: VncProxy,
  })
  const port = await upgrade(opening, data, url, address)
  return { port, password: data.password ?? data.ticket.slice(0, 8), upid: data.upid }
}

/** Opens a terminal, as `openScreen` does a screen; `serial` picks a VM's port. */
export async function openTerminal(opening: Opening, serial?: number): Promise<Terminal> {
  const { data, url, address } = await post(opening.host, {
    path: apiPath(...placePath(opening.place), 'termproxy'),
    identity: opening.identity,
    parameters: serial === undefined ? {} : { serial: `serial${serial}` },
    answer: TermProxy,
  })
  const port = await upgrade(opening, data, url, address)
  return { port, user: data.user, ticket: data.ticket, upid: data.upid }
}

async function upgrade(
  { host, identity, place, runtime, signal, onPhase }: Opening,
  proxy: { readonly port: number; readonly ticket: string },
  url: URL,
  address: string,
): Promise<WebSocketPort> {
  onPhase('proxy')
  signal.throwIfAborted()
  const raw = await runtime.dial(host.target({ url, address }))
  onPhase('connect')
  const query = `port=${proxy.port}&vncticket=${encodeURIComponent(proxy.ticket)}`
  const request = {
    host: url.host,
    path: `${apiPath(...placePath(place), 'vncwebsocket')}?${query}`,
    protocol: 'binary',
    headers: credential(identity),
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(UPGRADE_TIMEOUT)])
  try {
    const port = await openWebSocket(raw.port, request, deadline)
    onPhase('upgrade')
    return port
  } catch (error) {
    signal.throwIfAborted()
    throw upgradeFailure(error)
  }
}

function upgradeFailure(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new Failure('host_timeout', { detail: 'The host did not open the console in time.' })
  }
  if (!(error instanceof HandshakeError)) return error
  const { status, reason } = error
  const gateway = gatewayFailure({ status, reason, contentType: '' })
  if (gateway) return gateway
  if (status >= 400) return new PveRefusal(status, reason)
  return new Failure('pve_error', { cause: error })
}
