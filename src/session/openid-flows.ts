/** People who have been sent to an identity provider and are waited for. */
import type { Clock } from '../clock.ts'
import type { Host } from '../pve/host.ts'
import type { Place } from '../pve/http-client.ts'
import type { LoginAttempt } from './login-limits.ts'
import { Waiting } from './waiting.ts'

/** As long as PVE waits (PVE 7 to 9), and a thousand of everybody. */
const LIMITS = { lifetime: 600_000, most: 1000 }

export interface OpenIdFlow {
  readonly host: Host
  readonly realm: string
  /** Where on the host it began, and where alone it can be finished. */
  readonly place: Place
  /** The address that the provider sends people back to; PVE wants to hear the same one twice. */
  readonly redirect: string
  /** How it counts against the limits of sign-ins, from its beginning to its end. */
  readonly attempt: LoginAttempt
}

/** By the state that the provider sends back with a person. */
export type OpenIdFlows = Waiting<OpenIdFlow>

export function createOpenIdFlows(clock: Pick<Clock, 'monotonic'>): OpenIdFlows {
  return new Waiting(clock, LIMITS)
}
