import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOME, load, problems } from './loading.ts'

describe('hosts on the command line', () => {
  test('need no file', () => {
    const { hosts } = load(null, { hosts: ['home=192.168.1.10', 'lab=https://lab.lan:443'] })
    assert.deepEqual([...hosts.keys()], ['home', 'lab'])
    assert.equal(hosts.get('home')?.urls[0]?.href, 'https://192.168.1.10:8006/')
    assert.equal(hosts.get('home')?.label, 'home')
    assert.equal(hosts.get('lab')?.urls[0]?.href, 'https://lab.lan/')
  })

  test('are added to those of a file', () => {
    const { hosts } = load(HOME, { hosts: ['lab=10.0.0.1'] })
    assert.deepEqual([...hosts.keys()], ['home', 'lab'])
  })

  test('move a host of the file to another address, and nothing else of it', () => {
    const file = `${HOME}label = "Mine"\nrealm = "pve"\nfingerprint = ["${'ab'.repeat(32)}"]\n`
    const host = load(file, { hosts: ['home=10.0.0.1'] }).hosts.get('home')
    assert.equal(host?.urls[0]?.href, 'https://10.0.0.1:8006/')
    assert.equal(host?.label, 'Mine')
    assert.equal(host?.realm, 'pve')
    assert.equal(host?.fingerprint.length, 1)
  })

  for (const bad of [
    '',
    'home',
    'home=',
    '=10.0.0.1',
    'a b=10.0.0.1',
    'home=http://x',
    'home=x/y',
  ]) {
    test(`"${bad}" is refused, with what is accepted`, () => {
      const [problem, ...more] = problems(null, { hosts: [bad] })
      assert.deepEqual(more, [])
      assert.match(problem ?? '', /^--host .*: accepted is KEY=URL/)
    })
  }

  test('none at all is answered with the commands that would help', () => {
    for (const file of [null, '', 'listen = ":1"\n', '[hosts]\n']) {
      const [problem, ...more] = problems(file)
      assert.deepEqual(more, [])
      assert.match(problem ?? '', /pve-console --host home=192\.168\.1\.10/)
      assert.match(problem ?? '', /\[hosts\.home\]/)
    }
  })
})

describe('--listen', () => {
  test('counts more than the file', () => {
    const file = `listen = ":1"\n${HOME}`
    const { listen } = load(file, { listen: 'unix:/run/x.sock' })
    assert.deepEqual(listen, { kind: 'unix', path: '/run/x.sock' })
  })

  test('is checked like the file', () => {
    assert.match(problems(HOME, { listen: 'x' })[0] ?? '', /^listen: found "x"/)
  })
})
