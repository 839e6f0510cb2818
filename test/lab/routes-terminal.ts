/** Text consoles of guests and nodes, and the node's shell as VNC. */
import type { OpenBackend } from './backend.ts'
import { terminalScreen } from './guest.ts'
import { RfbServer } from './rfb-server.ts'
import { type Call, type Data, data, notDoneYet, type Route } from './route.ts'
import {
  height,
  proxyWaitMs,
  sizeOf,
  terminalWaitMs,
  vnctermIdle,
  width,
} from './routes-console.ts'
import { findGuest, type GuestType, guestTypes, nodeOf } from './routes-guest.ts'
import { ApiError, flag, node, type Rule, text, vmid } from './schema.ts'
import { echoProgram, loginProgram, type Program, shellProgram } from './shell.ts'
import { OwnTerminal } from './terminal.ts'
import { Termproxy, type TermproxyOptions } from './termproxy.ts'
import { major } from './world.ts'

/** Ms of the host's time in which the first line has to come. */
const lineWaitMs = 10_000

const serial: Rule = {
  type: 'string',
  optional: true,
  values: ['serial0', 'serial1', 'serial2', 'serial3'],
}
const command: Rule = {
  type: 'string',
  optional: true,
  values: ['ceph_install', 'login', 'upgrade'],
}
const shellRules = { node, cmd: command, 'cmd-opts': text }

export const terminalRoutes: readonly Route[] = [
  ...guestTypes.map(
    (type): Route => ({
      method: 'POST',
      path: `/nodes/{node}/${type}/{vmid}/termproxy`,
      access: 'VM.Console /vms/{vmid}',
      rules: type === 'qemu' ? { node, vmid, serial } : { node, vmid },
      run: (call) => guestTerminal(call, type),
    }),
  ),
  {
    method: 'POST',
    path: '/nodes/{node}/termproxy',
    access: 'Sys.Console /nodes/{node}',
    rules: shellRules,
    run: nodeTerminal,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/vncshell',
    access: 'Sys.Console /nodes/{node}',
    rules: { ...shellRules, websocket: flag, width, height },
    run: vncshell,
  },
]

function guestTerminal(call: Call, type: GuestType): Data {
  const guest = findGuest(call, type)
  const id = String(guest.vmid)
  const home = () => guest.node
  return termproxy(call, `/vms/${id}`, { type: 'vncproxy', id, home }, () => ({
    terminal: guest.openTerminal(call.params.serial),
    onInput: (bytes) => guest.noteInput(bytes),
    onSize: (columns, rows) => guest.noteSize(columns, rows),
  }))
}

function nodeTerminal(call: Call): Data {
  refuseCommands(call)
  const terminal = new OwnTerminal(nodeProgram(call))
  const path = `/nodes/${nodeOf(call)}`
  const home = () => nodeOf(call)
  return termproxy(call, path, { type: 'vncshell', id: '', home }, () => ({ terminal }))
}

function termproxy(
  call: Call,
  path: string,
  kind: { type: string; id: string; home: () => string },
  open: () => Pick<TermproxyOptions, 'terminal' | 'onInput' | 'onSize'>,
): Data {
  const { world, userid } = call
  const { home } = kind
  const port = world.desk.reserve(call.node)
  const ticket = world.office.terminal(userid, path, port)
  const task = world.tasks.begin(call.node, kind.type, kind.id, userid)
  const accept = (user: string, given: string) =>
    user === userid && acceptsTicket(call, path, port, ticket, given)
  const connect: OpenBackend = async (_, events) =>
    new Termproxy(
      {
        ...open(),
        accept,
        refusalMs: world.settings.authFailureDelayMs,
        waitForLine: (giveUp) => world.clock.after(lineWaitMs, giveUp),
      },
      events,
    )
  world.desk.listen({
    ...{ node: call.node, vmid: kind.id === '' ? undefined : Number(kind.id), userid, port, task },
    ...{ home, password: '', open: connect, waitMs: proxyWaitMs, keepsPort: false },
  })
  return data({ user: userid, ticket, port: String(port), upid: task.upid })
}

/** Before April 2026 any ticket of that user would do, since then only the one just issued. */
function acceptsTicket(call: Call, path: string, port: number, issued: string, given: string) {
  const { office, options } = call.world
  if (options.generation === 'since-2026-04') {
    return given === issued && office.isVnc(given, call.userid, path, port)
  }
  return office.isVnc(given, call.userid, path, port) || office.loginUser(given) === call.userid
}

function vncshell(call: Call): Data {
  const { world, userid, params } = call
  refuseCommands(call)
  if (params.websocket !== '1') return notDoneYet(call)
  const port = world.desk.reserve(call.node)
  const path = `/nodes/${nodeOf(call)}`
  const { ticket, password } = world.office.vnc(userid, path, port, false)
  const task = world.tasks.begin(call.node, 'vncshell', '', userid)
  const screen = terminalScreen(port, [], sizeOf(call))
  world.desk.listen({
    ...{ node: call.node, vmid: undefined, userid, port, password, task },
    home: () => nodeOf(call),
    open: async (secret, events) => new RfbServer(screen, secret, false, events),
    ...{ waitMs: terminalWaitMs, idle: vnctermIdle, keepsPort: true },
  })
  const shown = world.options.generation === 'since-2026-04' ? { password } : {}
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

/** Root gets a shell, everybody else has to sign in once more. */
function nodeProgram(call: Call): Program {
  const { world, userid } = call
  const name = nodeOf(call)
  const prompt = `root@${name}:~# `
  if (!world.shells) return echoProgram(world.home)
  if (userid === 'root@pam') return shellProgram(prompt, world.home)
  const password = world.book.find('root@pam')?.password ?? ''
  return loginProgram(name, password, prompt, world.home)
}

/** Other commands than a login are for root only, and the lab has none; PVE 7 has none for other realms than pam. */
function refuseCommands(call: Call): void {
  const { cmd = 'login' } = call.params
  if (major(call.world) < 8 && !call.userid.endsWith('@pam')) {
    throw new ApiError(403, 'Permission check failed (realm != pam)')
  }
  if (cmd === 'login') return
  if (call.userid !== 'root@pam') {
    throw new ApiError(403, 'Permission check failed (user != root@pam)')
  }
  notDoneYet(call)
}
