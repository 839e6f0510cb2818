/** `trust`: shows the certificate that each address of a host presents, and remembers it. */
import type { Config, HostConfig } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { Failure } from '../errors.ts'
import { targetOf } from '../pve/http-client.ts'
import { addKnownHost, formatFingerprint, parseKnownHosts } from '../pve/known-hosts.ts'
import type { Trust } from '../pve/trust.ts'
import type { PresentedCertificate, Runtime } from '../runtime/runtime.ts'
import { type TrustArguments, UsageError } from './arguments.ts'
import { describeCertificate } from './describe-certificate.ts'
import { findConfigFile } from './find-config.ts'
import { type KnownHostsFile, knownHostsPath, stateDirectory } from './state-dir.ts'

/** Exit code for a host that does not answer or is not the expected one. */
const NOT_AS_EXPECTED = 3

/** Resolves with the exit code. Throws ConfigError, or UsageError for a host that is not configured. */
export async function trust(args: TrustArguments, runtime: Runtime): Promise<number> {
  const file = findConfigFile(args.config, runtime)
  const { config } = loadConfig({ file, hosts: args.hosts })
  const host = config.hosts.get(args.key)
  if (!host) {
    const keys = [...config.hosts.keys()].join(', ')
    throw new UsageError(`trust: there is no host "${args.key}"; configured are ${keys}`)
  }
  warnWhereItDecidesNothing(host, runtime)
  const path = knownHostsPath(stateDirectory(config, runtime))
  const looks = await Promise.all(host.urls.map((url) => lookAt(url, runtime)))
  let code = 0
  for (const look of looks) {
    if (!(await handle(look, host, path, args, runtime))) code = NOT_AS_EXPECTED
  }
  return code
}

/**
 * Asks on the terminal about certificates that nobody has confirmed yet, as ssh does; those of hosts that do
 * not answer, and changed ones, are for `trust`.
 */
export async function askAboutUnknown(
  config: Config,
  known: KnownHostsFile,
  runtime: Runtime,
): Promise<void> {
  for (const host of config.hosts.values()) {
    const decided = host.ca !== '' || host.fingerprint.length > 0 || known.of(host.key).length > 0
    if (decided) continue
    const looks = await Promise.all(host.urls.map((url) => lookAt(url, runtime)))
    for (const look of looks) {
      if (!look.seen || look.seen.authorized) continue
      await handle(look, host, known.path, { yes: false }, runtime)
    }
  }
}

interface Look {
  readonly url: URL
  readonly seen: PresentedCertificate | null
  /** Why nothing was seen. */
  readonly problem: string
}

/** Shows and perhaps remembers; false when the host is not as expected. */
async function handle(
  look: Look,
  host: HostConfig,
  path: string,
  args: Pick<TrustArguments, 'yes' | 'fingerprint'>,
  runtime: Runtime,
): Promise<boolean> {
  const { url, seen } = look
  runtime.writeOut(`\n${host.label}, ${url.host}\n`)
  if (!seen) {
    runtime.writeError(`  ${look.problem} Is the address right, and PVE running?\n`)
    return false
  }
  const text = runtime.fileExists(path) ? runtime.readText(path) : ''
  const decision = await decide(seen, host, text, args, runtime)
  if (decision === 'remember') {
    const comment = `${url.host}, confirmed ${new Date().toISOString().slice(0, 10)}`
    runtime.writeText(path, addKnownHost(text, host.key, seen.sha256, comment), 0o600)
    runtime.writeOut(`  Remembered in ${path}.\n`)
  }
  return decision !== 'refuse'
}

function warnWhereItDecidesNothing(host: HostConfig, runtime: Runtime): void {
  const option = host.fingerprint.length > 0 ? 'fingerprint' : host.ca ? 'ca' : null
  if (option === null) return
  runtime.writeError(
    `pve-console: hosts.${host.key}.${option} decides alone; what is remembered here has no effect\n`,
  )
}

/** What an address presents; nothing is sent to it. */
async function lookAt(url: URL, runtime: Runtime): Promise<Look> {
  let seen: PresentedCertificate | null = null
  const onlyLook: Trust = {
    authorities: runtime.systemAuthorities(),
    latest: null,
    mended: false,
    withdrawn: false,
    verify(certificate) {
      seen = certificate
      throw new Failure('host_untrusted')
    },
  }
  try {
    await runtime.connect(targetOf(url, onlyLook))
  } catch (error) {
    return { url, seen, problem: (error as Error).message }
  }
  return { url, seen, problem: '' }
}

async function decide(
  seen: PresentedCertificate,
  host: HostConfig,
  text: string,
  args: Pick<TrustArguments, 'yes' | 'fingerprint'>,
  runtime: Runtime,
): Promise<'remember' | 'leave' | 'refuse'> {
  runtime.writeOut(describeCertificate(seen))
  if (args.fingerprint !== undefined && args.fingerprint !== seen.sha256) {
    runtime.writeError('  This is NOT the expected certificate. Nothing was remembered.\n')
    return 'refuse'
  }
  if (seen.authorized) {
    runtime.writeOut('  The system trusts it already; there is nothing to remember.\n')
    return 'leave'
  }
  const known = parseKnownHosts(text).get(host.key) ?? []
  if (known.includes(seen.sha256)) {
    runtime.writeOut('  It is remembered already.\n')
    return 'leave'
  }
  if (known.length > 0) {
    const before = known.map((each) => `    ${formatFingerprint(each)}\n`).join('')
    runtime.writeOut(`  Remembered so far, and shown no longer or by another address:\n${before}`)
  }
  return (await isConfirmed(args, runtime)) ? 'remember' : 'refuse'
}

async function isConfirmed(
  args: Pick<TrustArguments, 'yes' | 'fingerprint'>,
  runtime: Runtime,
): Promise<boolean> {
  if (args.yes || args.fingerprint !== undefined) return true
  if (!runtime.isTerminal) {
    runtime.writeError('  Not a terminal: confirm with --yes, or with --fingerprint SHA256.\n')
    return false
  }
  runtime.writeOut('  Compare with what "pvenode cert info" prints on that machine.\n')
  if (/^y(es)?$/i.test(await runtime.ask('  Is it the same? [y/N] '))) return true
  runtime.writeOut('  Nothing was remembered.\n')
  return false
}
