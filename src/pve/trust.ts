/** Whether a host's certificate is to be believed. */
import type { HostConfig } from '../config/config.ts'
import { Failure } from '../errors.ts'
import type { PresentedCertificate } from '../runtime/runtime.ts'

/** How connections to one host are judged. */
export interface Trust {
  /** Authorities in PEM to verify chain and name against. */
  readonly authorities: readonly string[]
  /** Throws Failure host_untrusted or certificate_changed unless the certificate is to be believed. */
  verify(certificate: PresentedCertificate): void
}

/**
 * Trust as the configuration says: fingerprints alone where there are any, else the given authority alone,
 * else the system's authorities.
 *
 * `authority` is the PEM text of the host's `ca` file, null where none is configured.
 */
export function createTrust(
  config: HostConfig,
  authority: string | null,
  systemAuthorities: () => readonly string[],
): Trust {
  if (config.fingerprint.length > 0)
    return { authorities: [], verify: matchOne(config.fingerprint) }
  return {
    authorities: authority === null ? systemAuthorities() : [authority],
    verify: requireAuthority,
  }
}

function matchOne(fingerprints: readonly string[]): Trust['verify'] {
  return (certificate) => {
    if (!fingerprints.includes(certificate.sha256)) throw new Failure('certificate_changed')
  }
}

function requireAuthority(certificate: PresentedCertificate): void {
  if (certificate.authorized) return
  throw new Failure('host_untrusted', {
    cause: new Error(`the certificate was refused: ${certificate.authorizationError}`),
  })
}
