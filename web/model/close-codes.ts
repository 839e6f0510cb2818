import type { CloseReason } from '../../src/http/contract.ts'

/** How a console socket closed: the WebSocket close code and its reason. */
export interface Close {
  readonly code: number
  readonly reason: string
}

/** What the page does after a close. Everything but `end` goes on without the person's doing. */
export type Next = 'retry' | 'host-down' | 'at-once' | 'sign-in' | 'wait-guest' | 'end'

/** Which ending it is: it decides the band's buttons. */
export type EndKind =
  | 'ended'
  | 'elsewhere'
  | 'forbidden'
  | 'gone'
  | 'no-screen'
  | 'untrusted'
  | 'full'
  | 'slow'
  | 'fault'

export interface Verdict {
  readonly next: Next
  readonly end: EndKind
  /** Which sentence of the texts explains it. */
  readonly sentence: CloseReason | 'lost'
  /** The log number after `internal`. */
  readonly id: string
  /** The browser was not told why: the session has to be asked. */
  readonly unexplained: boolean
}

interface Row {
  readonly next: Next
  readonly end: EndKind
  /** The first one stands for reasons that this page does not know yet. */
  readonly reasons: readonly [CloseReason, ...CloseReason[]]
}

const rows: Readonly<Record<number, Row>> = {
  1000: { next: 'end', end: 'ended', reasons: ['ended', 'taken_over'] },
  1001: { next: 'retry', end: 'fault', reasons: ['restarting'] },
  1003: { next: 'end', end: 'fault', reasons: ['binary_only'] },
  1008: { next: 'end', end: 'fault', reasons: ['too_fast'] },
  1009: { next: 'end', end: 'fault', reasons: ['message_too_big'] },
  4400: { next: 'end', end: 'fault', reasons: ['bad_request'] },
  4401: {
    next: 'sign-in',
    end: 'fault',
    reasons: ['not_signed_in', 'session_expired', 'signed_out'],
  },
  4403: { next: 'end', end: 'forbidden', reasons: ['forbidden'] },
  4404: {
    next: 'end',
    end: 'gone',
    reasons: ['no_such_guest', 'no_such_node', 'no_such_host', 'no_such_console'],
  },
  4409: { next: 'wait-guest', end: 'gone', reasons: ['guest_not_running', 'guest_locked'] },
  4410: { next: 'at-once', end: 'gone', reasons: ['guest_moved'] },
  4429: { next: 'end', end: 'full', reasons: ['too_many_consoles'] },
  4495: { next: 'end', end: 'untrusted', reasons: ['host_untrusted', 'certificate_changed'] },
  4500: { next: 'end', end: 'fault', reasons: ['internal'] },
  4502: {
    next: 'retry',
    end: 'fault',
    reasons: [
      'pve_error',
      'not_pve',
      'pve_closed',
      'rfb_failed',
      'no_quorum',
      'ports_exhausted',
      'pve_idle_limit',
    ],
  },
  4503: {
    next: 'host-down',
    end: 'fault',
    reasons: ['host_unreachable', 'node_unreachable', 'gateway_down'],
  },
  4504: { next: 'retry', end: 'fault', reasons: ['host_timeout', 'gateway_timeout'] },
  4507: { next: 'end', end: 'slow', reasons: ['too_slow', 'pve_too_slow'] },
}

/** Reasons that end in another way than the rest of their code. */
const ownEndings: Readonly<Partial<Record<CloseReason, EndKind>>> = {
  no_such_console: 'no-screen',
  taken_over: 'elsewhere',
}

/** Every close code of the contract. */
export const knownCodes: readonly number[] = Object.keys(rows).map(Number)

/** The reasons that stand under a code; none for a code that the server never sends. */
export function reasonsOf(code: number): readonly CloseReason[] {
  return rows[code]?.reasons ?? []
}

/**
 * What a close means. The code decides what to do, the reason which sentence is said. A code that
 * no server sends (1006 above all) is a cut line or a refused upgrade, so it is tried again.
 */
export function judge(close: Close): Verdict {
  const row = rows[close.code]
  if (!row) {
    return { next: 'retry', end: 'fault', sentence: 'lost', id: '', unexplained: true }
  }
  const [word = '', id = ''] = close.reason.split(' ')
  const sentence = row.reasons.find((reason) => reason === word) ?? row.reasons[0]
  const end = ownEndings[sentence] ?? row.end
  return { next: row.next, end, sentence, id, unexplained: false }
}
