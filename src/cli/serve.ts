/** The server, put together. */
import { createAudit } from '../audit.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { createApp } from '../http/app.ts'
import { AppMetrics } from '../http/app-metrics.ts'
import { Assets } from '../http/assets.ts'
import { ConsoleCounts } from '../http/console-counts.ts'
import type { Deps } from '../http/deps.ts'
import { EventStreams } from '../http/events.ts'
import { LiveLists } from '../http/live-list.ts'
import { Turns } from '../http/turns.ts'
import { UntrustedProxies } from '../http/untrusted-proxies.ts'
import { createLog, describeError, type Log } from '../log.ts'
import type { Host } from '../pve/host.ts'
import { Hosts } from '../pve/hosts.ts'
import type { ListenAddress, Listener, Runtime } from '../runtime/runtime.ts'
import { Challenges } from '../session/challenges.ts'
import { LoginLimits } from '../session/login-limits.ts'
import { createOpenIdFlows } from '../session/openid-flows.ts'
import { Sessions } from '../session/sessions.ts'
import { TokenSigner } from '../session/token.ts'
import type { ServeArguments } from './arguments.ts'
import { bannerText, untrustedText } from './banner.ts'
import { createHosts } from './create-hosts.ts'
import { findConfigFile } from './find-config.ts'
import { type KeyPairText, readKeyPair } from './key-pair.ts'
import { KnownHostsFile, stateDirectory } from './state-dir.ts'
import { askAboutUnknown } from './trust.ts'
import { readBuild } from './version.ts'

/** Milliseconds for consoles to be told and requests to end, of the five seconds that a stop may take. */
const STOP_DEADLINE = 3000

/**
 * Reads the configuration and serves until a signal says stop; resolves with the exit code.
 *
 * `assetDirectory` holds the built web app. Throws ConfigError before anything listens.
 */
export async function serve(
  args: ServeArguments,
  runtime: Runtime,
  assetDirectory: string,
): Promise<number> {
  const { config, warnings } = loadConfig({
    file: findConfigFile(args.config, runtime),
    ...(args.listen === undefined ? {} : { listen: args.listen }),
    hosts: args.hosts,
  })
  const log = createLog(config.log, runtime.writeError, systemClock)
  for (const warning of warnings) log.warn(warning)
  runtime.onUncaught((error) =>
    log.error('an error nobody caught', { error: describeError(error) }),
  )
  const directory = stateDirectory(config, runtime)
  const known = new KnownHostsFile(directory, runtime, log)
  const tls = await readKeyPair(config, directory, runtime, systemClock)
  if (runtime.isTerminal) await askAboutUnknown(config, known, runtime)
  let stopping = false
  const hosts = createHosts(config, known, runtime, systemClock)
  const deps = compose(config, hosts, runtime, log, assetDirectory, () => stopping)
  runtime.onUncaught(() => deps.metrics.uncaught())
  const listener = await listen(config, tls, deps, runtime)
  runtime.writeOut(bannerText(config, listener.address, tls))
  void announceUntrusted(deps.hosts, args, runtime)
  // Without a handler it would end the process.
  runtime.onSignal('SIGHUP', () => log.warn('a changed configuration takes a restart'))
  await stopSignal(runtime)
  stopping = true
  log.info('stopping')
  await stop(listener, deps)
  return 0
}

function compose(
  config: Config,
  hosts: readonly Host[],
  runtime: Runtime,
  log: Log,
  assetDirectory: string,
  stopping: () => boolean,
): Deps {
  const clock: Clock = systemClock
  const audit = createAudit({
    ...{ to: config.log.audit, log, clock, writeError: runtime.writeError },
    append: runtime.appendText,
  })
  const sessions = new Sessions(clock, { ...config.session, sessions: config.limits.sessions })
  const known = new Hosts(hosts, clock)
  const build = readBuild(runtime, assetDirectory)
  const sources = { hosts: known, sessions, clock, usage: runtime.usage, build }
  const metrics = new AppMetrics(sources)
  metrics.watchLag(clock)
  return {
    ...{ audit, metrics, sessions, hosts: known },
    config,
    runtime,
    clock,
    random: Math.random,
    log,
    signer: new TokenSigner(clock),
    challenges: new Challenges(clock),
    openIdFlows: createOpenIdFlows(clock),
    logins: new LoginLimits(config.limits.loginFailures, clock),
    counts: new ConsoleCounts(config.limits),
    turns: new Turns(),
    untrustedProxies: new UntrustedProxies(log),
    lists: new LiveLists(clock, log),
    streams: new EventStreams(),
    assets: Assets.load(assetDirectory, config.publicUrl?.path ?? '', runtime),
    stopping,
  }
}

async function listen(
  config: Config,
  tls: KeyPairText | null,
  deps: Deps,
  runtime: Runtime,
): Promise<Listener> {
  const app = createApp(deps)
  const listenAt = (address: ListenAddress): Promise<Listener> =>
    runtime.serve({
      address,
      ...(tls ? { tls } : {}),
      fetch: app,
      onError: (error) => deps.log.error('a request failed', { error: describeError(error) }),
    })
  const address = config.listen
  try {
    return await listenAt(address)
  } catch (error) {
    const everywhere = address.kind === 'tcp' && address.hostname === '::'
    // Every address of a machine without IPv6.
    if (everywhere && isNoIpv6(error)) return listenAt({ ...address, hostname: '0.0.0.0' })
    throw new Error(`cannot listen: ${(error as Error).message}`, { cause: error })
  }
}

function isNoIpv6(error: unknown): boolean {
  return /EAFNOSUPPORT|EADDRNOTAVAIL|address family|not available/i.test(String(error))
}

/** Hosts that cannot be used before somebody has confirmed their certificate, once they have answered. */
async function announceUntrusted(
  hosts: Hosts,
  args: ServeArguments,
  runtime: Runtime,
): Promise<void> {
  for (const host of hosts.all()) {
    const state = await hosts.state(host)
    if (state === 'untrusted') runtime.writeOut(untrustedText(host, args))
  }
}

function stopSignal(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    runtime.onSignal('SIGTERM', resolve)
    runtime.onSignal('SIGINT', resolve)
  })
}

/** Consoles are told first: a browser that knows why reconnects by itself. */
async function stop(listener: Listener, deps: Deps): Promise<void> {
  deps.sessions.endAll()
  deps.streams.endAll()
  await listener.stop(STOP_DEADLINE)
  deps.hosts.close()
}
