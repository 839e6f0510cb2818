/** Handing a console over: the proxy calls and the WebSocket. */
import { pause } from './clock.ts'
import type { Size } from './guest.ts'
import type { Outcome } from './http-session.ts'
import { type Call, type Data, data, notDoneYet, type Route } from './route.ts'
import { findGuest, type GuestType, guestTypes, nodeOf } from './routes-guest.ts'
import { ApiError, flag, node, type Rule, vmid } from './schema.ts'
import type { RequestHead } from './wire.ts'

/** Ms in which the WebSocket has to follow the call: `qm vncproxy` and vncterm. */
export const proxyWaitMs = 10_000
export const terminalWaitMs = 20_000
/** `qm vncproxy` gives up when no byte passes for so many ms, vncterm when no key is pressed. */
const proxyIdle = { without: 'bytes', ms: 900_000 } as const
export const vnctermIdle = { without: 'keys', ms: 1_800_000 } as const

export const width: Rule = { type: 'integer', optional: true, min: 16, max: 4096 }
export const height: Rule = { type: 'integer', optional: true, min: 16, max: 2160 }
const port: Rule = { type: 'integer', min: 5900, max: 5999 }
const vncticket: Rule = { type: 'string', maxLength: 512 }
const guestConsoles = guestTypes.flatMap((type): Route[] => [
  {
    method: 'POST',
    path: `/nodes/{node}/${type}/{vmid}/vncproxy`,
    access: 'VM.Console /vms/{vmid}',
    rules:
      type === 'qemu'
        ? { node, vmid, websocket: flag, 'generate-password': flag }
        : { node, vmid, websocket: flag, width, height },
    run: (call) => vncproxy(call, type),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/vncwebsocket`,
    access: 'VM.Console /vms/{vmid}',
    rules: { node, vmid, port, vncticket },
    run: (call) => vncwebsocket(call, `/vms/${call.uri.vmid}`),
  },
])

export const consoleRoutes: readonly Route[] = [
  ...guestConsoles,
  {
    method: 'GET',
    path: '/nodes/{node}/vncwebsocket',
    access: 'Sys.Console /nodes/{node}',
    rules: { node, port, vncticket },
    run: (call) => vncwebsocket(call, `/nodes/${nodeOf(call)}`),
  },
]

/** Runs on the contacted node, whichever node the guest is on; so that is where the port is. */
function vncproxy(call: Call, type: GuestType): Data {
  const { world, userid, params } = call
  const guest = findGuest(call, type)
  // Without `websocket` PVE wraps the inner connection in TLS or VeNCrypt, which nobody here can use.
  if (params.websocket !== '1') return notDoneYet(call)
  const port = world.desk.reserve(call.node)
  const path = `/vms/${guest.vmid}`
  const own = params['generate-password'] === '1'
  const { ticket, password } = world.office.vnc(userid, path, port, own)
  const task = world.tasks.begin(call.node, 'vncproxy', String(guest.vmid), userid)
  const terminal = guest.hasTerminalScreen
  world.desk.listen({
    ...{ node: call.node, vmid: guest.vmid, userid, port, password, task },
    home: () => guest.node,
    open: async (secret, events) => {
      // A stopped VM's console is accepted, and ends a moment later with the reason in the task's log.
      if (!guest.running && !terminal) await pause(world.settings.stoppedConsoleMs)
      return await guest.openScreen(secret, sizeOf(call), events)
    },
    waitMs: terminal ? terminalWaitMs : proxyWaitMs,
    idle: terminal ? vnctermIdle : proxyIdle,
    keepsPort: terminal,
  })
  const shown = own || world.options.generation === 'since-2026-04' ? { password } : {}
  return data({
    ...{
      user: userid,
      ticket,
      port: String(port),
      upid: task.upid,
      cert: world.authority.pem,
      ...shown,
    },
  })
}

/** The size that a call of vncterm asks for. */
export function sizeOf({ params }: Call): Size {
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  return { width: number(params.width), height: number(params.height) }
}

function vncwebsocket(call: Call, path: string): Data | Outcome {
  const { world, userid, params, head, node } = call
  const port = Number(params.port)
  if (!world.office.isVnc(params.vncticket ?? '', userid, path, port)) {
    throw new ApiError(401, 'permission denied - invalid PVEVNC ticket')
  }
  if (head.headers.upgrade === undefined) return data({ port: String(port) })
  // Nobody there: PVE never answers and keeps the connection.
  if (!world.desk.isListening(node, port)) return { kind: 'never' }
  return {
    kind: 'upgrade',
    take: (socket) => {
      const bridge = world.desk.connect(node, port, socket, {
        key: head.headers['sec-websocket-key'] ?? '',
        protocol: head.headers['sec-websocket-protocol'],
        bannerDelayMs: world.settings.bannerDelayMs,
      })
      return (bytes) => bridge.receive(bytes)
    },
  }
}

/** What is wrong with an upgrade, in PVE's words. */
export function judgeHandshake({ headers }: RequestHead): string | undefined {
  const upgrade = (headers.upgrade ?? '').toLowerCase()
  if (upgrade !== 'websocket') return `unable to upgrade to protocol '${upgrade}'`
  const version = headers['sec-websocket-version'] ?? ''
  if (version !== '13') return `unsupported websocket-version '${version}'`
  return headers['sec-websocket-key'] ? undefined : 'missing websocket-key'
}
