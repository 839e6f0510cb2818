/** Power actions on guests, and the tasks that carry them out. */
import type { Handler } from 'hono'
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { type GuestPlace, readStatus } from '../pve/api.ts'
import { PveRefusal } from '../pve/call.ts'
import { startPowerAction } from '../pve/power.ts'
import { readTask } from '../pve/tasks.ts'
import type { SignIn } from '../session/sign-in.ts'
import { type PowerAction, type PowerAnswer, PowerRequest, type Task } from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { requireSignIn } from './guard.ts'
import { param, readBody, vmidParam } from './input.ts'

/** Milliseconds in which the same action of the same person is the same click. */
const SAME_CLICK = 2000

/** Answers 202 with the task; a second click gets the first one's. */
export function power(deps: Deps): Handler<Env> {
  const clicks = new Map<string, { readonly action: PowerAction; readonly task: Promise<string> }>()
  return async (c) => {
    const host = param(c, 'host')
    const signIn = requireSignIn(c, deps, host)
    const vmid = vmidParam(c)
    const { action } = await readBody(c, PowerRequest)
    const guest = `${host}/${signIn.user}/${vmid}`
    let click = clicks.get(guest)
    if (click?.action !== action) {
      click = { action, task: start(signIn, vmid, action) }
      clicks.set(guest, click)
      forgetLater(clicks, guest, click, deps.clock)
      const client = c.get('facts').client
      deps.audit.note('power_action', { host, vmid, action, user: signIn.user, client })
    }
    deps.lists.of(signIn).hurry()
    const body: PowerAnswer = { task: await click.task }
    return c.json(body, 202)
  }
}

/** A click is forgotten after a while, and one that PVE refused at once: the next is another try. */
function forgetLater<T extends { readonly task: Promise<string> }>(
  clicks: Map<string, T>,
  guest: string,
  click: T,
  clock: Clock,
): void {
  const forget = (): void => {
    if (clicks.get(guest) === click) clicks.delete(guest)
  }
  clock.schedule(forget, SAME_CLICK)
  // Who asked is told of the refusal; here it only counts that there was one.
  click.task.catch(forget)
}

function start(signIn: SignIn, vmid: number, action: PowerAction): Promise<string> {
  return signIn.inventory.at(vmid, (place) => startAt(signIn, place, action))
}

async function startAt(signIn: SignIn, place: GuestPlace, action: PowerAction): Promise<string> {
  if (action === 'reset' && place.type === 'lxc') {
    throw new Failure('bad_request', { detail: 'A container has no reset; reboot it.' })
  }
  if (action === 'start') await requireStopped(signIn, place)
  try {
    return await signIn.use((identity) => startPowerAction(signIn.host, identity, place, action))
  } catch (error) {
    if (!(error instanceof PveRefusal) || error.status !== 403) throw error
    const hint = 'Ask for the privilege VM.PowerMgmt on the guest.'
    throw new Failure('forbidden', { hint, cause: error })
  }
}

/** PVE starts a running VM just as well, and only the task's log says that it did not. */
async function requireStopped(signIn: SignIn, place: GuestPlace): Promise<void> {
  try {
    const status = await signIn.use((identity) => readStatus(signIn.host, identity, place))
    if (status.status === 'running') throw new Failure('wrong_state')
  } catch (error) {
    // VM.PowerMgmt without VM.Audit: it may be started, only its state may not be known.
    if (!(error instanceof PveRefusal) || error.status !== 403) throw error
  }
}

export function showTask(deps: Deps): Handler<Env> {
  return async (c) => {
    const signIn = requireSignIn(c, deps, param(c, 'host'))
    const upid = param(c, 'upid')
    const task: Task = await signIn.use((identity) => readTask(signIn.host, identity, upid))
    return c.json(task)
  }
}
