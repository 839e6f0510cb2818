/** Power actions: each is a task that takes effect a moment after the answer. */
import { pause } from './clock.ts'
import type { Guest } from './guest.ts'
import { type Call, type Data, data, notDoneYet, type Route } from './route.ts'
import { type GuestType, guestHere, noConfiguration, nodeOf } from './routes-guest.ts'
import {
  ApiError,
  count,
  flag,
  node,
  type Rules,
  rootFlag,
  rootText,
  text,
  vmid,
} from './schema.ts'
import type { Task } from './tasks.ts'

/** How long a shutdown waits for the guest when the call does not say, in seconds. */
const shutdownSeconds = 60

interface Action {
  readonly name: string
  readonly task: string
  readonly rules: Rules
  /** Refuses at once, before there is a task. */
  readonly refuse?: (guest: Guest, call: Call) => string | undefined
  /** What PVE says where the guest is not, and whether at once or as the failure of a task. */
  readonly absent: (call: Call) => Absence
  /** What the task does; it throws what the task fails with. */
  readonly work: (guest: Guest, call: Call) => Promise<void>
}

interface Absence {
  readonly says: string
  readonly atOnce: boolean
}

/** Reading the configuration is the task's first step. */
const unread =
  (type: GuestType) =>
  (call: Call): Absence => ({ says: noConfiguration(call, type), atOnce: false })
/** Whether a VM runs is asked for by the file of its configuration. */
const unfound =
  (atOnce: boolean) =>
  (call: Call): Absence => ({
    says: `unable to find configuration file for VM ${call.uri.vmid} on node '${nodeOf(call)}'`,
    atOnce,
  })
/** A container runs where it has processes, and nothing else is looked at. */
const idleHere = (call: Call): Absence => ({
  says: `CT ${call.uri.vmid} not running`,
  atOnce: true,
})

const notRunning = (guest: Guest) => (guest.running ? undefined : `${label(guest)} not running`)
const running = (guest: Guest) => (guest.running ? `${label(guest)} already running` : undefined)
const stop = (guest: Guest) => guest.stop()

const qemuActions: readonly Action[] = [
  {
    name: 'start',
    task: 'qmstart',
    absent: unread('qemu'),
    rules: {
      ...{ timeout: count, machine: text, skiplock: rootFlag, 'force-cpu': rootText },
      ...{ migratedfrom: rootText, stateuri: rootText, targetstorage: text },
    },
    work: async (guest) => {
      if (guest.running) throw new Error(`${label(guest)} already running`)
      guest.lock = undefined
      await guest.start()
    },
  },
  {
    name: 'stop',
    task: 'qmstop',
    absent: unfound(false),
    rules: {
      ...{
        timeout: count,
        keepActive: rootFlag,
        skiplock: rootFlag,
        'overrule-shutdown': { ...flag, since: 8 },
      },
      migratedfrom: rootText,
    },
    work: stop,
  },
  {
    name: 'shutdown',
    task: 'qmshutdown',
    absent: unfound(false),
    rules: { timeout: count, forceStop: flag, keepActive: rootFlag, skiplock: rootFlag },
    refuse: (guest, call) =>
      guest.qmpstatus === 'paused' && call.params.forceStop !== '1'
        ? 'VM is paused - cannot shutdown'
        : undefined,
    work: shutdown,
  },
  {
    name: 'reboot',
    task: 'qmreboot',
    absent: unfound(true),
    rules: { timeout: count },
    refuse: notRunning,
    work: async (guest, call) => {
      await shutdown(guest, call)
      await guest.start()
    },
  },
  {
    name: 'reset',
    task: 'qmreset',
    absent: unfound(true),
    rules: { skiplock: rootFlag },
    refuse: notRunning,
    work: (guest) => guest.reset(),
  },
  {
    name: 'suspend',
    task: 'qmpause',
    absent: unfound(true),
    rules: { skiplock: rootFlag, todisk: flag, statestorage: text },
    refuse: notRunning,
    work: (guest) => guest.freeze(true),
  },
  {
    name: 'resume',
    task: 'qmresume',
    absent: unfound(true),
    rules: { skiplock: rootFlag, nocheck: rootFlag },
    refuse: notRunning,
    work: (guest) => guest.freeze(false),
  },
]

const lxcActions: readonly Action[] = [
  {
    name: 'start',
    task: 'vzstart',
    absent: unread('lxc'),
    rules: { debug: flag, skiplock: rootFlag },
    refuse: running,
    work: (guest) => guest.start(),
  },
  {
    name: 'stop',
    task: 'vzstop',
    absent: idleHere,
    rules: { skiplock: rootFlag, 'overrule-shutdown': { ...flag, since: 8 } },
    refuse: notRunning,
    work: stop,
  },
  {
    name: 'shutdown',
    task: 'vzshutdown',
    absent: idleHere,
    rules: { timeout: count, forceStop: flag },
    refuse: notRunning,
    work: stop,
  },
  {
    name: 'reboot',
    task: 'vzreboot',
    absent: idleHere,
    rules: { timeout: count },
    refuse: notRunning,
    work: async (guest) => {
      await guest.stop()
      await guest.start()
    },
  },
]

export const powerRoutes: readonly Route[] = [
  ...qemuActions.map((action) => powerRoute('qemu', action)),
  ...lxcActions.map((action) => powerRoute('lxc', action)),
]

function powerRoute(type: GuestType, action: Action): Route {
  return {
    method: 'POST',
    path: `/nodes/{node}/${type}/{vmid}/status/${action.name}`,
    access: 'VM.PowerMgmt /vms/{vmid}',
    rules: { node, vmid, ...action.rules },
    run: (call) => begin(call, type, action),
  }
}

function begin(call: Call, type: GuestType, action: Action): Data {
  if (call.params.todisk === '1') return notDoneYet(call)
  const guest = guestHere(call, type)
  const absence = guest ? undefined : action.absent(call)
  if (action.name === 'start' && !call.world.settings.quorate) {
    throw new ApiError(500, 'cluster not ready - no quorum?')
  }
  const refusal = guest ? action.refuse?.(guest, call) : absence?.atOnce && absence.says
  if (refusal) throw new ApiError(500, refusal)
  const { tasks } = call.world
  const task = tasks.begin(nodeOf(call), action.task, call.uri.vmid ?? '', call.userid)
  if (guest) void work(call, action, guest, task)
  else tasks.finish(task, absence?.says ?? '')
  return data(task.upid)
}

async function work(call: Call, action: Action, guest: Guest, task: Task): Promise<void> {
  const { tasks, settings } = call.world
  await pause(settings.powerTaskMs)
  try {
    await action.work(guest, call)
    tasks.finish(task, 'OK')
  } catch (error) {
    tasks.finish(task, error instanceof Error ? error.message : String(error))
  }
}

async function shutdown(guest: Guest, call: Call): Promise<void> {
  const timeout = Number(call.params.timeout ?? shutdownSeconds) * 1000
  if (await guest.shutdown(timeout)) return
  if (call.params.forceStop !== '1') throw new Error('VM quit/powerdown failed - got timeout')
  await guest.stop()
}

function label(guest: Guest): string {
  return `${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}`
}
