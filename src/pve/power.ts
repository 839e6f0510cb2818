/** Power actions, and the tasks that PVE makes of them. */
import { Failure } from '../errors.ts'
import type { GuestPlace } from './api.ts'
import { apiPath, get, type Identity, PveRefusal, post } from './call.ts'
import type { Host } from './host.ts'
import { TaskLog, TaskStatus, UPID, Upid } from './schemas.ts'

/** Lines of a task's log that are asked for; the rest can be read in PVE itself. */
const LOG_LINES = '500'

/**
 * Starts a power action and returns the name of its task, which PVE runs by itself.
 *
 * Throws Failure wrong_state where PVE says at once that the guest's state forbids it, and PveRefusal.
 */
export async function startPowerAction(
  host: Host,
  identity: Identity,
  { node, type, vmid }: GuestPlace,
  action: string,
): Promise<string> {
  try {
    const path = apiPath('nodes', node, type, vmid, 'status', action)
    const { data } = await post(host, { path, identity, answer: Upid })
    return data
  } catch (error) {
    const state = /already running|not running|is paused/
    if (error instanceof PveRefusal && error.status === 500 && state.test(error.reason)) {
      throw new Failure('wrong_state', { cause: error })
    }
    throw error
  }
}

export interface TaskState {
  readonly state: 'running' | 'ok' | 'failed'
  /** How it ended, in PVE's words. */
  readonly status?: string
  readonly log: string[]
}

/**
 * A task and its log. Throws Failure no_such_task for a name that is none, for a task that PVE does not
 * know, and for one of another user.
 */
export async function readTask(host: Host, identity: Identity, upid: string): Promise<TaskState> {
  const node = UPID.exec(upid)?.[1]
  if (node === undefined) throw new Failure('no_such_task')
  const task = (what: string) => apiPath('nodes', node, 'tasks', upid, what)
  try {
    const [status, log] = await Promise.all([
      get(host, { path: task('status'), identity, answer: TaskStatus }),
      get(host, { path: task('log'), identity, parameters: { limit: LOG_LINES }, answer: TaskLog }),
    ])
    const { exitstatus } = status.data
    return {
      state: stateOf(status.data.status, exitstatus),
      ...(exitstatus === undefined ? {} : { status: exitstatus }),
      log: log.data.map(({ t }) => t),
    }
  } catch (error) {
    const unknown = error instanceof PveRefusal && (error.status === 400 || error.status === 403)
    throw unknown ? new Failure('no_such_task', { cause: error }) : error
  }
}

/** A task that ended with warnings has done its work. */
function stateOf(status: 'running' | 'stopped', exit = ''): TaskState['state'] {
  if (status === 'running') return 'running'
  return exit === 'OK' || exit.startsWith('WARNINGS') ? 'ok' : 'failed'
}
