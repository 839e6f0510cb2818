import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hasPrivilege } from '../../src/pve/privileges.ts'

const CONSOLE = 'VM.Console'

describe('a privilege', () => {
  const rows: [
    title: string,
    tree: Record<string, Record<string, number>>,
    path: string,
    has: boolean,
  ][] = [
    ['on the path itself', { '/vms/100': { [CONSOLE]: 1 } }, '/vms/100', true],
    ['on the path itself, not for those below', { '/vms/100': { [CONSOLE]: 0 } }, '/vms/100', true],
    ['on the path above', { '/vms': { [CONSOLE]: 1 } }, '/vms/100', true],
    ['on the path above, but not for those below', { '/vms': { [CONSOLE]: 0 } }, '/vms/100', false],
    ['on the root', { '/': { [CONSOLE]: 1 } }, '/vms/100', true],
    ['on the root, but not for those below', { '/': { [CONSOLE]: 0 } }, '/vms/100', false],
    ['on the root itself', { '/': { [CONSOLE]: 0 } }, '/', true],
    ['taken away nearer', { '/': { [CONSOLE]: 1 }, '/vms': {} }, '/vms/100', false],
    [
      'taken away on the path itself',
      { '/vms': { [CONSOLE]: 1 }, '/vms/100': {} },
      '/vms/100',
      false,
    ],
    [
      'given nearer than it is withheld',
      { '/': {}, '/vms/100': { [CONSOLE]: 1 } },
      '/vms/100',
      true,
    ],
    ['on a neighbour', { '/vms/101': { [CONSOLE]: 1 } }, '/vms/100', false],
    ['on a path that only begins alike', { '/vms/10': { [CONSOLE]: 1 } }, '/vms/100', false],
    ['on a path below', { '/vms/100/x': { [CONSOLE]: 1 } }, '/vms/100', false],
    ['another one', { '/vms/100': { 'VM.Audit': 1 } }, '/vms/100', false],
    ['nowhere', {}, '/vms/100', false],
    ['on the node', { '/nodes': { [CONSOLE]: 1 } }, '/nodes/pve1', true],
  ]
  for (const [title, tree, path, has] of rows) {
    test(`${title}: ${has ? 'yes' : 'no'}`, () =>
      assert.equal(hasPrivilege(tree, path, CONSOLE), has))
  }

  test('is not one that JavaScript gives to every object', () => {
    const tree = { '/vms/100': {} }
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      assert.equal(hasPrivilege(tree, '/vms/100', name), false, name)
      assert.equal(hasPrivilege({}, `/${name}`, CONSOLE), false, name)
    }
  })
})
