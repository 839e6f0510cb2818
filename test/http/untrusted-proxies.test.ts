import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Rig } from './rig.ts'

const PROXIED = { 'X-Forwarded-For': '198.51.100.1' }

describe('a proxy that is not believed', () => {
  const ask = (rig: Rig, address: string) =>
    rig.ask('/api/hosts', { headers: PROXIED, peer: { address } })

  test('is named in the log once', async () => {
    const rig = new Rig()
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) await ask(rig, address)
    const said = rig.lines.filter((line) => line.includes('trusted_proxies'))
    assert.equal(said.length, 2)
    assert.deepEqual(rig.deps.untrustedProxies.seen, ['192.0.2.1', '192.0.2.2'])
  })

  test('is none where it is configured, and where nobody speaks for another', async () => {
    const rig = new Rig('trusted_proxies = ["192.0.2.0/24"]')
    await ask(rig, '192.0.2.1')
    await rig.ask('/api/hosts', { peer: { address: '203.0.113.9' } })
    assert.deepEqual(rig.deps.untrustedProxies.seen, [])
  })

  test('is remembered within bounds, whoever pretends to be some', async () => {
    const rig = new Rig()
    for (let n = 0; n < 300; n++) await ask(rig, `2001:db8::${n.toString(16)}`)
    assert.equal(rig.deps.untrustedProxies.seen.length, 64)
  })
})
