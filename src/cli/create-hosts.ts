import { X509Certificate } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { ConfigError } from '../config/load.ts'
import { Host } from '../pve/host.ts'
import { createTrust } from '../pve/trust.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { KnownHostsFile } from './state-dir.ts'

/** The configured hosts with what each is trusted by. Throws ConfigError for a `ca` that cannot be read. */
export function createHosts(
  config: Config,
  known: Pick<KnownHostsFile, 'of'>,
  runtime: Runtime,
  clock: Clock,
): Host[] {
  return [...config.hosts.values()].map((host) => createHost(host, known, runtime, clock))
}

function createHost(
  config: HostConfig,
  known: Pick<KnownHostsFile, 'of'>,
  runtime: Runtime,
  clock: Clock,
): Host {
  const authority = config.ca === '' ? null : readAuthority(config, runtime)
  const newTrust = () =>
    createTrust(config, {
      authority,
      systemAuthorities: runtime.systemAuthorities,
      known: () => known.of(config.key),
      now: () => clock.monotonic(),
    })
  return new Host(config, newTrust, runtime, clock)
}

function readAuthority({ key, ca }: HostConfig, runtime: Runtime): string {
  const option = `hosts.${key}.ca`
  const text = readFile(option, ca, runtime)
  try {
    new X509Certificate(text)
    return text
  } catch (error) {
    throw new ConfigError([
      `${option}: ${ca} is no certificate in PEM: ${(error as Error).message}`,
    ])
  }
}

/** A file that an option names. Throws ConfigError that names the option. */
export function readFile(option: string, path: string, runtime: Pick<Runtime, 'readText'>): string {
  try {
    return runtime.readText(path)
  } catch (error) {
    throw new ConfigError([`${option}: ${path} cannot be read: ${(error as Error).message}`])
  }
}
