/** The stable codes that a page may meet: those of close frames, and those of problem bodies alone. */
import * as v from 'valibot'

/**
 * Why a console socket was closed: the reason string beside the close code.
 * `internal` is followed by a space and the id under which the log tells more.
 */
export const CloseReason = v.picklist([
  'ended',
  'taken_over',
  'restarting',
  'binary_only',
  'too_fast',
  'message_too_big',
  'bad_request',
  'not_signed_in',
  'session_expired',
  'signed_out',
  'forbidden',
  'no_such_guest',
  'no_such_node',
  'no_such_host',
  'no_such_console',
  'guest_not_running',
  'guest_locked',
  'guest_moved',
  'too_many_consoles',
  'host_untrusted',
  'certificate_changed',
  'internal',
  'pve_error',
  'not_pve',
  'pve_closed',
  'rfb_failed',
  'no_quorum',
  'ports_exhausted',
  'pve_idle_limit',
  'node_unreachable',
  'host_unreachable',
  'gateway_down',
  'host_timeout',
  'gateway_timeout',
  'too_slow',
  'pve_too_slow',
])
export type CloseReason = v.InferOutput<typeof CloseReason>

/** The codes of problem bodies that are no close reason. */
export const ProblemCode = v.picklist([
  'cross_origin',
  'insecure_http',
  'login_failed',
  'method_not_allowed',
  'no_such_task',
  'not_found',
  'too_large',
  'too_many_logins',
  'too_many_streams',
  'unknown_host',
  'unsupported_media_type',
  'wrong_state',
  'challenge_expired',
  'openid_expired',
  'openid_unavailable',
])
export type ProblemCode = v.InferOutput<typeof ProblemCode>
