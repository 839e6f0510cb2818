/** What a host of PVE 7 does in another way. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, type Session, signIn } from './probe.ts'
import { gamma as gammaWorld } from './worlds.ts'

describe('PVE 7', () => {
  let lab: Lab
  let gamma: LabHost
  let root: Session

  before(async () => {
    lab = await startLab({ hosts: [gammaWorld()], screens: 'rfb', authFailureDelayMs: 0 })
    gamma = lab.host('gamma')
    root = await signIn(gamma, 'root@pam')
  })
  after(() => lab.close())

  test('says what is wrong in the reason phrase, and not in the body', async () => {
    const missing = await call(gamma, 'GET', '/nodes/g/qemu/999/config', { session: root })
    assert.equal(missing.status, 500)
    assert.match(
      missing.reason,
      /^Configuration file 'nodes\/g\/qemu-server\/999.conf' does not exist/,
    )
    assert.deepEqual(missing.json, { data: null })
    const params = { username: 'root@pam', password: 'wrong', 'new-format': '1' }
    const refused = await call(gamma, 'POST', '/access/ticket', { params })
    assert.deepEqual([refused.status, refused.reason], [401, 'authentication failure'])
    assert.deepEqual(refused.json, { data: null })
    const odd = await call(gamma, 'GET', '/nodes/g/qemu/x/config', { session: root })
    assert.deepEqual(Object.keys(odd.json as object).sort(), ['data', 'errors'])
  })

  test('takes bodies of 64 KiB', async () => {
    for (const [size, status] of [
      [65_536, 401],
      [65_537, 501],
    ] as const) {
      const head = 'username=root@pam&password='
      const body = head + 'x'.repeat(size - head.length)
      const headers = { 'Content-Length': String(size) }
      const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
      const answer = await call(gamma, 'POST', '/access/ticket', { body, headers: form })
      assert.equal(answer.status, status)
    }
  })

  test('asks for a second factor in the newer way only where it is asked to', async () => {
    const { password } = gamma.account('bob@pve')
    const params = { username: 'bob@pve', password }
    const newer = await call(gamma, 'POST', '/access/ticket', {
      params: { ...params, 'new-format': '1' },
    })
    assert.match((newer.json as { data: { ticket: string } }).data.ticket, /^PVE:!tfa!/)
    assert.equal((await call(gamma, 'POST', '/access/ticket', { params })).status, 501)
  })

  test('has node shells for the realm pam only', async () => {
    const bob = await signIn(gamma, 'bob@pve')
    const answer = await call(gamma, 'POST', '/nodes/g/termproxy', { session: bob, params: {} })
    assert.deepEqual(
      [answer.status, answer.reason],
      [403, 'Permission check failed (realm != pam)'],
    )
    const own = await call(gamma, 'POST', '/nodes/g/termproxy', { session: root, params: {} })
    assert.equal(own.status, 200)
  })

  test('knows no clipboard, no parameter of later ones, and writes its version in its own way', async () => {
    const status = await call(gamma, 'GET', '/nodes/g/qemu/100/status/current', { session: root })
    assert.ok(!('clipboard' in (status.json as { data: object }).data))
    const stop = await call(gamma, 'POST', '/nodes/g/qemu/101/status/stop', {
      session: root,
      params: { 'overrule-shutdown': '1' },
    })
    assert.equal(stop.status, 400)
    const version = await call(gamma, 'GET', '/version', { session: root })
    const { data } = version.json as { data: Record<string, string> }
    assert.deepEqual([data.version, data.release], ['7.4-17', '7.4'])
  })
})
