/** Whether a host's certificate is to be believed. */
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import type { PresentedCertificate } from '../runtime/runtime.ts'

/** What a host showed last, and what was made of it. */
export interface Judgement {
  readonly certificate: PresentedCertificate
  readonly trusted: boolean
  /** The fingerprints that were expected instead; empty where none were ever confirmed. */
  readonly expected: readonly string[]
}

/** How connections to one host are judged. */
export interface Trust {
  /** Authorities in PEM to verify chain and name against. */
  readonly authorities: readonly string[]
  /** Throws Failure host_untrusted or certificate_changed unless the certificate is to be believed. */
  verify(certificate: PresentedCertificate): void
  /** The latest judgement; null before the first connection. */
  readonly latest: Judgement | null
  /** True when the latest certificate was refused and would be believed now. */
  readonly mended: boolean
}

export interface TrustSources {
  /** PEM text of the host's `ca` file; null where none is configured. */
  readonly authority: string | null
  readonly systemAuthorities: () => readonly string[]
  /** Fingerprints that an administrator confirmed for this host, as of now. */
  readonly known: () => readonly string[]
}

/**
 * Trust as the configuration says: fingerprints alone where there are any, else the given authority alone,
 * else the system's authorities, and what those refuse may have been confirmed.
 */
export function createTrust(config: HostConfig, sources: TrustSources): Trust {
  if (config.fingerprint.length > 0) {
    return new JudgingTrust([], (certificate) => matchOne(certificate, config.fingerprint))
  }
  if (sources.authority !== null) {
    return new JudgingTrust([sources.authority], ({ authorized }) => ({ trusted: authorized }))
  }
  return new JudgingTrust(sources.systemAuthorities(), (certificate) =>
    certificate.authorized ? { trusted: true } : matchOne(certificate, sources.known()),
  )
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
  readonly #judge: (certificate: PresentedCertificate) => Verdict
  #latest: Judgement | null = null

  constructor(
    authorities: readonly string[],
    judge: (certificate: PresentedCertificate) => Verdict,
  ) {
    this.authorities = authorities
    this.#judge = judge
  }

  get latest(): Judgement | null {
    return this.#latest
  }

  get mended(): boolean {
    const latest = this.#latest
    return latest !== null && !latest.trusted && this.#judge(latest.certificate).trusted
  }

  verify(certificate: PresentedCertificate): void {
    const { trusted, expected = [] } = this.#judge(certificate)
    this.#latest = { certificate, trusted, expected }
    if (trusted) return
    if (expected.length > 0) throw new Failure('certificate_changed')
    throw new Failure('host_untrusted', {
      cause: new Error(`the certificate was refused: ${certificate.authorizationError}`),
    })
  }
}
