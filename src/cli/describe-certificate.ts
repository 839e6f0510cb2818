import { formatFingerprint } from '../pve/known-hosts.ts'
import type { PresentedCertificate } from '../runtime/runtime.ts'

/** What a certificate says, as the page about it does: a line each, indented. */
export function describeCertificate(certificate: PresentedCertificate): string {
  const { subject, issuer, sans, validFrom, validTo, sha256 } = certificate
  return `  subject  ${subject}
  issuer   ${issuer}
  names    ${sans.join(', ') || 'none'}
  valid    ${validFrom} to ${validTo}
  SHA-256  ${formatFingerprint(sha256)}
`
}
