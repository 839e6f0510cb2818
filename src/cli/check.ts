/** `check`: validates the configuration, then asks every host. */
import { systemClock } from '../clock.ts'
import type { HostConfig } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { Failure } from '../errors.ts'
import { readClock, readRealms } from '../pve/api.ts'
import type { Host } from '../pve/host.ts'
import { formatFingerprint } from '../pve/known-hosts.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { CheckArguments } from './arguments.ts'
import { findConfigFile } from './find-config.ts'
import { HostMaker } from './host-maker.ts'
import { readGivenPair } from './key-pair.ts'
import { KnownHostsFile, stateDirectory } from './state-dir.ts'

/** Exit code when a host does not work. */
const HOST_FAILED = 3
/** Seconds by which clocks may differ before PVE refuses tickets of another node. */
const MAX_SKEW = 300

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
  const results = await Promise.all(hosts.map((host) => checkHost(host)))
  for (const host of hosts) host.close()
  for (const { text } of results) runtime.writeOut(text)
  return results.every(({ works }) => works) ? 0 : HOST_FAILED
}

async function checkHost(host: Host): Promise<{ works: boolean; text: string }> {
  const { key } = host.config
  try {
    const realms = await readRealms(host)
    const skew = await skewOf(host)
    const names = realms.map(({ realm }) => realm).join(', ')
    const clock = skew === null ? 'its clock is not told' : `clock ${describeSkew(skew)}`
    const text = `ok    ${key}: answers, certificate trusted, realms ${names}, ${clock}\n`
    if (skew === null || Math.abs(skew) < MAX_SKEW) return { works: true, text }
    return {
      works: false,
      text: `${text}      hint: set the clocks; PVE refuses tickets beyond 5 min\n`,
    }
  } catch (error) {
    const reason = error instanceof Failure ? error.message : 'The host answers, but not like PVE.'
    return { works: false, text: `FAIL  ${key}: ${reason}\n      hint: ${hintFor(error, host)}\n` }
  }
}

/** Seconds by which the host's clock is ahead of ours. */
async function skewOf(host: Host): Promise<number | null> {
  const date = await readClock(host)
  return date === null ? null : Math.round((date - Date.now()) / 1000)
}

function describeSkew(seconds: number): string {
  // The header has whole seconds, and the way back takes its time.
  if (Math.abs(seconds) <= 2) return 'right'
  return seconds > 0 ? `${seconds} s ahead` : `${-seconds} s behind`
}

function hintFor(error: unknown, host: Host): string {
  const code = error instanceof Failure ? error.code : 'pve_error'
  const addresses = host.config.urls.map(({ host: address }) => address).join(', ')
  if (code === 'host_untrusted' || code === 'certificate_changed') return trustHint(host)
  if (code === 'host_unreachable') return `is ${addresses} right, and does this machine reach it?`
  if (code === 'host_timeout') return `${addresses} takes connections but does not answer in time`
  return `what answers at ${addresses} is not PVE's API; is there a proxy in between?`
}

function trustHint(host: Host): string {
  const { judgement: latest } = host
  const shown = latest ? formatFingerprint(latest.certificate.sha256) : 'nothing'
  return `it shows ${shown}; ${howToTrust(host.config)}`
}

function howToTrust({ key, ca, fingerprint }: HostConfig): string {
  if (ca) return `hosts.${key}.ca did not sign it, or it lacks the name in urls`
  if (fingerprint.length > 0)
    return `compare it on the host, then add it to hosts.${key}.fingerprint`
  return `compare it on the host, then run: pve-console trust ${key}`
}
