import assert from 'node:assert/strict'
import { afterEach, before, describe, test } from 'node:test'
import { Hosts } from '../../src/pve/hosts.ts'
import { FakeClock } from '../session/fake-clock.ts'
import {
  answer,
  answerOf,
  hang,
  hostAt,
  makePair,
  type Pair,
  RawHost,
  say,
  until,
} from './raw-host.ts'

let pair: Pair
let address: RawHost

before(async () => {
  pair = await makePair()
})
afterEach(() => address.close())

async function rig(act = answer) {
  address = await RawHost.listen(pair, act)
  const clock = new FakeClock()
  const host = hostAt({ urls: [address.url], clock })
  return { clock, host, hosts: new Hosts([host], clock) }
}

describe('what strangers ask of a host', () => {
  test('asks it once in five seconds', async () => {
    const { clock, host, hosts } = await rig()
    for (let n = 0; n < 10; n++) {
      assert.equal(await hosts.state(host), 'ready')
      assert.deepEqual(await hosts.realms(host), [])
    }
    assert.equal(address.requests.length, 1)
    clock.advance(5000)
    await Promise.all([hosts.state(host), hosts.state(host), hosts.realms(host)])
    await until(() => address.requests.length === 2, 'the second question')
    hosts.close()
  })

  test('waits a moment for a host that was never heard of, and then calls it silent', async () => {
    const { clock, host, hosts } = await rig(hang)
    const state = hosts.state(host)
    await until(() => address.requests.length === 1, 'the question')
    clock.advance(1500)
    assert.equal(await state, 'unreachable')
    const judgement = assert.rejects(hosts.judgement(host), { code: 'host_unreachable' })
    clock.advance(1500)
    await judgement
    hosts.close()
  })

  test('finds a host that is back, though calls to it would fail at once', async () => {
    const { clock, host, hosts } = await rig(
      say('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'),
    )
    for (let n = 0; n < 5; n++) {
      assert.equal(await hosts.state(host), 'unreachable')
      clock.advance(5000)
    }
    address.act = answer
    assert.equal(await hosts.state(host), 'ready')
    hosts.close()
  })

  for (const body of ['{"data":"x"}', 'nonsense', '<html>']) {
    test(`is not ready while it has never spoken as PVE does: ${body}`, async () => {
      const { clock, host, hosts } = await rig(say(answerOf(body)))
      assert.equal(await hosts.state(host), 'unreachable')
      await assert.rejects(hosts.realms(host), { code: 'pve_error' })
      address.act = answer
      clock.advance(5000)
      assert.equal(await hosts.state(host), 'ready')
      address.act = say(answerOf(body))
      clock.advance(5000)
      assert.equal(await hosts.state(host), 'ready', 'one odd answer is no reason')
      hosts.close()
    })
  }
})
