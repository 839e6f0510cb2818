/**
 * Makes X.509 v3 certificates (RFC 5280) for TLS servers: self-signed, authorities, and leaves under an authority.
 *
 * The DER is written here because no runtime we stand on can make a certificate; only hashing and signing are
 * node:crypto's. Nothing here reads a clock or a file.
 */
import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'

export type KeyKind = 'rsa-2048' | 'rsa-4096' | 'ec-p256'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Attributes of a name in the order they are written, for instance `[['O', 'Lab'], ['CN', 'a.test']]`. */
export type DistinguishedName = readonly (readonly [keyof typeof attributeIds, string])[]

export interface CertificateSpec {
  readonly subject: DistinguishedName
  /** Subject alternative names: DNS names, IPv4 and IPv6 addresses as they are written. */
  readonly names?: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** An authority may sign others and is no server itself. */
  readonly authority?: boolean
}

export interface Issuer {
  readonly subject: DistinguishedName
  readonly keys: KeyPair
}

const attributeIds = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11' } as const
const ids = {
  rsaSha256: '1.2.840.113549.1.1.11',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

const generate = promisify(generateKeyPair)

/** Makes a key pair; RSA takes up to a second. */
export async function makeKeyPair(kind: KeyKind): Promise<KeyPair> {
  if (kind === 'ec-p256') return await generate('ec', { namedCurve: 'prime256v1' })
  return await generate('rsa', { modulusLength: kind === 'rsa-4096' ? 4096 : 2048 })
}

/** The private key as PKCS #8 PEM. */
export function keyPem(keys: KeyPair): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/**
 * Signs a certificate for `keys` and answers it as PEM; without an issuer it signs itself.
 *
 * Throws a RangeError for a name that is neither a DNS name nor an address.
 */
export function issueCertificate(spec: CertificateSpec, keys: KeyPair, issuer?: Issuer): string {
  const signer = issuer ?? { subject: spec.subject, keys }
  const algorithm = signatureAlgorithm(signer.keys)
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    encodeName(signer.subject),
    sequence(encodeTime(spec.notBefore), encodeTime(spec.notAfter)),
    encodeName(spec.subject),
    publicKeyInfo(keys),
    explicit(3, sequence(...extensions(spec, keys, signer.keys))),
  )
  const signature = sign('sha256', body, signer.keys.privateKey)
  return toPem(sequence(body, algorithm, bitString(signature)))
}

function extensions(spec: CertificateSpec, keys: KeyPair, signer: KeyPair): Buffer[] {
  const authority = spec.authority === true
  const list = [
    extension(ids.basicConstraints, authority ? sequence(element(0x01, [0xff])) : sequence(), true),
    extension(ids.keyUsage, keyUsage(authority, keys), true),
    extension(ids.subjectKeyIdentifier, element(0x04, keyIdentifier(keys))),
    extension(ids.authorityKeyIdentifier, sequence(element(0x80, keyIdentifier(signer)))),
  ]
  if (!authority) list.push(extension(ids.extendedKeyUsage, sequence(objectId(ids.serverAuth))))
  const names = spec.names ?? []
  if (names.length > 0) {
    list.push(extension(ids.subjectAltName, sequence(...names.map(encodeAltName))))
  }
  return list
}

/** Bits count from the left: digitalSignature 0, keyEncipherment 2 (RSA only), keyCertSign 5, cRLSign 6. */
function keyUsage(authority: boolean, keys: KeyPair): Buffer {
  if (authority) return element(0x03, [1, 0b0000_0110])
  return isRsa(keys) ? element(0x03, [5, 0b1010_0000]) : element(0x03, [7, 0b1000_0000])
}

/** Leftmost 160 bits of SHA-256 over the SubjectPublicKeyInfo, as RFC 7093 section 2 (4) allows. */
function keyIdentifier(keys: KeyPair): Buffer {
  return createHash('sha256').update(publicKeyInfo(keys)).digest().subarray(0, 20)
}

function publicKeyInfo(keys: KeyPair): Buffer {
  return Buffer.from(keys.publicKey.export({ type: 'spki', format: 'der' }))
}

function isRsa(keys: KeyPair): boolean {
  return keys.publicKey.asymmetricKeyType === 'rsa'
}

/** RSA carries a NULL parameter (RFC 4055), ECDSA none (RFC 5758). */
function signatureAlgorithm(keys: KeyPair): Buffer {
  if (isRsa(keys)) return sequence(objectId(ids.rsaSha256), element(0x05, []))
  return sequence(objectId(ids.ecdsaSha256))
}

/** 16 random bytes, positive and without a leading zero byte. */
function serialNumber(): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

function encodeName(name: DistinguishedName): Buffer {
  const parts = name.map(([attribute, value]) =>
    element(0x31, sequence(objectId(attributeIds[attribute]), element(0x0c, Buffer.from(value)))),
  )
  return sequence(...parts)
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5); both to the second. */
function encodeTime(time: Date): Buffer {
  const digits = `${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  const late = time.getUTCFullYear() >= 2050
  return element(late ? 0x18 : 0x17, Buffer.from(late ? digits : digits.slice(2)))
}

function encodeAltName(name: string): Buffer {
  const address = parseAddress(name)
  if (address) return element(0x87, address)
  if (/^[\d.]*$/.test(name) || !/^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name)) {
    throw new RangeError(`neither a DNS name nor an address: ${name}`)
  }
  return element(0x82, Buffer.from(name))
}

/** The 4 or 16 bytes of an address; undefined where the text is not one. */
function parseAddress(text: string): Buffer | undefined {
  if (/^\d+(\.\d+){3}$/.test(text)) {
    const bytes = text.split('.').map(Number)
    return bytes.every((byte) => byte <= 255) ? Buffer.from(bytes) : undefined
  }
  if (!text.includes(':')) return undefined
  const [head = '', tail, surplus] = text.split('::')
  if (surplus !== undefined) return undefined
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const missing = 8 - left.length - right.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const words = [...left, ...Array<number>(missing).fill(0), ...right]
  if (!words.every((word) => word >= 0 && word <= 0xffff)) return undefined
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]))
}

function groups(text: string): number[] {
  if (text === '') return []
  return text
    .split(':')
    .map((group) => (/^[0-9a-fA-F]{1,4}$/.test(group) ? parseInt(group, 16) : -1))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  const octets = element(0x04, value)
  return critical
    ? sequence(objectId(id), element(0x01, [0xff]), octets)
    : sequence(objectId(id), octets)
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function explicit(number: number, value: Buffer): Buffer {
  return element(0xa0 + number, value)
}

/** `value` must be the shortest big-endian form of a number that is not negative. */
function integer(value: Buffer): Buffer {
  return element(0x02, value)
}

function bitString(value: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([0]), value]))
}

function objectId(id: string): Buffer {
  const [first = 0, second = 0, ...rest] = id.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groupsOfSeven = [part & 0x7f]
    for (let left = part >>> 7; left > 0; left >>>= 7) groupsOfSeven.unshift(0x80 | (left & 0x7f))
    bytes.push(...groupsOfSeven)
  }
  return element(0x06, bytes)
}

/** One DER element: tag, shortest length, content. */
function element(tag: number, content: Buffer | readonly number[]): Buffer {
  const value = Buffer.isBuffer(content) ? content : Buffer.from(content)
  const length: number[] = []
  for (let left = value.length; left > 0; left >>>= 8) length.unshift(left & 0xff)
  const short = value.length < 0x80
  const head = short ? [tag, value.length] : [tag, 0x80 | length.length, ...length]
  return Buffer.concat([Buffer.from(head), value])
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
