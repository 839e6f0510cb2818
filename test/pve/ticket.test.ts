import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TICKET_LIFE, ticketLife } from '../../src/pve/ticket.ts'

const SIGNED = 0x662a1b2c * 1000
const TICKET = 'PVE:anna@pam:662A1B2C::c2lnbmF0dXJl'
const dateAfter = (ms: number): string => new Date(SIGNED + ms).toUTCString()

describe('what is left of a ticket', () => {
  const table: [what: string, ticket: string, date: string | null, left: number][] = [
    ['that was signed just now', TICKET, dateAfter(0), TICKET_LIFE],
    ['a second ago', TICKET, dateAfter(1000), TICKET_LIFE - 1000],
    ['an hour ago', TICKET, dateAfter(3_600_000), 3_600_000],
    ['almost two hours ago', TICKET, dateAfter(7_140_000), 60_000],
    ['whose user has odd characters', 'PVE:o%3Ad;d@pve:662A1B2C::x', dateAfter(7_140_000), 60_000],
    ['by a clock that is ahead of its own', TICKET, dateAfter(-250_000), TICKET_LIFE],
    ['by a proxy whose clock is hours ahead', TICKET, dateAfter(9_000_000), TICKET_LIFE],
    ['by a proxy whose clock is just so far ahead', TICKET, dateAfter(7_195_000), TICKET_LIFE],
    ['without a date', TICKET, null, TICKET_LIFE],
    ['with a date that is none', TICKET, 'yesterday', TICKET_LIFE],
    ['that says no time', 'PVE:anna@pam::x', dateAfter(3_600_000), TICKET_LIFE],
    ['of another form', 'opaque', dateAfter(3_600_000), TICKET_LIFE],
  ]
  for (const [what, ticket, date, left] of table) {
    test(what, () => assert.equal(ticketLife(ticket, date), left))
  }
})
