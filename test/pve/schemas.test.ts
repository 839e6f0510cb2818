import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import {
  CurrentStatus,
  Domains,
  Permissions,
  Resource,
  Resources,
  VncProxy,
} from '../../src/pve/schemas.ts'

const GUEST = { type: 'qemu', vmid: 100, node: 'pve1', status: 'running' }
const PROXY = {
  ticket: 'PVEVNC:1::x',
  port: '5900',
  user: 'a@pam',
  upid: 'UPID:pve1:0001:vncproxy:100:a@pam:',
}

describe('resources', () => {
  const accepted: [title: string, entry: unknown][] = [
    ['a guest with little', GUEST],
    [
      'a guest with everything as text',
      { ...GUEST, vmid: '100', cpu: '0.01', mem: '1', template: '1' },
    ],
    ['a guest without figures', { ...GUEST, cpu: null, uptime: null }],
    ['a guest with fields of a later version', { ...GUEST, pool: 'x', netin: 5, whatever: [] }],
    ['a container', { ...GUEST, type: 'lxc' }],
    ['a node', { type: 'node', node: 'pve1', status: 'offline' }],
    ['a storage', { type: 'storage', id: 'storage/pve1/local', node: 'pve1' }],
    ['a network of a later version', { type: 'network', network: 'x' }],
  ]
  for (const [title, entry] of accepted) {
    test(`${title} is read`, () => assert.equal(v.safeParse(Resource, entry).success, true))
  }

  const refused: [title: string, entry: unknown][] = [
    ['a guest without a node', { type: 'qemu', vmid: 100 }],
    ['a guest on a node with a slash', { ...GUEST, node: 'pve1/../pve2' }],
    ['a guest on ..', { ...GUEST, node: '..' }],
    ['a guest with a small number', { ...GUEST, vmid: 99 }],
    ['a guest with half a number', { ...GUEST, vmid: 100.5 }],
    ['a guest with no number', { ...GUEST, vmid: 'x' }],
    ['an endless figure', { ...GUEST, mem: '1e999' }],
    ['a node with a query', { type: 'node', node: 'pve1?x' }],
    ['something without a type', { vmid: 100 }],
  ]
  for (const [title, entry] of refused) {
    test(`${title} is not`, () => assert.equal(v.safeParse(Resource, entry).success, false))
  }

  test('are a list, and no endless one', () => {
    assert.equal(v.safeParse(Resources, GUEST).success, false)
    const many = Array.from({ length: 50_001 }, () => ({ type: 'storage' }))
    assert.equal(v.safeParse(Resources, many).success, false)
  })
})

describe('the answer to vncproxy', () => {
  const accepted: [title: string, change: object][] = [
    ['before April 2026', {}],
    ['since then', { password: 'abcdefgh', ticket: 'ABCDEFGH:PVEVNC:1::x' }],
    ['with a port that is a number', { port: 5999 }],
    ['with more than is known', { cert: 'x' }],
  ]
  for (const [title, change] of accepted) {
    test(`is read: ${title}`, () => {
      const { port } = v.parse(VncProxy, { ...PROXY, ...change })
      assert.equal(typeof port, 'number')
    })
  }

  const refused: [title: string, change: object][] = [
    ['a port below', { port: 5899 }],
    ['a port above', { port: 6000 }],
    ['half a port', { port: '5900.5' }],
    ['a port with more behind it', { port: '5900&x=1' }],
    ['a ticket with a line end', { ticket: 'x\r\ny' }],
    ['an empty ticket', { ticket: '' }],
    ['an empty password', { password: '' }],
  ]
  for (const [title, change] of refused) {
    test(`is not read: ${title}`, () => {
      assert.equal(v.safeParse(VncProxy, { ...PROXY, ...change }).success, false)
    })
  }
})

test('a status may say no more than it knows', () => {
  const read = (answer: object) => v.parse(CurrentStatus, answer)
  assert.deepEqual(read({ status: 'running', ha: {} }), { status: 'running', template: 0 })
  assert.equal(read({ status: 'stopped', template: '1' }).template, 1)
})

test('permissions are numbers, also where PVE writes text', () => {
  assert.deepEqual(v.parse(Permissions, { '/': { 'VM.Audit': '1' } }), { '/': { 'VM.Audit': 1 } })
})

test('a realm has a name that fits into a user’s', () => {
  for (const realm of ['', '1pam', 'a', 'pam@x', 'a b', '../x']) {
    assert.equal(v.safeParse(Domains, [{ realm, type: 'pam' }]).success, false, realm)
  }
})
