import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostSummary } from '../../src/http/contract.ts'
import { offeredKinds, otherKind, readKind } from '../../web/model/console-kind.ts'
import {
  belowBase,
  consolePath,
  parsePath,
  showsTerminals,
  socketPath,
} from '../../web/model/route.ts'
import {
  cleanCode,
  pickHost,
  pickRealm,
  realmInName,
  realmName,
  splitUser,
  typedFactors,
} from '../../web/model/sign-in.ts'
import { WayOut } from '../../web/model/way-out.ts'

describe('addresses', () => {
  test('lead to their pages, and nothing else does', () => {
    const page = (path: string) => parsePath(path).page
    assert.equal(page('/'), 'guests')
    assert.equal(page('/signin'), 'sign-in')
    assert.equal(page('/wall'), 'wall')
    assert.equal(page('/help/tls/home'), 'tls-help')
    assert.equal(page('/console/home/104'), 'console')
    assert.equal(page('/console/home/node/pve1'), 'console')
    const wrong = [
      '',
      '/signin/',
      '/console/home',
      '/console/home/99',
      '/console/home/1e3',
      '/console/home/0104',
      '/console/../104',
      '/console/home/node/..',
      '/console/home/node/a%2fb',
      '/console/home/104/x',
      '/help/tls/',
      '//evil.example',
    ]
    for (const path of wrong) assert.equal(page(path), 'not-found', path)
  })

  test('are written as they are read', () => {
    for (const target of [
      { host: 'home', vmid: 104 },
      { host: 'a_b-1', node: 'pve-2' },
    ]) {
      assert.deepEqual(parsePath(consolePath(target)), { page: 'console', target })
    }
    assert.equal(
      socketPath({ host: 'home', vmid: 104 }, { kind: 'vnc' }),
      '/api/hosts/home/guests/104/console?kind=vnc',
    )
    assert.equal(
      socketPath({ host: 'home', node: 'pve1' }, { kind: 'terminal', serial: 1 }),
      '/api/hosts/home/nodes/pve1/console?kind=terminal&serial=1',
    )
  })

  test('say which console, where they say anything', () => {
    const target = { host: 'home', vmid: 104 }
    assert.equal(consolePath(target, { kind: 'terminal' }), '/console/home/104?kind=terminal')
    assert.deepEqual(readKind('?kind=terminal&serial=2'), { kind: 'terminal', serial: 2 })
    assert.deepEqual(readKind('?kind=terminal&serial=4'), { kind: 'terminal' })
    assert.deepEqual(readKind('?kind=vnc&serial=1'), { kind: 'vnc' })
    for (const query of ['', '?kind=spice', '?kind=', '?serial=1']) {
      assert.equal(readKind(query), undefined, query)
    }
    assert.deepEqual(offeredKinds({ host: 'a', node: 'n' }, undefined), ['terminal', 'vnc'])
    assert.deepEqual(offeredKinds(target, { consoles: ['vnc'] }), ['vnc'])
    assert.deepEqual(offeredKinds(target, undefined), [])
    assert.equal(otherKind(['terminal', 'vnc'], { kind: 'terminal' }), 'vnc')
    assert.equal(otherKind(['vnc'], { kind: 'vnc' }), undefined)
  })

  test('whose documents may show terminals are known', () => {
    for (const path of ['/console/home/104', '/console/home/node/pve1', '/wall']) {
      assert.ok(showsTerminals(path), path)
    }
    for (const path of ['/', '/signin', '/help/tls/home', '/console/home/x', '/wallpaper']) {
      assert.ok(!showsTerminals(path), path)
    }
  })

  test('lie below the sub-path', () => {
    assert.equal(belowBase('/pve', '/pve/console/home/104'), '/console/home/104')
    assert.equal(belowBase('/pve', '/pve/'), '/')
    assert.equal(belowBase('/pve', '/pvex/'), '/pvex/')
    assert.equal(belowBase('', '/wall'), '/wall')
  })
})

describe('signing in', () => {
  const host = (key: string, state: HostSummary['state'], user: string | null = null) =>
    ({ key, label: key, state, user }) satisfies HostSummary

  test('starts with the wished host, else one that is ready and free', () => {
    const hosts = [host('a', 'untrusted'), host('b', 'ready', 'x@pam'), host('c', 'ready')]
    assert.equal(pickHost(hosts, undefined), 'c')
    assert.equal(pickHost(hosts, 'b'), 'b')
    assert.equal(pickHost(hosts, 'a'), 'c')
    assert.equal(pickHost(hosts.slice(0, 2), undefined), 'b')
    assert.equal(pickHost(hosts.slice(0, 1), 'a'), '')
  })

  test('starts with the configured realm, else PVE’s default, else the first', () => {
    const realms = [
      { realm: 'pam', type: 'pam' },
      { realm: 'pve', type: 'pve', default: true },
      { realm: 'ad', type: 'ad', comment: ' Company ' },
    ]
    assert.equal(pickRealm(realms, 'ad'), 'ad')
    assert.equal(pickRealm(realms, 'gone'), 'pve')
    assert.equal(pickRealm(realms.slice(0, 1), undefined), 'pam')
    assert.equal(pickRealm([], 'pam'), '')
    assert.deepEqual(realms.map(realmName), ['pam', 'pve', 'Company'])
  })

  test('offers the second factors that can be typed', () => {
    assert.deepEqual(typedFactors(['webauthn', 'recovery', 'totp']), ['totp', 'recovery'])
    assert.deepEqual(typedFactors(['webauthn', 'u2f']), [])
  })

  test('finds a realm that was typed behind the user name', () => {
    const realms = [
      { realm: 'pam', type: 'pam' },
      { realm: 'Corp', type: 'ad' },
    ]
    assert.equal(realmInName('root@pam', realms), 'pam')
    assert.equal(realmInName('anna@CORP ', realms), 'Corp')
    for (const name of ['root', 'root@', '@', '', 'pam', 'anna@corp.example', 'root@pve']) {
      assert.equal(realmInName(name, realms), '', name)
    }
  })

  test('takes codes as they are copied, and users with an @ in their name', () => {
    assert.equal(cleanCode(' 123 456\n'), '123456')
    assert.equal(cleanCode('ab12-cd34 '), 'ab12-cd34')
    assert.deepEqual(splitUser('a@b@pve'), { username: 'a@b', realm: 'pve' })
  })
})

describe('the way out of a console', () => {
  /** `+` and `-` before a code: pressed and released. */
  const left = (...keys: string[]) => {
    const way = new WayOut()
    return keys.map((key) => way.sees(key.startsWith('+'), key.slice(1))).indexOf(true)
  }

  test('is left Ctrl and left Alt, released with no third key', () => {
    assert.equal(left('+ControlLeft', '+AltLeft', '-ControlLeft', '-AltLeft'), 3)
    assert.equal(left('+AltLeft', '+AltLeft', '+ControlLeft', '-ControlLeft', '-AltLeft'), 4)
  })

  test('is no other combination', () => {
    assert.equal(left('+ControlLeft', '-ControlLeft', '+AltLeft', '-AltLeft'), -1)
    assert.equal(left('+ControlLeft', '+AltRight', '-AltRight', '-ControlLeft'), -1)
    assert.equal(
      left('+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft'),
      -1,
    )
    assert.equal(left('+ControlLeft', '+KeyC', '-KeyC', '+AltLeft', '-AltLeft', '-ControlLeft'), -1)
  })

  test('works again after a combination that was not it', () => {
    const keys = ['+ControlLeft', '+KeyC', '-KeyC', '-ControlLeft']
    assert.equal(left(...keys, '+ControlLeft', '+AltLeft', '-AltLeft', '-ControlLeft'), 7)
  })
})
