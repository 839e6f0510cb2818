/** The certificate authority of one cluster and the certificates of its nodes, with the names PVE gives them. */
import { randomUUID, X509Certificate } from 'node:crypto'
import {
  type DistinguishedName,
  issueCertificate,
  type KeyPair,
  keyPem,
  makeKeyPair,
} from '../../src/certificate.ts'

export interface NodeCertificate {
  readonly cert: string
  readonly key: string
}

const dayMs = 86_400_000

export class Authority {
  readonly pem: string
  readonly #keys: KeyPair
  readonly #subject: DistinguishedName

  private constructor(keys: KeyPair) {
    this.#keys = keys
    this.#subject = [
      ['CN', 'Proxmox Virtual Environment'],
      ['OU', randomUUID()],
      ['O', 'PVE Cluster Manager CA'],
    ]
    const validity = validFor(3650)
    this.pem = issueCertificate({ subject: this.#subject, ...validity, authority: true }, keys)
  }

  static async make(): Promise<Authority> {
    return new Authority(await makeKeyPair('rsa-2048'))
  }

  async issue(node: string): Promise<NodeCertificate> {
    const keys = await makeKeyPair('rsa-2048')
    const spec = {
      subject: [
        ['OU', 'PVE Cluster Node'],
        ['O', 'Proxmox Virtual Environment'],
        ['CN', node],
      ] satisfies DistinguishedName,
      names: ['127.0.0.1', '::1', 'localhost', node],
      ...validFor(730),
    }
    const cert = issueCertificate(spec, keys, { subject: this.#subject, keys: this.#keys })
    return { cert, key: keyPem(keys) }
  }
}

function validFor(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - dayMs), notAfter: new Date(now + days * dayMs) }
}

/** One entry of /nodes/{node}/certificates/info. */
export function describeCertificate(filename: string, pem: string): Record<string, unknown> {
  const certificate = new X509Certificate(pem)
  const names = (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== '')
  return {
    filename,
    pem,
    fingerprint: certificate.fingerprint256,
    subject: slashed(certificate.subject),
    issuer: slashed(certificate.issuer),
    notbefore: new Date(certificate.validFrom).getTime() / 1000,
    notafter: new Date(certificate.validTo).getTime() / 1000,
    'public-key-type': 'rsaEncryption',
    'public-key-bits': certificate.publicKey.asymmetricKeyDetails?.modulusLength ?? 2048,
    san: names.map((name) => longAddress(name.replace(/^(DNS|IP Address):/, ''))),
  }
}

function slashed(name: string): string {
  return `/${name.split('\n').join('/')}`
}

/** PVE writes IPv6 addresses in full. */
function longAddress(name: string): string {
  if (!name.includes(':')) return name
  return name
    .split(':')
    .map((group) => group.padStart(4, '0'))
    .join(':')
}
