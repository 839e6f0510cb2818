/** A cluster has a certificate for each node: what is made of one says nothing of the others. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { afterEach, before, describe, test } from 'node:test'
import type { Host } from '../../src/pve/host.ts'
import { Hosts } from '../../src/pve/hosts.ts'
import { createTrust } from '../../src/pve/trust.ts'
import { FakeClock } from '../session/fake-clock.ts'
import { hostConfig } from './fake-host.ts'
import { answer, get, hostAt, makePair, type Pair, post, RawHost, until } from './raw-host.ts'

let pairs: readonly [Pair, Pair]
const opened: RawHost[] = []

before(async () => {
  pairs = [await makePair(), await makePair()]
})
afterEach(async () => {
  for (const address of opened.splice(0)) await address.close()
})

const sha256 = ({ cert }: Pair): string =>
  createHash('sha256').update(new X509Certificate(cert).raw).digest('hex')

/** Two nodes, each with its own certificate, and whose were confirmed. */
async function cluster() {
  const nodes = [await RawHost.listen(pairs[0]), await RawHost.listen(pairs[1])] as const
  opened.push(...nodes)
  const known: string[] = []
  const clock = new FakeClock()
  const counts = { dials: 0 }
  const newTrust = () =>
    createTrust(hostConfig('home'), {
      authority: null,
      systemAuthorities: () => [],
      known: () => known,
      now: () => clock.monotonic(),
    })
  const urls = nodes.map(({ url }) => url)
  const host = hostAt({ urls, clock, newTrust, onDial: () => void counts.dials++ })
  const hosts = new Hosts([host], clock)
  return { nodes, known, clock, counts, host, hosts }
}

async function refusals(host: Host, times: number, code = 'host_untrusted'): Promise<void> {
  for (let n = 0; n < times; n++) await assert.rejects(host.send(get), { code })
}

describe('a cluster of which one node is known', () => {
  for (const [trusted, refused] of [
    [0, 1],
    [1, 0],
  ] as const) {
    test(`works there: node ${trusted + 1}`, async () => {
      const { nodes, known, host, hosts } = await cluster()
      known.push(sha256(pairs[trusted]))
      assert.equal((await host.send(post)).url, nodes[trusted].url)
      assert.equal((await host.send(get)).url, nodes[trusted].url)
      assert.equal(host.state, 'ready')
      assert.equal(nodes[refused].bytes, 0)
      host.close()
      hosts.close()
    })
  }

  test('shows the certificate of the other one, which is refused', async () => {
    const { nodes, known, host, hosts } = await cluster()
    known.push(sha256(pairs[0]))
    await host.send(get)
    assert.deepEqual((await hosts.judgement(host)).certificate.sha256, sha256(pairs[0]))
    await nodes[0].close()
    await refusals(host, 1, 'certificate_changed')
    const { certificate, trusted, expected } = await hosts.judgement(host)
    assert.deepEqual([certificate.sha256, trusted], [sha256(pairs[1]), false])
    assert.deepEqual(expected, [sha256(pairs[0])])
    assert.equal(host.state, 'untrusted', 'which says more than that the first one is gone')
    host.close()
  })

  test('is called untrusted, not unreachable, when the known one is gone', async () => {
    const { nodes, known, host } = await cluster()
    known.push(sha256(pairs[1]))
    await nodes[1].close()
    await refusals(host, 1, 'certificate_changed')
    assert.equal(host.state, 'untrusted')
    host.close()
  })

  test('shows it until it is confirmed, also while the first one works', async () => {
    const { known, host, hosts, nodes } = await cluster()
    known.push(sha256(pairs[1]))
    await host.send(get)
    assert.equal((await hosts.judgement(host)).certificate.sha256, sha256(pairs[0]))
    nodes[0].show(pairs[1])
    assert.equal((await hosts.judgement(host)).trusted, false, 'it was looked at just now')
    hosts.close()
  })

  test('looks again at what is refused for who asks, though the first one works', async () => {
    const { known, clock, host, hosts, nodes } = await cluster()
    known.push(sha256(pairs[1]))
    await host.send(get)
    nodes[0].show(pairs[1])
    clock.advance(5000)
    assert.equal((await hosts.judgement(host)).trusted, true)
    hosts.close()
  })
})

describe('a host whose certificate is refused', () => {
  test('is dialled no more than once in half a minute by calls', async () => {
    const { clock, counts, host } = await cluster()
    await refusals(host, 10)
    assert.equal(counts.dials, 2, 'once each')
    clock.advance(29_999)
    await refusals(host, 3)
    assert.equal(counts.dials, 2)
    clock.advance(1)
    await refusals(host, 3)
    assert.equal(counts.dials, 4)
    host.close()
  })

  test('is dialled by who signs in, but gets nothing', async () => {
    const { clock, counts, host, nodes } = await cluster()
    await refusals(host, 1)
    clock.advance(1000)
    await assert.rejects(host.send({ ...post, lane: 'sign-in' }), { code: 'host_untrusted' })
    assert.equal(counts.dials, 4)
    assert.deepEqual([nodes[0].bytes, nodes[1].bytes], [0, 0])
    host.close()
  })

  test('is dialled every half minute for the list of hosts, and every five seconds for its page', async () => {
    const { clock, counts, host, hosts } = await cluster()
    assert.equal(await hosts.state(host), 'untrusted')
    assert.equal(counts.dials, 2)
    clock.advance(29_999)
    await hosts.state(host)
    assert.equal(counts.dials, 2)
    await hosts.judgement(host)
    assert.equal(counts.dials, 4)
    clock.advance(4999)
    await hosts.judgement(host)
    assert.equal(counts.dials, 4)
    hosts.close()
  })

  test('works at once when it is confirmed', async () => {
    const { counts, host, hosts, known } = await cluster()
    await refusals(host, 1)
    known.push(sha256(pairs[0]))
    assert.equal((await host.send(post)).status, 200)
    assert.equal(await hosts.state(host), 'ready')
    assert.equal(counts.dials, 4, 'one for the call and one for the question')
    hosts.close()
  })

  test('is ready at the first question after it was confirmed', async () => {
    const { host, hosts, known, clock } = await cluster()
    assert.equal(await hosts.state(host), 'untrusted')
    clock.advance(10)
    known.push(sha256(pairs[0]))
    assert.equal(await hosts.state(host), 'ready')
    hosts.close()
  })

  test('is none that cannot be reached: five refusals do not give it up', async () => {
    const { host, clock, known, counts, nodes } = await cluster()
    for (let n = 0; n < 6; n++) {
      await refusals(host, 1)
      clock.advance(30_000)
    }
    assert.equal(counts.dials, 12)
    known.push(sha256(pairs[0]))
    assert.equal((await host.send(get)).url, nodes[0].url)
    host.close()
  })

  test('is taken again when it shows the old certificate, after half a minute at most', async () => {
    const { host, clock, known, nodes } = await cluster()
    known.push(sha256(pairs[0]))
    nodes[0].show(pairs[1])
    await refusals(host, 1, 'certificate_changed')
    nodes[0].show(pairs[0])
    await refusals(host, 1, 'certificate_changed')
    clock.advance(30_000)
    assert.equal((await host.send(get)).url, nodes[0].url)
    host.close()
  })

  test('works at once when it is confirmed, also where it could not be reached before', async () => {
    const { host, clock, known, nodes } = await cluster()
    const port = Number(nodes[0].url.port)
    await Promise.all([nodes[0].close(), nodes[1].close()])
    await refusals(host, 5, 'host_unreachable')
    const back = await RawHost.listen(pairs[0], answer, port)
    opened.push(back)
    clock.advance(5000)
    await until(() => host.state === 'untrusted', 'the probe')
    known.push(sha256(pairs[0]))
    assert.equal((await host.send(post)).status, 200)
    host.close()
  })

  test('is not spoken to over a connection that was kept from before', async () => {
    const { host, known, nodes, counts } = await cluster()
    known.push(sha256(pairs[0]))
    await host.send(get)
    await host.send(get)
    assert.equal(counts.dials, 1, 'it is kept')
    const before = nodes[0].bytes
    known.splice(0)
    await refusals(host, 1)
    assert.equal(nodes[0].bytes, before)
    known.push(sha256(pairs[0]))
    for (const call of [get, post, get]) assert.equal((await host.send(call)).status, 200)
    host.close()
  })
})
