/** Finding out why a console ended. */
import { Failure } from '../errors.ts'
import { readStatus } from '../pve/api.ts'
import type { PortEnd } from '../relay/port.ts'
import type { RelayEnd } from '../relay/relay.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { LiveConsole } from './live-console.ts'
import { endToFailure, refusalToFailure } from './refusal.ts'

/**
 * The person's sign-in at this moment: it is another one after they signed in again.
 * Throws Failure signed_out when there is none.
 */
export type CurrentSignIn = () => SignIn

/** Ends a console whose relay is over, with what the browser is to be told. Never throws. */
export async function finish(
  console: LiveConsole,
  signIn: CurrentSignIn,
  end: RelayEnd,
): Promise<void> {
  if (end.by === 'browser') leave(console, end.end)
  else if (end.by === 'text') console.end('binary_only')
  else if (end.by === 'flood') console.end('too_fast')
  else if (end.by === 'stall') console.end(end.side === 'browser' ? 'too_slow' : 'pve_too_slow')
  else {
    console.fail(await explain(endToFailure(end.end), signIn, console))
  }
}

/** A browser that went, or one whose bytes broke something in here. */
export function leave(console: LiveConsole, end: PortEnd): void {
  if (end.error === undefined) console.left()
  else console.fail(end.error)
}

/**
 * The failure to tell. PVE ends every console without a word, so where it was PVE that ended it, the
 * guest's state is asked for: not running, locked, moved and gone each explain it.
 */
export async function explain(
  error: unknown,
  current: CurrentSignIn,
  console: LiveConsole,
): Promise<unknown> {
  const failure = refusalToFailure(error)
  if (!(failure instanceof Failure) || failure.code !== 'pve_closed') return failure
  try {
    const signIn = current()
    const { vmid } = console.target
    if (vmid === undefined) return ended(failure, console)
    const now = await signIn.inventory.locate(vmid, true)
    if (now.node !== console.place?.node) return new Failure('guest_moved', { cause: error })
    const status = await signIn.use((identity) => readStatus(signIn.host, identity, now))
    if (status.status !== 'running') return new Failure('guest_not_running', { cause: error })
    if (status.lock) return new Failure('guest_locked', { cause: error })
    return ended(failure, console)
  } catch (unknown) {
    const reason = refusalToFailure(unknown)
    // Only what is certain replaces what was seen: PVE closed it.
    const certain = reason instanceof Failure && CERTAIN.includes(reason.code)
    return certain ? reason : failure
  }
}

/** A terminal that was there, and whose guest is well, has ended because its shell has. */
function ended(failure: Failure, { target, live }: LiveConsole): Failure {
  const hasEnded = target.kind === 'terminal' && live
  return hasEnded ? new Failure('ended', { cause: failure }) : failure
}

const CERTAIN: readonly string[] = ['no_such_guest', 'session_expired', 'host_unreachable']
