/** Sign-ins whose clock stands still, on hosts that answer from memory. */
import { Failure } from '../../src/errors.ts'
import { type Identity, PveRefusal } from '../../src/pve/call.ts'
import type { HostAnswer } from '../../src/pve/host.ts'
import { SignIn } from '../../src/session/sign-in.ts'
import { FakeHost, no, ticketFor } from '../pve/fake-host.ts'
import { FakeClock, settle } from './fake-clock.ts'

export const MINUTE = 60_000
export const HALF_LIFE = 60 * MINUTE
export const USER = 'anna@pam'

export function makeSignIn(host: FakeHost, random = 0) {
  const clock = new FakeClock()
  const lost: SignIn[] = []
  const identity: Identity = { ticket: 'ticket-0', csrf: 'csrf-0' }
  const signIn = new SignIn(host, USER, identity, {
    clock,
    random: () => random,
    onLost: (who) => lost.push(who),
  })
  return { clock, lost, signIn }
}

/** A host that renews every ticket with the next. */
export function renewing(): FakeHost {
  let count = 0
  return new FakeHost('home', () => ticketFor(USER, `ticket-${++count}`))
}

/** The second in which tickets of these tests were signed. */
export const HEX = '662A1B2C'

/** A ticket that has lived for `age` ms already when it comes, by its host's clock. */
export function agedTicket(ticket: string, age: number): HostAnswer {
  const date = new Date(Number.parseInt(HEX, 16) * 1000 + age).toUTCString()
  return { ...ticketFor(USER, ticket), date }
}

export const ticketOf = (signIn: SignIn): Promise<string> =>
  signIn.use(async ({ ticket }) => ticket)
export const refused = (): HostAnswer => no(401, 'authentication failure')
export const unreachable = (): never => {
  throw new Failure('host_unreachable')
}
export const unauthorized = (reason = 'No ticket') => new PveRefusal(401, reason)
export const code = (wanted: string) => (error: unknown) =>
  error instanceof Failure && error.code === wanted

/** Moves the clock and lets what it started come to its end. */
export async function pass(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms)
  await settle()
}
