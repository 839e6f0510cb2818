/** What `check` finds out about one host, and says of it. */
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import type { Address } from '../pve/address.ts'
import { lookAt, readPageVersion } from '../pve/api.ts'
import type { Host } from '../pve/host.ts'
import { formatFingerprint } from '../pve/known-hosts.ts'
import type { Judgement } from '../pve/trust.ts'
import { describeCertificate } from './describe-certificate.ts'

/** Seconds by which clocks may differ before PVE refuses tickets of another node. */
const MAX_SKEW = 300

/**
 * How one address is: `wrong` is something that somebody has to mend, `away` an address that does not
 * answer, which a cluster can do without.
 */
interface Finding {
  readonly kind: 'right' | 'wrong' | 'away'
  readonly says: string
  /** Whole lines, what to do first. */
  readonly hints: readonly string[]
}

export interface HostReport {
  readonly works: boolean
  readonly text: string
}

/** Asks every address; `trustCommand` is what confirms a certificate of this host. */
export async function checkHost(host: Host, trustCommand: string): Promise<HostReport> {
  const findings = await Promise.all(
    host.addresses.map((address) => lookThrough(address, host.config, trustCommand)),
  )
  const answers = findings.some(({ kind }) => kind === 'right')
  const works = answers && findings.every(({ kind }) => kind !== 'wrong')
  const lines = findings.flatMap(({ kind, says, hints }, index) => {
    const word = kind === 'right' ? 'ok  ' : kind === 'away' && answers ? 'warn' : 'FAIL'
    const url = host.addresses[index]?.url.origin
    return [`${word}  ${host.config.key}: ${url} ${says}`, ...hints.map((hint) => `      ${hint}`)]
  })
  return { works, text: lines.map((line) => `${line}\n`).join('') }
}

async function lookThrough(
  address: Address,
  config: HostConfig,
  trustCommand: string,
): Promise<Finding> {
  try {
    const { realms, clock } = await lookAt(address.only)
    const version = await readPageVersion(address.only).catch(() => null)
    const skew = clock === null ? null : Math.round((clock - Date.now()) / 1000)
    const says = [
      version === null ? 'answers as PVE does, its version is not told' : `is PVE ${version}`,
      `certificate trusted ${byWhat(config, address.trust.latest)}`,
      `realms ${realms.map(({ realm }) => realm).join(', ') || 'none'}`,
      skew === null ? 'its clock is not told' : `clock ${describeSkew(skew)}`,
    ].join(', ')
    if (skew === null || Math.abs(skew) < MAX_SKEW) return { kind: 'right', says, hints: [] }
    const hint = 'hint: set the clocks; PVE refuses tickets beyond 5 min'
    return { kind: 'wrong', says, hints: [hint] }
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure('not_pve', { cause: error })
    return explain(failure, address, config, trustCommand)
  }
}

function explain(
  failure: Failure,
  address: Address,
  config: HostConfig,
  trustCommand: string,
): Finding {
  const says = `does not work. ${failure.message}`
  const { latest } = address.trust
  if (failure.kind.close === 4495 && latest) {
    return { kind: 'wrong', says, hints: trustHints(latest, config, trustCommand) }
  }
  const kind = failure.kind.close === 4503 || failure.kind.close === 4504 ? 'away' : 'wrong'
  return { kind, says, hints: [`hint: ${failure.hint ?? hintFor(failure, address)}`] }
}

function hintFor({ code }: Failure, { url }: Address): string {
  if (code === 'host_unreachable') return `is ${url.host} right, and does this machine reach it?`
  if (code === 'host_timeout') return `${url.host} takes connections but does not answer in time`
  return `what answers at ${url.host} is not PVE’s API; is there a proxy in between?`
}

/** What the page about a host's certificate says. */
function trustHints(
  { certificate, expected }: Judgement,
  config: HostConfig,
  trustCommand: string,
): string[] {
  return [
    `hint: ${howToTrust(config, trustCommand)}`,
    'It shows',
    ...describeCertificate(certificate).trimEnd().split('\n'),
    ...(expected.length > 0 ? ['and expected is'] : []),
    ...expected.map((sha256) => `  SHA-256  ${formatFingerprint(sha256)}`),
  ]
}

function howToTrust({ key, ca, fingerprint }: HostConfig, trustCommand: string): string {
  const compare = 'compare it with what "pvenode cert info" prints on that node'
  if (fingerprint.length > 0) return `${compare}, then change hosts.${key}.fingerprint`
  if (ca) return `hosts.${key}.ca did not sign it, or it lacks the name in urls, or has ended`
  return `${compare}, then run: ${trustCommand}`
}

function byWhat({ ca, fingerprint }: HostConfig, judgement: Judgement | null): string {
  if (fingerprint.length > 0) return 'by its fingerprint'
  if (ca) return 'by its authority'
  return judgement?.certificate.authorized ? 'by the system' : 'as confirmed'
}

function describeSkew(seconds: number): string {
  // The header has whole seconds, and the way back takes its time.
  if (Math.abs(seconds) <= 2) return 'right'
  return seconds > 0 ? `${seconds} s ahead` : `${-seconds} s behind`
}
