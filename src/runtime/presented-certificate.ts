import type { PeerCertificate } from 'node:tls'
import { Failure } from '../errors.ts'
import type { PresentedCertificate } from './runtime.ts'

/**
 * What a TLS socket shows of its peer, in the form that is judged. `error` is null when chain and name were
 * verified. Throws Failure host_untrusted where nothing was shown.
 */
export function describeCertificate(
  peer: PeerCertificate | null | undefined,
  error: unknown,
): PresentedCertificate {
  // A resumed session may come without a certificate; then there is nothing to judge, and so no trust.
  if (!peer?.raw) throw new Failure('host_untrusted', { detail: 'The host showed no certificate.' })
  const authorized = error === null
  return {
    sha256: peer.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: distinguishedName(peer.subject),
    issuer: distinguishedName(peer.issuer),
    sans: (peer.subjectaltname ?? '').split(', ').filter((entry) => entry !== ''),
    validFrom: peer.valid_from,
    validTo: peer.valid_to,
    authorized,
    ...(authorized ? {} : { authorizationError: errorCode(error) }),
  }
}

/** Sockets give the code alone, or an error that has it. */
function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function distinguishedName(name: object | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${[value].flat().join('+')}`)
    .join(', ')
}
