/** Whether a host's certificate is to be believed. */
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import type { PresentedCertificate } from '../runtime/runtime.ts'

/** What an address showed last, and what was made of it. */
export interface Judgement {
  readonly certificate: PresentedCertificate
  readonly trusted: boolean
  /** When, in milliseconds that only go forward. */
  readonly at: number
  /** The fingerprints that were expected instead; empty where none were ever confirmed. */
  readonly expected: readonly string[]
}

/** How connections to one address are judged: a cluster has a certificate for each node. */
export interface Trust {
  /** Authorities in PEM to verify chain and name against. */
  readonly authorities: readonly string[]
  /** Throws Failure host_untrusted or certificate_changed unless the certificate is to be believed. */
  verify(certificate: PresentedCertificate): void
  /** The latest judgement; null before the first connection. */
  readonly latest: Judgement | null
  /** True when the latest certificate was refused and would be believed now. */
  readonly mended: boolean
  /** True when the latest certificate was believed and would be refused now. */
  readonly withdrawn: boolean
}

export interface TrustSources {
  /** PEM text of the host's `ca` file; null where none is configured. */
  readonly authority: string | null
  readonly systemAuthorities: () => readonly string[]
  /** Fingerprints that an administrator confirmed for this host, as of now. */
  readonly known: () => readonly string[]
  /** Milliseconds that only go forward. */
  readonly now: () => number
}

/**
 * Trust as the configuration says: fingerprints alone where there are any, else the given authority alone,
 * else the system's authorities, and what those refuse may have been confirmed.
 */
export function createTrust(config: HostConfig, sources: TrustSources): Trust {
  const { now } = sources
  if (config.fingerprint.length > 0) {
    return new JudgingTrust([], now, (certificate) => matchOne(certificate, config.fingerprint))
  }
  if (sources.authority !== null) {
    return new JudgingTrust([sources.authority], now, ({ authorized }) => ({ trusted: authorized }))
  }
  return new JudgingTrust(sources.systemAuthorities(), now, (certificate) =>
    certificate.authorized ? { trusted: true } : matchOne(certificate, sources.known()),
  )
}

/** The failure of calls to an address whose certificate was refused. */
export function refusalOf({ certificate, expected }: Judgement): Failure {
  const cause = new Error(`the certificate was refused: ${certificate.authorizationError}`)
  return new Failure(expected.length > 0 ? 'certificate_changed' : 'host_untrusted', { cause })
}

interface Verdict {
  readonly trusted: boolean
  readonly expected?: readonly string[]
}

function matchOne({ sha256 }: PresentedCertificate, expected: readonly string[]): Verdict {
  return { trusted: expected.includes(sha256), expected }
}

class JudgingTrust implements Trust {
  readonly authorities: readonly string[]
  readonly #now: () => number
  readonly #judge: (certificate: PresentedCertificate) => Verdict
  #latest: Judgement | null = null

  constructor(
    authorities: readonly string[],
    now: () => number,
    judge: (certificate: PresentedCertificate) => Verdict,
  ) {
    this.authorities = authorities
    this.#now = now
    this.#judge = judge
  }

  get latest(): Judgement | null {
    return this.#latest
  }

  get mended(): boolean {
    return this.#latest?.trusted === false && this.#wouldTrust(this.#latest)
  }

  get withdrawn(): boolean {
    return this.#latest?.trusted === true && !this.#wouldTrust(this.#latest)
  }

  #wouldTrust({ certificate }: Judgement): boolean {
    return this.#judge(certificate).trusted
  }

  verify(certificate: PresentedCertificate): void {
    const { trusted, expected = [] } = this.#judge(certificate)
    this.#latest = { certificate, trusted, expected, at: this.#now() }
    if (!trusted) throw refusalOf(this.#latest)
  }
}
