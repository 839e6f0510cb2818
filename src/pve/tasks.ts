/** Tasks: what PVE makes of every power action and of every console. */
import { Failure } from '../errors.ts'
import { apiPath, get, type Identity, PveRefusal } from './call.ts'
import type { Host } from './host.ts'
import { TaskLog, TaskStatus, UPID } from './schemas.ts'

/** Lines of a task's log that are asked for; the rest can be read in PVE itself. */
const LOG_LINES = '500'

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
