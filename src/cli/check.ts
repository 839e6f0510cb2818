/** `check`: validates the configuration, then asks every host. */
import { systemClock } from '../clock.ts'
import { loadConfig } from '../config/load.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { CheckArguments } from './arguments.ts'
import { checkHost } from './check-host.ts'
import { findConfigFile } from './find-config.ts'
import { HostMaker } from './host-maker.ts'
import { readGivenPair } from './key-pair.ts'
import { KnownHostsFile, stateDirectory } from './state-dir.ts'
import { trustCommand } from './trust-command.ts'

/** Exit code when a host does not work. */
const HOST_FAILED = 3

/** Resolves with the exit code. Throws ConfigError with every problem of the configuration. */
export async function check(args: CheckArguments, runtime: Runtime): Promise<number> {
  const file = findConfigFile(args.config, runtime)
  const { config, warnings } = loadConfig({ file, hosts: args.hosts })
  const log = { error: (event: string) => runtime.writeError(`pve-console: ${event}\n`) }
  const known = new KnownHostsFile(stateDirectory(config, runtime), runtime, log)
  const made = new HostMaker(known, runtime, systemClock).make(config)
  const hosts = made.map(({ host }) => host)
  if (config.tls.mode === 'files') readGivenPair(config, runtime)
  for (const warning of warnings) runtime.writeOut(`note  ${warning}\n`)
  runtime.writeOut(`ok    configuration${file ? ` ${file.path}` : ''}\n`)
  if (args.offline) return 0
  const results = await Promise.all(
    hosts.map((host) => checkHost(host, trustCommand(host.config.key, args, runtime))),
  )
  for (const host of hosts) host.close()
  for (const { text } of results) runtime.writeOut(text)
  return results.every(({ works }) => works) ? 0 : HOST_FAILED
}
