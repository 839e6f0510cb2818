import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer, type TlsOptions } from 'node:tls'
import {
  type CertificateSpec,
  issueCertificate,
  keyPem,
  makeKeyPair,
} from '../../src/certificate.ts'
import { Failure } from '../../src/errors.ts'
import type { DialTarget, PresentedCertificate } from '../../src/runtime/runtime.ts'
import { until } from '../e2e/until.ts'
import { WAYS_TO_PVE } from './ways-to-pve.ts'

const DAY = 86_400_000
const SUBJECT = [['CN', 'pve1.lan']] as const

interface Pair {
  readonly cert: string
  readonly key: string
}

async function makeCertificate(spec: Partial<CertificateSpec>): Promise<Pair> {
  const keys = await makeKeyPair('ec-p256')
  const whole = { subject: SUBJECT, notBefore: daysFromNow(-1), notAfter: daysFromNow(1), ...spec }
  return { cert: issueCertificate(whole, keys), key: keyPem(keys) }
}

/** A certificate as PVE has it: of an authority that is not sent along. */
async function makeSigned(
  names: readonly string[],
): Promise<Pair & { readonly authority: string }> {
  const [authorityKeys, keys] = [await makeKeyPair('ec-p256'), await makeKeyPair('ec-p256')]
  const validity = { notBefore: daysFromNow(-1), notAfter: daysFromNow(1) }
  const subject = [['CN', 'Proxmox Virtual Environment']] as const
  const authority = issueCertificate({ subject, ...validity, authority: true }, authorityKeys)
  const issuer = { subject, keys: authorityKeys }
  const cert = issueCertificate({ subject: SUBJECT, names, ...validity }, keys, issuer)
  return { cert, key: keyPem(keys), authority }
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY)
}

/** A PVE that says back what it hears; what it has heard behind TLS, the name it was asked for, who came and went. */
class Echo {
  readonly #server: Server
  received = 0
  name = ''
  accepted = 0
  closed = 0

  constructor(options: TlsOptions) {
    const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
      this.name = name
      done(null)
    }
    this.#server = createServer({ ...options, SNICallback }, (socket) => {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        this.received += bytes.length
        socket.write(bytes)
      })
    })
    this.#server.on('tlsClientError', () => {})
    // Below TLS: whoever refuses a certificate may leave before TLS is complete at this end.
    this.#server.on('connection', (socket) => {
      this.accepted++
      socket.on('close', () => this.closed++)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  close(): void {
    this.#server.close()
  }
}

function targetAt(port: number, more: Partial<DialTarget> = {}): DialTarget {
  const verify = (): void => {}
  return { hostname: '127.0.0.1', port, authorities: [], verify, timeoutMs: 5000, ...more }
}

for (const way of WAYS_TO_PVE) {
  /** What the judge is shown by that certificate, under these authorities and that name. */
  const judge = async (pair: Pair, more: Partial<DialTarget>) => {
    const pve = await new Echo(pair).listen()
    const seen: PresentedCertificate[] = []
    const verify = (certificate: PresentedCertificate) => void seen.push(certificate)
    const { port } = await way.open(targetAt(pve.port, { ...more, verify }))
    port.destroy()
    pve.close()
    const [certificate, ...others] = seen
    assert.deepEqual(others, [])
    assert.ok(certificate)
    return { ...certificate, asked: pve.name }
  }

  describe(`a certificate of PVE’s (${way.name})`, () => {
    test('is believed by its chain and its name', async () => {
      const own = await makeCertificate({ names: ['pve1.lan', '127.0.0.1'] })
      const signed = await makeSigned(['pve1.lan', '127.0.0.1'])
      for (const [pair, authority] of [
        [own, own.cert],
        [signed, signed.authority],
      ] as const) {
        for (const more of [{}, { servername: 'pve1.lan' }]) {
          const certificate = await judge(pair, { authorities: [authority], ...more })
          assert.equal(certificate.authorized, true)
          assert.equal(certificate.authorizationError, undefined)
        }
      }
    })

    const wrong: readonly (readonly [
      string,
      () => Promise<[Pair, Partial<DialTarget>]>,
      RegExp,
    ])[] = [
      [
        'of another authority',
        async () => {
          const { authority } = await makeSigned([])
          return [await makeSigned(['127.0.0.1']), { authorities: [authority] }]
        },
        /UNABLE_TO_VERIFY/,
      ],
      [
        'signed by itself and unknown',
        async () => {
          const other = await makeCertificate({ names: ['127.0.0.1'] })
          const pair = await makeCertificate({ names: ['127.0.0.1'] })
          return [pair, { authorities: [other.cert] }]
        },
        /UNABLE_TO_VERIFY/,
      ],
      [
        'of another name',
        async () => {
          const pair = await makeCertificate({ names: ['pve1.lan', '127.0.0.1'] })
          return [pair, { authorities: [pair.cert], servername: 'other.lan' }]
        },
        /ALTNAME/,
      ],
      [
        'without the address that was asked for',
        async () => {
          const pair = await makeCertificate({ names: ['pve1.lan'] })
          return [pair, { authorities: [pair.cert] }]
        },
        /ALTNAME/,
      ],
      [
        'that has expired',
        async () => {
          const spec = {
            names: ['127.0.0.1'],
            notBefore: daysFromNow(-3),
            notAfter: daysFromNow(-2),
          }
          const pair = await makeCertificate(spec)
          return [pair, { authorities: [pair.cert] }]
        },
        /EXPIRED|UNABLE_TO_VERIFY/,
      ],
    ]
    for (const [what, make, error] of wrong) {
      test(`${what} is told from one that is right`, async () => {
        const certificate = await judge(...(await make()))
        assert.equal(certificate.authorized, false)
        assert.match(certificate.authorizationError ?? '', error)
      })
    }

    test('is shown whole', async () => {
      const pair = await makeCertificate({ names: ['pve1.lan', '127.0.0.1'] })
      const certificate = await judge(pair, { authorities: [pair.cert] })
      assert.match(certificate.sha256, /^[0-9a-f]{64}$/)
      assert.equal(certificate.subject, 'CN=pve1.lan')
      assert.equal(certificate.issuer, 'CN=pve1.lan')
      assert.deepEqual([...certificate.sans].sort(), ['DNS:pve1.lan', 'IP Address:127.0.0.1'])
      assert.ok(Date.parse(certificate.validFrom) < Date.now())
      assert.ok(Date.parse(certificate.validTo) > Date.now())
    })

    test('is asked for by name, and by no name where there is only an address', async () => {
      const pair = await makeCertificate({ names: ['pve1.lan', '127.0.0.1'] })
      const named = await judge(pair, { authorities: [pair.cert], servername: 'pve1.lan' })
      assert.equal(named.asked, 'pve1.lan')
      assert.equal((await judge(pair, { authorities: [pair.cert] })).asked, '')
    })
  })

  describe(`a connection to PVE (${way.name})`, () => {
    let pve: Echo
    let pair: Pair

    before(async () => {
      pair = await makeCertificate({ names: ['pve1.lan', '127.0.0.1'] })
      pve = await new Echo(pair).listen()
    })
    after(() => pve.close())

    test('that is refused has sent nothing, and ends with what the judge said', async () => {
      const { received, accepted } = pve
      const verify = () => {
        throw new Failure('certificate_changed')
      }
      const refused = way.open(targetAt(pve.port, { authorities: [pair.cert], verify }))
      await assert.rejects(refused, { code: 'certificate_changed' })
      await until('it came there', () => pve.accepted === accepted + 1)
      await until('it is closed', () => pve.closed === pve.accepted)
      assert.equal(pve.received, received)
    })

    test('that is believed carries bytes both ways, and tells its end', async () => {
      const { port, address } = await way.open(targetAt(pve.port, { authorities: [pair.cert] }))
      assert.equal(address, '127.0.0.1')
      const got: string[] = []
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      const { promise: echoed, resolve: echo } = Promise.withResolvers<void>()
      port.receive({
        data(bytes) {
          got.push(new TextDecoder().decode(bytes))
          if (got.join('') === 'hello') echo()
        },
        drain() {},
        end: () => end(),
      })
      port.send(new TextEncoder().encode('hello'))
      await echoed
      port.destroy()
      await ended
    })

    test('that nobody takes says so', async () => {
      const closed = createTcp()
      closed.listen(0, '127.0.0.1')
      await once(closed, 'listening')
      const free = (closed.address() as AddressInfo).port
      closed.close()
      await once(closed, 'close')
      await assert.rejects(way.open(targetAt(free)), { code: 'host_unreachable' })
    })

    const nonsense: readonly (readonly [string, (socket: Socket) => void])[] = [
      ['that is cut at once', (socket) => socket.destroy()],
      ['that is cut in the middle of TLS', (socket) => socket.on('data', () => socket.destroy())],
      ['to what speaks no TLS', (socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')],
    ]
    for (const [what, answer] of nonsense) {
      test(`${what} is no connection`, async () => {
        const server = createTcp((socket) => {
          socket.on('error', () => {})
          answer(socket)
        })
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        const { port } = server.address() as AddressInfo
        await assert.rejects(way.open(targetAt(port)), { code: 'host_unreachable' })
        server.close()
      })
    }

    test('below TLS 1.2 is no connection', async () => {
      const old = await new Echo({ ...pair, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }).listen()
      const verify = () => assert.fail('there is nothing to judge')
      const dialled = way.open(targetAt(old.port, { authorities: [pair.cert], verify }))
      await assert.rejects(dialled, { code: 'host_unreachable' })
      old.close()
    })

    test('to something that never says a word is given up in time', async () => {
      let closed = 0
      const mute = createTcp((socket) => {
        // Read, or its end would not be seen.
        socket.resume()
        socket.on('error', () => {})
        socket.on('close', () => closed++)
      })
      mute.listen(0, '127.0.0.1')
      await once(mute, 'listening')
      const { port } = mute.address() as AddressInfo
      await assert.rejects(way.open(targetAt(port, { timeoutMs: 100 })), { code: 'host_timeout' })
      await until('it is closed', () => closed === 1)
      mute.close()
    })
  })
}
