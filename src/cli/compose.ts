import { createAudit } from '../audit.ts'
import { systemClock } from '../clock.ts'
import { AppMetrics } from '../http/app-metrics.ts'
import { Assets } from '../http/assets.ts'
import { ConsoleCounts } from '../http/console-counts.ts'
import type { Deps } from '../http/deps.ts'
import { EventStreams } from '../http/events.ts'
import { LiveLists } from '../http/live-list.ts'
import { Turns } from '../http/turns.ts'
import { UntrustedProxies } from '../http/untrusted-proxies.ts'
import type { Log } from '../log.ts'
import type { Hosts } from '../pve/hosts.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Challenges } from '../session/challenges.ts'
import { LoginLimits } from '../session/login-limits.ts'
import { createOpenIdFlows } from '../session/openid-flows.ts'
import { Sessions } from '../session/sessions.ts'
import { TokenSigner } from '../session/token.ts'
import type { CurrentConfig } from './current-config.ts'
import { readBuild } from './version.ts'

export interface Parts {
  readonly current: CurrentConfig
  readonly hosts: Hosts
  readonly runtime: Runtime
  readonly log: Log
  /** Holds the built web app. */
  readonly assetDirectory: string
  readonly stopping: () => boolean
  readonly howToConfirm: Deps['howToConfirm']
}

/** What the HTTP application is made of; it follows the configuration where that changes. */
export function compose(parts: Parts): Deps {
  const { current, hosts, runtime, log, assetDirectory, stopping, howToConfirm } = parts
  const clock = systemClock
  const audit = createAudit({
    ...{ to: current.config.log.audit, log, clock, writeError: runtime.writeError },
    append: runtime.appendText,
  })
  const sessions = new Sessions(clock, current.sessionLimits)
  const build = readBuild(runtime, assetDirectory)
  const metrics = new AppMetrics({ hosts, sessions, clock, usage: runtime.usage, build })
  metrics.watchLag(clock)
  return {
    ...{ audit, metrics, sessions, hosts, runtime, clock, log, stopping, howToConfirm },
    config: current.live,
    random: Math.random,
    signer: new TokenSigner(clock),
    challenges: new Challenges(clock),
    openIdFlows: createOpenIdFlows(clock),
    logins: new LoginLimits(current.limits, clock),
    counts: new ConsoleCounts(current.limits),
    turns: new Turns(),
    untrustedProxies: new UntrustedProxies(log),
    lists: new LiveLists(clock, log),
    streams: new EventStreams(),
    assets: loadAssets(current, runtime, assetDirectory),
  }
}

/** The web app for the sub-path that it is reached below now. */
export function loadAssets(current: CurrentConfig, runtime: Runtime, directory: string): Assets {
  return Assets.load(directory, current.config.publicUrl?.path ?? '', runtime)
}
