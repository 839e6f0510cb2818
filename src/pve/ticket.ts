/** Login tickets as far as they are not opaque: since when, and for how long. */
import type { Identity, PveAnswer } from './call.ts'
import type { TicketAnswer } from './schemas.ts'

/** Milliseconds that a login ticket lives (PVE 7 to 9). */
export const TICKET_LIFE = 7_200_000
/** Milliseconds; where less seems to be left of a new ticket, one of the clocks is wrong, and not the ticket. */
const LEAST_LIFE = 10_000

/** Who calls from now on, by what a sign-in or a renewal has brought. */
export function identityOf({ data, date }: PveAnswer<TicketAnswer>): Identity {
  const { ticket, CSRFPreventionToken: csrf } = data
  return { ticket, csrf, life: ticketLife(ticket, date) }
}

/**
 * Milliseconds that a ticket which has just come lives on. It says in which second it was signed, by the
 * clock of its host, which the answer's Date header tells; ours may be set to anything.
 */
export function ticketLife(ticket: string, date: string | null): number {
  const signed = /^PVE:[^:]+:([0-9A-F]{8})::/.exec(ticket)?.[1]
  const age = Date.parse(date ?? '') - Number.parseInt(signed ?? '', 16) * 1000
  const left = TICKET_LIFE - age
  return left >= LEAST_LIFE && left < TICKET_LIFE ? left : TICKET_LIFE
}
