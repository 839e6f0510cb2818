/** Power actions. */
import { Failure } from '../errors.ts'
import type { GuestPlace } from './api.ts'
import { apiPath, type Identity, PveRefusal, post } from './call.ts'
import type { Host } from './host.ts'
import { Upid } from './schemas.ts'

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
    const state = /^(VM|CT) \d+ (already|not) running|^VM is paused/
    if (error instanceof PveRefusal && error.status === 500 && state.test(error.reason)) {
      throw new Failure('wrong_state', { cause: error })
    }
    throw error
  }
}
