import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import tls from 'node:tls'
import {
  type CertificateSpec,
  issueCertificate,
  type KeyKind,
  keyPem,
  makeKeyPair,
} from '../src/certificate.ts'

const authoritySpec: CertificateSpec = {
  subject: [
    ['O', 'Lab'],
    ['CN', 'Lab CA'],
  ],
  notBefore: new Date('2024-02-29T01:02:03Z'),
  notAfter: new Date('2061-12-31T23:59:59Z'),
  authority: true,
}
const leafSpec: CertificateSpec = {
  subject: [
    ['OU', 'Node'],
    ['O', 'Ümlaut & Söhne'],
    ['CN', 'a.test'],
  ],
  names: ['127.0.0.1', '::1', 'localhost', '2001:db8::8:800:200c:417a', '*.a.test'],
  notBefore: new Date('2024-03-01T00:00:00Z'),
  notAfter: new Date('2049-12-31T23:59:59Z'),
}

for (const kind of ['rsa-2048', 'ec-p256'] satisfies KeyKind[]) {
  describe(`certificates with ${kind} keys`, () => {
    test('an authority signs itself and says so', async () => {
      const keys = await makeKeyPair(kind)
      const parsed = new X509Certificate(issueCertificate(authoritySpec, keys))
      assert.equal(parsed.ca, true)
      assert.equal(parsed.subject, 'O=Lab\nCN=Lab CA')
      assert.equal(parsed.issuer, parsed.subject)
      assert.equal(parsed.verify(keys.publicKey), true)
      assert.equal(new Date(parsed.validFrom).getTime(), authoritySpec.notBefore.getTime())
      assert.equal(new Date(parsed.validTo).getTime(), authoritySpec.notAfter.getTime())
    })

    test('a leaf carries its names, purpose and issuer, and is signed by the authority only', async () => {
      const [keys, caKeys] = await Promise.all([makeKeyPair(kind), makeKeyPair(kind)])
      const ca = new X509Certificate(issueCertificate(authoritySpec, caKeys))
      const issuer = { subject: authoritySpec.subject, keys: caKeys }
      const leaf = new X509Certificate(issueCertificate(leafSpec, keys, issuer))
      assert.equal(leaf.ca, false)
      assert.equal(leaf.subject, 'OU=Node\nO=Ümlaut & Söhne\nCN=a.test')
      assert.equal(leaf.issuer, 'O=Lab\nCN=Lab CA')
      assert.deepEqual(namesOf(leaf), [
        'IP Address:127.0.0.1',
        'IP Address:[::1]',
        'DNS:localhost',
        'IP Address:[2001:db8::8:800:200c:417a]',
        'DNS:*.a.test',
      ])
      assert.equal(leaf.verify(caKeys.publicKey), true)
      assert.equal(leaf.verify(keys.publicKey), false)
      assert.equal(leaf.checkIssued(ca), true)
      assert.equal(leaf.checkPrivateKey(keys.privateKey), true)
      assert.equal(new Date(leaf.validTo).getTime(), leafSpec.notAfter.getTime())
      assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1')
      assert.equal(leaf.checkHost('other.test'), undefined)
    })

    test('two certificates never share a serial number', async () => {
      const keys = await makeKeyPair(kind)
      const serials = [1, 2].map(
        () => new X509Certificate(issueCertificate(leafSpec, keys)).serialNumber,
      )
      assert.notEqual(serials[0], serials[1])
    })

    test('a real handshake accepts the chain and refuses a stranger', async () => {
      const [keys, caKeys] = await Promise.all([makeKeyPair(kind), makeKeyPair(kind)])
      const ca = issueCertificate(authoritySpec, caKeys)
      const cert = issueCertificate(leafSpec, keys, {
        subject: authoritySpec.subject,
        keys: caKeys,
      })
      const stranger = issueCertificate(authoritySpec, await makeKeyPair(kind))
      assert.equal(await handshake(cert, keyPem(keys), ca, '127.0.0.1'), 'authorized')
      assert.equal(await handshake(cert, keyPem(keys), ca, 'localhost'), 'authorized')
      assert.notEqual(await handshake(cert, keyPem(keys), stranger, '127.0.0.1'), 'authorized')
    })
  })
}

test('what is neither name nor address is refused', async () => {
  const keys = await makeKeyPair('ec-p256')
  for (const name of [
    '',
    '256.1.1.1',
    '1.1.1.1.',
    'a b',
    '1::2::3',
    '1:2:3',
    'ü.test',
    ':::',
    '12345::',
  ]) {
    assert.throws(() => issueCertificate({ ...leafSpec, names: [name] }, keys), RangeError, name)
  }
})

/** The alternative names; runtimes write IPv6 addresses differently. */
function namesOf(certificate: X509Certificate): string[] {
  const names = (certificate.subjectAltName ?? '').split(', ')
  return names.map((name) =>
    name.replace(/^(IP Address:)(.*:.*)$/, (_, kind: string, address: string) => {
      return kind + new URL(`http://[${address}]`).hostname
    }),
  )
}

async function handshake(cert: string, key: string, ca: string, host: string): Promise<string> {
  const server = tls.createServer({ cert, key }, (socket) => socket.end())
  server.on('tlsClientError', () => undefined) // the refusing client is the point of the test
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: host === 'localhost' ? host : '',
    ca,
  })
  const outcome = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve(socket.authorized ? 'authorized' : 'not authorized'))
    socket.once('error', (error) => resolve(error.message))
  })
  socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  return outcome
}
