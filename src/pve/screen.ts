/** The way to a guest's screen: one proxy call, and at once the WebSocket to where it was answered. */
import { Failure } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { openWebSocket, type WebSocketPort } from '../ws/client.ts'
import { HandshakeError } from '../ws/handshake.ts'
import type { GuestPlace } from './api.ts'
import { apiPath, credential, type Identity, PveRefusal, post } from './call.ts'
import type { Host } from './host.ts'
import { targetOf } from './http-client.ts'
import { VncProxy } from './schemas.ts'

/** PVE never answers the upgrade when nothing listens behind it (any more); in milliseconds. */
const UPGRADE_TIMEOUT = 5000

export interface Screen {
  readonly port: WebSocketPort
  /** Of VNC Authentication; never for a browser. */
  readonly password: string
}

/**
 * Opens a guest's screen with exactly one vncproxy call, whose listener lives ten seconds and exists only
 * on the address that answered (PVE 7 to 9): the WebSocket goes to the same IP address.
 *
 * Throws PveRefusal from the call, Failure for all that goes wrong after it.
 */
export async function openScreen(
  host: Host,
  identity: Identity,
  { node, type, vmid }: GuestPlace,
  runtime: Pick<Runtime, 'dial'>,
  signal: AbortSignal,
): Promise<Screen> {
  const guest = ['nodes', node, type, vmid] as const
  const { data, url, address } = await post(host, {
    path: apiPath(...guest, 'vncproxy'),
    identity,
    parameters: { websocket: '1' },
    answer: VncProxy,
  })
  signal.throwIfAborted()
  const raw = await runtime.dial(targetOf(url, host.trust, address))
  const query = `port=${data.port}&vncticket=${encodeURIComponent(data.ticket)}`
  const upgrade = {
    host: url.host,
    path: `${apiPath(...guest, 'vncwebsocket')}?${query}`,
    protocol: 'binary',
    headers: credential(identity),
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(UPGRADE_TIMEOUT)])
  try {
    const port = await openWebSocket(raw.port, upgrade, deadline)
    return { port, password: data.password ?? data.ticket.slice(0, 8) }
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
  if (error.status >= 400) return new PveRefusal(error.status, error.reason)
  return new Failure('pve_error', { cause: error })
}
