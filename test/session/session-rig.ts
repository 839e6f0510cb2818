/** Sessions whose clock stands still, with sign-ins that hold the ticket "t". */
import { Failure, type FailureCode } from '../../src/errors.ts'
import { type OpenConsole, type Session, Sessions } from '../../src/session/sessions.ts'
import { SignIn } from '../../src/session/sign-in.ts'
import { FakeHost } from '../pve/fake-host.ts'
import { FakeClock } from './fake-clock.ts'

export const HOUR = 3_600_000
export const LIMITS = { idle: 2 * HOUR, max: 24 * HOUR, sessions: 5 }
export const DEVICE = { client: '192.0.2.7', browser: 'Firefox 140, Linux' }

export class FakeConsole implements OpenConsole {
  readonly id = 'x'
  readonly host: string
  readonly ends: FailureCode[] = []

  constructor(host = 'home') {
    this.host = host
  }

  end(code: FailureCode): void {
    this.ends.push(code)
  }
}

export function setUp(limits: Partial<typeof LIMITS> = {}) {
  const clock = new FakeClock()
  const sessions = new Sessions(clock, { ...LIMITS, ...limits })
  const enter = (existing: Session | null = null, key = 'home', user = 'anna@pam') => {
    const options = { clock, random: () => 0.5, onLost() {} }
    const identity = { ticket: 't', csrf: 'c' }
    const signIn = new SignIn(new FakeHost(key), user, identity, options)
    return sessions.signIn(existing, signIn, DEVICE)
  }
  const open = (session: Session, host = 'home'): FakeConsole => {
    const console = new FakeConsole(host)
    sessions.addConsole(session, console)
    return console
  }
  return { clock, sessions, enter, open }
}

export const isFailure = (code: FailureCode) => (error: unknown) =>
  error instanceof Failure && error.code === code

/** Whether a sign-in still holds its ticket. */
export async function isAlive(signIn: SignIn | undefined): Promise<boolean> {
  return (await signIn?.use(async ({ ticket }) => ticket).catch(() => '')) === 't'
}
