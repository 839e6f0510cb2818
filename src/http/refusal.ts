import { Failure, type FailureCode } from '../errors.ts'
import { PveRefusal } from '../pve/call.ts'
import type { PortEnd } from '../relay/port.ts'
import { HandshakeCut } from '../rfb/run-handshake.ts'
import { RfbError } from '../rfb/security.ts'
import { SignOnCut, SignOnError } from '../terminal/sign-on.ts'

/** What PVE's refusals mean (PVE 7 to 9); the first that fits counts. */
const MEANINGS: readonly (readonly [status: number, words: RegExp, code: FailureCode])[] = [
  [401, /PVEVNC/, 'pve_error'],
  [401, /./, 'session_expired'],
  [403, /./, 'forbidden'],
  [500, /^Configuration file .* does not exist/, 'no_such_guest'],
  [500, /not running/, 'guest_not_running'],
  [500, /is locked/, 'guest_locked'],
  [500, /^hostname lookup /, 'no_such_node'],
]

/** How PVE's side ended: by breaking the protocol, or without a word. */
export function endToFailure(end: PortEnd): Failure {
  return new Failure(end.code === 1002 ? 'pve_error' : 'pve_closed', { cause: end.error })
}

/** An error on the way to a console as a failure that can be told; what is not known stays as it is. */
export function refusalToFailure(error: unknown): unknown {
  if (error instanceof PveRefusal) {
    const meaning = MEANINGS.find(
      ([status, words]) => status === error.status && words.test(error.reason),
    )
    return new Failure(meaning?.[2] ?? 'pve_error', { cause: error })
  }
  if (error instanceof RfbError) return new Failure('rfb_failed', { cause: error })
  if (error instanceof SignOnError) return new Failure('pve_error', { cause: error })
  if (error instanceof HandshakeCut || error instanceof SignOnCut) return endToFailure(error.end)
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new Failure('host_timeout', { cause: error })
  }
  return error
}
