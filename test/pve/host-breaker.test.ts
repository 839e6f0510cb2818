import assert from 'node:assert/strict'
import { afterEach, before, describe, test } from 'node:test'
import type { Host } from '../../src/pve/host.ts'
import type { Call } from '../../src/pve/http-client.ts'
import { FakeClock } from '../session/fake-clock.ts'
import {
  type Act,
  answer,
  answerOf,
  get,
  hang,
  hostAt,
  makePair,
  type Pair,
  post,
  RawHost,
  say,
  until,
} from './raw-host.ts'

const PAGE = '<html><center><h1>nginx</h1></center></html>'
const gateway = (line: string, type = 'Content-Type: text/html\r\n'): Act =>
  say(`HTTP/1.1 ${line}\r\n${type}Content-Length: ${PAGE.length}\r\n\r\n${PAGE}`)
const signIn: Call = { ...post, lane: 'sign-in' }

let pair: Pair
const opened: RawHost[] = []

before(async () => {
  pair = await makePair()
})
afterEach(async () => {
  for (const address of opened.splice(0)) await address.close()
})

async function listen(act: Act = answer, port = 0): Promise<RawHost> {
  const address = await RawHost.listen(pair, act, port)
  opened.push(address)
  return address
}

/** A host whose clock stands still, and how often it was dialled. */
function still(...addresses: RawHost[]) {
  const clock = new FakeClock()
  const counts = { dials: 0 }
  const urls = addresses.map(({ url }) => url)
  const host = hostAt({ urls, clock, onDial: () => void counts.dials++ })
  return { host, clock, counts }
}

/** A call that hangs at `address` until its time is over. */
async function timeOut(host: Host, clock: FakeClock, address: RawHost): Promise<void> {
  const before = address.requests.length
  const call = assert.rejects(host.send(get), { code: 'host_timeout' })
  await until(() => address.requests.length > before, 'the call')
  clock.advance(10_000)
  await call
}

async function failTimes(host: Host, times: number, code: string): Promise<void> {
  for (let n = 0; n < times; n++) await assert.rejects(host.send(get), { code })
}

describe('a host that refuses connections', () => {
  async function gone() {
    const address = await listen()
    const port = Number(address.url.port)
    await address.close()
    return { ...still(address), back: () => listen(answer, port) }
  }

  test('is dialled five times, then left alone, and calls fail at once as they did', async () => {
    const { host, counts } = await gone()
    await failTimes(host, 5, 'host_unreachable')
    assert.equal(counts.dials, 5)
    await failTimes(host, 20, 'host_unreachable')
    await assert.rejects(host.send(post), { code: 'host_unreachable' })
    assert.equal(counts.dials, 5)
    assert.equal(host.state, 'unreachable')
    host.close()
  })

  test('is found again by a probe, and asked from then on', async () => {
    const { host, clock, counts, back } = await gone()
    await failTimes(host, 5, 'host_unreachable')
    const address = await back()
    await failTimes(host, 1, 'host_unreachable')
    clock.advance(4999)
    assert.deepEqual([counts.dials, address.connections], [5, 0])
    clock.advance(1)
    await until(() => host.state === 'ready', 'the probe')
    assert.equal((await host.send(get)).status, 200)
    assert.deepEqual(address.requests, ['GET /api2/json/access/domains', 'GET /get'])
    host.close()
  })

  test('is asked once for all who sign in at a time, and their passwords stay here', async () => {
    const { host, clock, counts } = await gone()
    await failTimes(host, 5, 'host_unreachable')
    clock.advance(1000)
    const calls = Array.from({ length: 10 }, () => host.send(signIn))
    for (const call of calls) await assert.rejects(call, { code: 'host_unreachable' })
    assert.equal(counts.dials, 6)
    host.close()
  })

  test('takes a sign-in as soon as it is back', async () => {
    const { host, clock, counts, back } = await gone()
    await failTimes(host, 5, 'host_unreachable')
    const address = await back()
    clock.advance(1000)
    assert.equal((await host.send(signIn)).status, 200)
    assert.deepEqual(address.requests, ['GET /api2/json/access/domains', 'POST /post'])
    assert.equal(counts.dials, 7)
    assert.equal((await host.send(get)).status, 200, 'and so does everything else')
    host.close()
  })
})

describe('what PVE says', () => {
  for (const line of ['500 oops', '401 No ticket', '403 no', '595 No route to host', '501 x']) {
    test(`is no failure of the host: ${line}`, async () => {
      const address = await listen(say(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`))
      const { host } = still(address)
      for (let n = 0; n < 7; n++) await host.send(get)
      assert.equal(address.requests.length, 7)
      assert.equal(host.state, 'ready')
      host.close()
    })
  }

  test('in JSON is PVE’s own, whatever the status', async () => {
    const address = await listen(say(answerOf('{"data":null}', 'HTTP/1.1 503 no')))
    const { host } = still(address)
    assert.equal((await host.send(get)).status, 503)
    host.close()
  })
})

describe('what a proxy in front of it says in its place', () => {
  const rows: [line: string, type: string | undefined, code: string][] = [
    ['502 Bad Gateway', undefined, 'gateway_down'],
    ['502 Bad Gateway', 'Content-Type: text/plain; charset=utf-8\r\n', 'gateway_down'],
    ['502 Bad Gateway', '', 'gateway_down'],
    ['503 Service Unavailable', undefined, 'gateway_down'],
    ['504 Gateway Time-out', undefined, 'gateway_timeout'],
  ]
  for (const [line, type, code] of rows) {
    test(`is told apart: ${line}, ${type?.trim() ?? 'a page'}`, async () => {
      const address = await listen(gateway(line, type))
      const { host } = still(address)
      await assert.rejects(host.send(get), { code })
      assert.deepEqual(address.requests, ['GET /get'])
      host.close()
    })
  }

  test('gives the host up at the fifth in a row', async () => {
    const address = await listen(gateway('502 Bad Gateway'))
    const { host } = still(address)
    await failTimes(host, 9, 'gateway_down')
    assert.equal(address.requests.length, 5)
    assert.equal(host.state, 'unreachable')
    host.close()
  })

  test('is not asked for again elsewhere when something may have been done', async () => {
    const [first, second] = [await listen(gateway('502 Bad Gateway')), await listen()]
    const { host } = still(first, second)
    await assert.rejects(host.send(post), { code: 'gateway_down' })
    assert.deepEqual(second.requests, [])
    assert.equal((await host.send(get)).url, second.url, 'reading is')
    host.close()
  })
})

describe('a call that takes too long', () => {
  test('says nothing about the host', async () => {
    const address = await listen()
    const { host, clock } = still(address)
    await host.send(get)
    address.act = hang
    await timeOut(host, clock, address)
    assert.equal(host.state, 'ready')
    address.act = answer
    await host.send(get)
    host.close()
  })

  test('says nothing about the host five times either, where something small is answered', async () => {
    const address = await listen()
    const { host, clock } = still(address)
    const isProbe = () => address.requests.at(-1)?.endsWith('/access/domains') === true
    address.act = (socket, request) => (isProbe() ? answer : hang)(socket, request)
    for (let n = 0; n < 5; n++) await timeOut(host, clock, address)
    await until(isProbe, 'a probe')
    await until(() => host.state === 'ready', 'its answer')
    const before = address.requests.length
    await timeOut(host, clock, address)
    assert.equal(address.requests.length, before + 1)
    host.close()
  })

  test('says nothing about the host where it only kept others waiting', async () => {
    const address = await listen()
    const { host, clock } = still(address)
    await host.send(get)
    address.act = hang
    const calls = Array.from({ length: 12 }, () => host.send(get))
    await until(() => address.requests.length === 9, 'eight of them')
    clock.advance(10_000)
    for (const call of calls) await assert.rejects(call, { code: 'host_timeout' })
    assert.equal(host.state, 'ready')
    host.close()
  })

  test('is given up at once where five were, and the probe too', async () => {
    const address = await listen(hang)
    const { host, clock } = still(address)
    for (let n = 0; n < 5; n++) await timeOut(host, clock, address)
    await until(() => address.requests.length === 6, 'a probe')
    clock.advance(10_000)
    await until(() => host.state === 'unreachable', 'its end')
    await failTimes(host, 5, 'host_timeout')
    assert.equal(address.requests.length, 6)
    host.close()
  })

  test('at one address of a cluster leads to the other one in the end', async () => {
    const [first, second] = [await listen(hang), await listen()]
    const { host, clock } = still(first, second)
    for (let n = 0; n < 5; n++) await timeOut(host, clock, first)
    await until(() => first.requests.length === 6, 'a probe')
    clock.advance(10_000)
    await until(() => host.state === 'unreachable', 'its end')
    assert.equal((await host.send(post)).url, second.url)
    assert.equal(host.state, 'ready')
    host.close()
  })

  test('has its time from all addresses together', async () => {
    const [first, second] = [await listen(hang), await listen(hang)]
    const { host, clock } = still(first, second)
    await timeOut(host, clock, first)
    assert.deepEqual(second.requests, [])
    host.close()
  })
})
