import type { Audit } from '../audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../log.ts'
import type { Hosts } from '../pve/hosts.ts'
import type { RequestContext, Runtime } from '../runtime/runtime.ts'
import type { Challenges } from '../session/challenges.ts'
import type { LoginLimits } from '../session/login-limits.ts'
import type { OpenIdFlows } from '../session/openid-flows.ts'
import type { Session, Sessions } from '../session/sessions.ts'
import type { TokenSigner } from '../session/token.ts'
import type { AppMetrics } from './app-metrics.ts'
import type { Assets } from './assets.ts'
import type { ConsoleCounts } from './console-counts.ts'
import type { EventStreams } from './events.ts'
import type { LiveLists } from './live-list.ts'
import type { RequestFacts } from './request-facts.ts'
import type { Turns } from './turns.ts'
import type { UntrustedProxies } from './untrusted-proxies.ts'

/** What the HTTP application is made of; put together in one place, by `serve`. */
export interface Deps {
  readonly config: Config
  readonly runtime: Pick<Runtime, 'dial' | 'machineName'>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly audit: Audit
  readonly metrics: AppMetrics
  readonly hosts: Hosts
  readonly sessions: Sessions
  readonly signer: TokenSigner
  readonly challenges: Challenges
  readonly openIdFlows: OpenIdFlows
  readonly logins: LoginLimits
  readonly counts: ConsoleCounts
  readonly turns: Turns
  readonly untrustedProxies: UntrustedProxies
  readonly lists: LiveLists
  readonly streams: EventStreams
  readonly assets: Assets
  /** What an administrator types to confirm a host's certificate, and as whom. */
  readonly howToConfirm: (host: string) => { readonly command: string; readonly user: string }
  /** True once the process has been told to stop. */
  readonly stopping: () => boolean
}

/** Hono's environment: what every handler finds in its context. */
export interface Env {
  Bindings: RequestContext
  Variables: {
    facts: RequestFacts
    /** The asker's session, where there is one that lives. */
    session: Session | null
    /** Its name when the request came; a sign-in that is answered meanwhile gives it another. */
    sid: string | null
    /** The cookie was signed by this process, whether or not its session lives. */
    known: boolean
  }
}
