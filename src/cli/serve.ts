/** The server, put together. */
import { systemClock } from '../clock.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { createApp } from '../http/app.ts'
import type { Deps } from '../http/deps.ts'
import { createLog, describeError } from '../log.ts'
import type { Host } from '../pve/host.ts'
import { Hosts } from '../pve/hosts.ts'
import type { Listener, Runtime, TlsPair } from '../runtime/runtime.ts'
import type { ServeArguments } from './arguments.ts'
import { bannerText, untrustedText } from './banner.ts'
import { compose, loadAssets, type Parts } from './compose.ts'
import { CurrentConfig } from './current-config.ts'
import { findConfigFile } from './find-config.ts'
import { HostMaker } from './host-maker.ts'
import { readKeyPair } from './key-pair.ts'
import { listen } from './listen.ts'
import { Reloader } from './reload.ts'
import { KnownHostsFile, stateDirectory } from './state-dir.ts'
import { askAboutUnknown } from './trust.ts'
import { trustCommand } from './trust-command.ts'

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
  const load = configLoader(args, runtime)
  const { config, warnings } = load()
  const current = new CurrentConfig(config)
  const log = createLog(current.log, runtime.writeError, systemClock, runtime.logsToJournal)
  for (const warning of warnings) log.warn(warning)
  runtime.onUncaught((error) =>
    log.error('an error nobody caught', { error: describeError(error) }),
  )
  const directory = stateDirectory(config, runtime)
  const known = new KnownHostsFile(directory, runtime, log)
  const tls = await readKeyPair(config, directory, runtime, systemClock)
  if (runtime.isTerminal) await askAboutUnknown(config, known, runtime)
  let isStopping = false
  const stopping = (): boolean => isStopping
  const maker = new HostMaker(known, runtime, systemClock)
  const made = maker.make(config)
  const hosts = new Hosts(
    made.map(({ host }) => host),
    systemClock,
  )
  // In a directory of root's or of a service, `trust` leaves the file to whom the directory belongs.
  const user = directory === config.stateDir.path ? 'root' : runtime.userName
  const howToConfirm = (key: string) => ({ command: trustCommand(key, args, runtime), user })
  const parts = { current, hosts, runtime, log, assetDirectory, stopping, howToConfirm }
  const deps = compose(parts)
  runtime.onUncaught(() => deps.metrics.uncaught())
  const { listener, renew } = await open(parts, deps, tls)
  // Before anybody is told that it listens: whoever reads that may stop it at once.
  const stopped = stopSignal(runtime)
  runtime.writeOut(bannerText(config, listener.address, tls))
  const announce = (some: readonly Host[]) => void announceUntrusted(some, hosts, args, runtime)
  announce(hosts.all())
  const reloader = new Reloader({
    ...{ current, known, maker, deps, listener, tls, runtime, load, renew, announce },
    stateDirectory: directory,
  })
  // Without a handler it would end the process.
  runtime.onSignal('SIGHUP', () => void reloader.reload())
  await stopped
  isStopping = true
  log.info('stopping')
  await stop(listener, deps)
  return 0
}

/** Reads the configuration each time it is called, always from the file that was found first. */
function configLoader(args: ServeArguments, runtime: Runtime): () => LoadedConfig {
  let path = args.config
  return () => {
    const file = findConfigFile(path, runtime)
    path = file?.path ?? path
    const listenAt = args.listen === undefined ? {} : { listen: args.listen }
    return loadConfig({ file, ...listenAt, hosts: args.hosts })
  }
}

/** Listens; `renew` has requests answered with the current configuration from then on. */
async function open(parts: Parts, deps: Deps, tls: TlsPair | null) {
  const { current, runtime, assetDirectory } = parts
  let app = createApp(deps)
  const listener = await listen(runtime, {
    address: current.config.listen,
    ...(tls ? { tls } : {}),
    fetch: (request, context) => app(request, context),
    onError: (error) => deps.log.error('a request failed', { error: describeError(error) }),
  })
  const renew = (): void => {
    app = createApp({ ...deps, assets: loadAssets(current, runtime, assetDirectory) })
  }
  return { listener, renew }
}

/** Hosts that cannot be used before somebody has confirmed their certificate, once they have answered. */
async function announceUntrusted(
  some: readonly Host[],
  hosts: Hosts,
  args: ServeArguments,
  runtime: Runtime,
): Promise<void> {
  for (const host of some) {
    const state = await hosts.state(host)
    if (state !== 'untrusted') continue
    runtime.writeOut(untrustedText(host, trustCommand(host.config.key, args, runtime)))
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
