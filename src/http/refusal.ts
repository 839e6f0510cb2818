import { isTimeout } from '../clock.ts'
import { Failure, type FailureCode } from '../errors.ts'
import { PveRefusal } from '../pve/call.ts'
import { isElsewhere, isNodeAway } from '../pve/find-guest.ts'
import type { PortEnd } from '../relay/port.ts'
import { HandshakeCut } from '../rfb/run-handshake.ts'
import { RfbError } from '../rfb/security.ts'
import { SignOnCut, SignOnError } from '../terminal/sign-on.ts'

/** What PVE's refusals mean (PVE 7 to 9); the first that fits counts. An answer may have no words at all. */
const MEANINGS: readonly (readonly [status: number, words: RegExp, code: FailureCode])[] = [
  [401, /PVEVNC/, 'pve_error'],
  [401, /^/, 'session_expired'],
  [403, /^/, 'forbidden'],
  [500, /^(VM|CT) \d+ not running/, 'guest_not_running'],
  [500, /^(VM|CT) is locked/, 'guest_locked'],
  [500, /^hostname lookup /, 'no_such_node'],
  [500, /no quorum/, 'no_quorum'],
  [500, /^unable to find free port/, 'ports_exhausted'],
  [500, /^Timeout while waiting for port/, 'host_timeout'],
]

/** The privilege that is missing, as PVE names it: nothing else of its words is shown. */
const MISSING =
  /\((\/(?:vms\/\d{3,9}|nodes\/[A-Za-z0-9-]{1,63})?), ([A-Z][A-Za-z]{1,20}(?:\.[A-Z][A-Za-z]{1,20}){1,2})\)/

function meaningOf(refusal: PveRefusal): Failure {
  const { status, reason } = refusal
  const meaning = MEANINGS.find(([code, words]) => code === status && words.test(reason))
  const [, path, privilege] = (status === 403 && MISSING.exec(reason)) || []
  const known = isElsewhere(refusal) ? 'no_such_guest' : isNodeAway(refusal) && 'node_unreachable'
  return new Failure(known || (meaning?.[2] ?? 'pve_error'), {
    cause: refusal,
    ...(privilege ? { hint: `Ask for the privilege ${privilege} on ${path}.` } : {}),
  })
}

/** How PVE's side ended: by breaking the protocol, or without a word. */
export function endToFailure(end: PortEnd): Failure {
  return new Failure(end.code === 1002 ? 'pve_error' : 'pve_closed', { cause: end.error })
}

/** An error on the way to a console as a failure that can be told; what is not known stays as it is. */
export function refusalToFailure(error: unknown): unknown {
  if (error instanceof PveRefusal) return meaningOf(error)
  if (error instanceof RfbError) return new Failure('rfb_failed', { cause: error })
  if (error instanceof SignOnError) return new Failure('pve_error', { cause: error })
  if (error instanceof HandshakeCut || error instanceof SignOnCut) return endToFailure(error.end)
  if (isTimeout(error)) return new Failure('host_timeout', { cause: error })
  return error
}
