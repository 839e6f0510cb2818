/** Not one byte goes to a host whose certificate is not to be believed, in whatever situation it shows it. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { afterEach, before, describe, test } from 'node:test'
import { runtime } from '#runtime'
import {
  type CertificateSpec,
  issueCertificate,
  keyPem,
  makeKeyPair,
} from '../../src/certificate.ts'
import { checkHost } from '../../src/cli/check-host.ts'
import { systemClock } from '../../src/clock.ts'
import type { HostConfig } from '../../src/config/config.ts'
import { lookAt, requestTicket } from '../../src/pve/api.ts'
import { Host } from '../../src/pve/host.ts'
import { openScreen } from '../../src/pve/open-console.ts'
import { createTrust } from '../../src/pve/trust.ts'
import { hostConfig } from './fake-host.ts'
import { answerOf, get, type Pair, post, RawHost, say, until } from './raw-host.ts'

const DAY = 86_400_000
const WHO = { ticket: 'PVE:x', csrf: 'x' }
const PLACE = { node: 'a', type: 'qemu', vmid: 100 } as const
const PROXY = {
  port: '5900',
  ticket: 'PVEVNC:00000000::x',
  user: 'root@pam',
  upid: 'UPID:a:0000A1B2:00C3D4E5:662A1B2C:vncproxy:100:root@pam:',
}

/** An authority of certificates for this machine; `spec` says in what one differs. */
async function makeAuthority() {
  const keys = await makeKeyPair('ec-p256')
  const subject = [['CN', 'Authority']] as const
  const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) }
  const cert = issueCertificate({ subject, ...validity, authority: true }, keys)
  const issue = async (spec: Partial<CertificateSpec> = {}): Promise<Pair> => {
    const own = await makeKeyPair('ec-p256')
    const whole = { subject: [['CN', 'pve']] as const, names: ['127.0.0.1'], ...validity, ...spec }
    return { cert: issueCertificate(whole, own, { subject, keys }), key: keyPem(own) }
  }
  return { cert, issue }
}

const sha256 = ({ cert }: Pair): string =>
  createHash('sha256').update(new X509Certificate(cert).raw).digest('hex')

let authority: Awaited<ReturnType<typeof makeAuthority>>
let right: Pair
let other: Pair
const opened: RawHost[] = []
const hosts: Host[] = []

before(async () => {
  authority = await makeAuthority()
  right = await authority.issue()
  other = await (await makeAuthority()).issue()
})
afterEach(async () => {
  for (const host of hosts.splice(0)) host.close()
  for (const address of opened.splice(0)) await address.close()
})

async function listen(pair: Pair, body: unknown = []): Promise<RawHost> {
  const address = await RawHost.listen(pair, say(answerOf(JSON.stringify({ data: body }))))
  opened.push(address)
  return address
}

type Judged = Partial<HostConfig> & { readonly known?: readonly string[] }

function hostAt(addresses: readonly RawHost[], { known = [], ...more }: Judged): Host {
  const config = { ...hostConfig('home'), urls: addresses.map(({ url }) => url), ...more }
  const sources = { authority: config.ca || null, systemAuthorities: () => [], known: () => known }
  const newTrust = () => createTrust(config, { ...sources, now: () => systemClock.monotonic() })
  const host = new Host(config, newTrust, runtime, systemClock)
  hosts.push(host)
  return host
}

/** Everything that would send something. */
const WAYS: readonly [what: string, go: (host: Host) => Promise<unknown>][] = [
  ['a call that reads', (host) => host.send(get)],
  ['a call that writes', (host) => host.send(post)],
  ['a sign-in', (host) => requestTicket(host, 'root@pam', 'secret')],
  ['a probe', (host) => lookAt(host)],
  ['a console', (host) => openScreen(opening(host))],
  [
    'a console’s socket',
    (host) => runtime.dial(host.target({ url: urlOf(host), address: '127.0.0.1' })),
  ],
]

function urlOf(host: Host): URL {
  return host.addresses[0]?.url ?? assert.fail('it has no address')
}

function opening(host: Host) {
  const { signal } = new AbortController()
  return { host, identity: WHO, place: PLACE, runtime, signal, onPhase() {} }
}

describe('a certificate', () => {
  const wrong: readonly [
    what: string,
    show: () => Pair | Promise<Pair>,
    judged: () => Judged,
    code: string,
  ][] = [
    ['that nobody has confirmed', () => right, () => ({}), 'host_untrusted'],
    [
      'other than the confirmed one',
      () => right,
      () => ({ known: [sha256(other)] }),
      'certificate_changed',
    ],
    [
      'other than the configured one, though its authority is',
      () => right,
      () => ({ fingerprint: [sha256(other)], ca: authority.cert }),
      'certificate_changed',
    ],
    [
      'of another authority, though it was confirmed',
      () => other,
      () => ({ ca: authority.cert, known: [sha256(other)] }),
      'host_untrusted',
    ],
    [
      'of the right authority for another name',
      () => authority.issue({ names: ['pve.lan'] }),
      () => ({ ca: authority.cert }),
      'host_untrusted',
    ],
    [
      'of the right authority that has ended',
      () =>
        authority.issue({
          notBefore: new Date(Date.now() - 2 * DAY),
          notAfter: new Date(Date.now() - DAY),
        }),
      () => ({ ca: authority.cert }),
      'host_untrusted',
    ],
    [
      'of the right authority that has not begun',
      () =>
        authority.issue({
          notBefore: new Date(Date.now() + DAY),
          notAfter: new Date(Date.now() + 2 * DAY),
        }),
      () => ({ ca: authority.cert }),
      'host_untrusted',
    ],
  ]
  for (const [what, show, judged, code] of wrong) {
    for (const [way, go] of WAYS) {
      test(`${what} gets nothing: ${way}`, async () => {
        const address = await listen(await show())
        await assert.rejects(go(hostAt([address], judged())), { code })
        await address.quiet()
        assert.deepEqual([address.connections, address.bytes], [1, 0])
      })
    }

    test(`${what} gets nothing: check`, async () => {
      const address = await listen(await show())
      const { works } = await checkHost(hostAt([address], judged()), 'pve-console trust home')
      assert.equal(works, false)
      await address.quiet()
      assert.ok(address.connections > 0)
      assert.equal(address.bytes, 0)
    })
  }
})

describe('a host that is trusted and shows another certificate', () => {
  test('gets nothing over the next connection, while the one that was judged goes on', async () => {
    const address = await listen(right)
    const host = hostAt([address], { known: [sha256(right)] })
    await host.send(get)
    address.show(other)
    await host.send(get)
    assert.deepEqual([address.requests.length, address.connections], [2, 1])
    const { bytes } = address
    for (const call of [post, get]) {
      address.cut()
      await assert.rejects(host.send(call), { code: 'certificate_changed' })
    }
    await address.quiet()
    assert.equal(address.bytes, bytes)
  })

  test('gets no console that it has just agreed to', async () => {
    const address = await listen(right)
    address.act = (socket, n) => {
      address.show(other)
      say(answerOf(JSON.stringify({ data: PROXY })))(socket, n)
    }
    const host = hostAt([address], { known: [sha256(right)] })
    await assert.rejects(openScreen(opening(host)), { code: 'certificate_changed' })
    await address.quiet()
    assert.equal(address.connections, 2)
    assert.deepEqual(address.requests, ['POST /api2/json/nodes/a/qemu/100/vncproxy'])
    assert.ok(!address.latest.includes('vncwebsocket'))
  })

  test('gets everything once more when it was renewed by its authority', async () => {
    const address = await listen(right)
    const host = hostAt([address], { ca: authority.cert })
    await host.send(post)
    address.show(await authority.issue())
    address.cut()
    assert.equal((await host.send(post)).status, 200)
    assert.equal((await host.send(get)).status, 200)
    assert.equal(host.state, 'ready')
  })

  test('gets everything under either of two confirmed certificates', async () => {
    const address = await listen(right)
    const host = hostAt([address], { known: [sha256(right), sha256(other)] })
    await host.send(post)
    address.show(other)
    assert.equal((await host.send(post)).status, 200)
  })
})

describe('the second address of a host', () => {
  for (const [what, call] of [
    ['a call that reads', get],
    ['a call that writes', post],
  ] as const) {
    test(`gets nothing of ${what} where its certificate is refused`, async () => {
      const [first, second] = [await listen(right), await listen(other)]
      const host = hostAt([first, second], { known: [sha256(right)] })
      await host.send(call)
      await first.close()
      await assert.rejects(host.send(call), { code: 'certificate_changed' })
      await second.quiet()
      assert.deepEqual([second.connections, second.bytes], [1, 0])
    })
  }
})

describe('a session of TLS', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`is never taken up again, so that each is judged by what it shows: ${version}`, async () => {
      const address = await RawHost.listen(
        { ...right, minVersion: version, maxVersion: version },
        say(answerOf(JSON.stringify({ data: PROXY }))),
      )
      opened.push(address)
      const host = hostAt([address], { known: [sha256(right)] })
      for (let n = 0; n < 3; n++) await host.send(post)
      for (let n = 0; n < 3; n++) {
        const { port } = await runtime.dial(host.target({ url: address.url, address: '127.0.0.1' }))
        port.send(new TextEncoder().encode('GET /over-a-console HTTP/1.1\r\n\r\n'))
        await until(() => address.requests.length === 4 + n, 'it to come there')
        port.destroy()
      }
      assert.deepEqual(address.sessions, Array(6).fill('new'))
    })
  }
})
