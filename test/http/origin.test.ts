import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { isAllowedOrigin, isKnownHost, isOwnName, parseHost } from '../../src/http/origin.ts'
import { underSeeds } from '../relay/chance.ts'

const MACHINE = 'Box.example.org'
const { config } = loadConfig({
  file: {
    path: 'x',
    text: 'public_url = "https://home.example/pve"\norigins = ["https://console.lan:8443", "http://plain.lan"]',
  },
  hosts: ['home=192.0.2.1'],
})

describe('a Host header names this server', () => {
  const known = [
    'home.example',
    'home.example:443',
    'home.example:8443',
    'HOME.Example',
    'home.example.',
    'console.lan',
    'console.lan:1',
    'plain.lan:80',
    'localhost',
    'localhost:8080',
    'LOCALHOST:8080',
    'localhost.',
    '127.0.0.1',
    '127.0.0.1:8080',
    '192.168.1.10:8080',
    '[::1]',
    '[::1]:8080',
    '[2001:DB8::1]:8080',
    '[::ffff:10.0.0.1]:8080',
    'box',
    'box:8080',
    'Box.Example.Org',
    'box.local',
    'box.lan:8080',
    'box.home.arpa',
    'box.internal',
  ]
  for (const host of known) {
    test(`"${host}"`, () => assert.equal(isKnownHost(host, config, MACHINE), true))
  }
})

describe('a Host header does not name this server', () => {
  const unknown = [
    '',
    ' ',
    'evil.example',
    'home.example.evil.example',
    'evil-home.example',
    'xhome.example',
    'home.example, evil.example',
    'evil.example, home.example',
    'home.example,home.example',
    'localhost, localhost',
    'home.example:443:443',
    'home.example:',
    'home.example:x',
    'home.example:99999',
    'home.example:123456',
    'home.example/pve',
    'home.example?x',
    'home.example#x',
    'home.example\\evil',
    'u@home.example',
    'u:p@home.example',
    'evil.example@localhost',
    'http://home.example',
    'home.example..',
    'localhost..',
    '.localhost',
    'a.localhost',
    'localhost.localdomain',
    '127.0.0.1.evil.example',
    '127.0.0.1.nip.io',
    '1.2.3.4.5',
    '999.0.0.1',
    '[::1',
    '::1',
    '[::1]x',
    '[::1].evil.example',
    '[fe80::1%eth0]',
    '[:::]',
    'box.evil.example',
    'box.org',
    'box.local.evil.example',
    'box.localhost',
    'evil.local',
    'evil.lan',
    'example.org',
    'box.example.org.evil',
    'home%2eexample',
    'höme.example',
    'home.example\t',
    ' home.example',
    'home.example ',
    'home example',
    '*',
    '_',
  ]
  for (const host of unknown) {
    test(JSON.stringify(host), () => assert.equal(isKnownHost(host, config, MACHINE), false))
  }
  test('that is not there', () => assert.equal(isKnownHost(null, config, MACHINE), false))
})

type Row = readonly [origin: string | null, host: string | null, secure: boolean]

describe('a page may write', () => {
  const rows: readonly Row[] = [
    ['https://home.example', 'home.example', true],
    ['https://home.example', 'home.example', false],
    ['https://home.example', 'localhost:8080', false],
    ['https://home.example', 'evil.example', true],
    ['https://console.lan:8443', 'console.lan:8443', true],
    ['https://console.lan:8443', 'home.example', true],
    ['http://plain.lan', 'plain.lan', false],
    ['http://localhost:8080', 'localhost:8080', false],
    ['http://localhost', 'localhost', false],
    ['http://localhost', 'localhost:80', false],
    ['https://localhost', 'localhost:443', true],
    ['https://localhost:8443', 'LocalHost:8443', true],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', false],
    ['https://192.168.1.10:8443', '192.168.1.10:8443', true],
    ['http://[::1]:8080', '[::1]:8080', false],
    ['http://[::1]:8080', '[0:0:0:0:0:0:0:1]:8080', false],
    ['https://[2001:db8::1]', '[2001:DB8::1]', true],
    ['http://box:8080', 'box:8080', false],
    ['http://box:8080', 'BOX:8080', false],
    ['https://box.example.org', 'box.example.org', true],
    ['http://box.local', 'box.local', false],
    ['https://box.lan:8443', 'box.lan:8443', true],
    ['https://box.home.arpa', 'box.home.arpa', true],
    ['https://box.internal:1', 'box.internal:1', true],
  ]
  for (const [origin, host, secure] of rows) {
    test(`of ${origin} at Host ${host}${secure ? ', encrypted' : ''}`, () => {
      assert.equal(isAllowedOrigin(origin, host, secure, config, MACHINE), true)
    })
  }
})

describe('a page may not write', () => {
  const rows: readonly Row[] = [
    [null, 'localhost:8080', false],
    ['', 'localhost:8080', false],
    ['null', 'localhost:8080', false],
    ['null', 'home.example', true],
    ['https://evil.example', 'home.example', true],
    ['https://evil.example', 'evil.example', true],
    ['http://evil.example', 'localhost:8080', false],
    ['http://home.example', 'home.example', false],
    ['https://home.example:8443', 'home.example:8443', true],
    ['https://home.example:443', 'home.example', true],
    ['https://home.example/', 'home.example', true],
    ['https://home.example/pve', 'home.example', true],
    ['https://HOME.example', 'home.example', true],
    ['HTTPS://home.example', 'home.example', true],
    ['https://home.example.', 'home.example', true],
    ['https://home.example ', 'home.example', true],
    [' https://home.example', 'home.example', true],
    ['https://home.example, https://home.example', 'home.example', true],
    ['https://home.example, https://evil.example', 'home.example', true],
    ['https://evil.example, https://home.example', 'home.example', true],
    ['https://home.example https://evil.example', 'home.example', true],
    ['https://u@home.example', 'home.example', true],
    ['https://home.example@evil.example', 'home.example', true],
    ['https://home.example.evil.example', 'home.example', true],
    ['https://a.home.example', 'home.example', true],
    ['https://home.example?x', 'home.example', true],
    ['https://home.example#x', 'home.example', true],
    ['https:home.example', 'home.example', true],
    ['//home.example', 'home.example', true],
    ['home.example', 'home.example', true],
    ['wss://home.example', 'home.example', true],
    ['file://', 'localhost', false],
    ['data:', 'localhost', false],
    ['chrome-extension://abcdef', 'localhost:8080', false],
    ['https://console.lan', 'console.lan', true],
    ['http://console.lan:8443', 'console.lan:8443', false],
    ['https://plain.lan', 'plain.lan', true],
    ['http://plain.lan:8080', 'plain.lan:8080', false],
    ['https://localhost:8080', 'localhost:8080', false],
    ['http://localhost:8080', 'localhost:8080', true],
    ['http://localhost:8081', 'localhost:8080', false],
    ['http://localhost', 'localhost:8080', false],
    ['http://127.0.0.1:8080', 'localhost:8080', false],
    ['http://localhost:8080', '127.0.0.1:8080', false],
    ['http://127.0.0.1:3000', '127.0.0.1:8080', false],
    ['http://192.168.1.11:8080', '192.168.1.10:8080', false],
    ['http://[::1]:8080', '[::2]:8080', false],
    ['http://127.1:8080', '127.0.0.1:8080', false],
    ['http://2130706433:8080', '127.0.0.1:8080', false],
    ['http://LOCALHOST:8080', 'localhost:8080', false],
    ['http://localhost:8080', 'localhost:8080, localhost:8080', false],
    ['http://localhost:8080', null, false],
    ['http://localhost:8080', '', false],
    ['http://box.evil.example', 'box.evil.example', false],
    ['http://box.example.org', 'box', false],
    ['http://box', 'box.local', false],
    ['http://boxes.local', 'boxes.local', false],
    ['http://other.local', 'other.local', false],
    ['http://1.2.3.4.nip.io', '1.2.3.4.nip.io', false],
    ['http://a.localhost:8080', 'a.localhost:8080', false],
    ['http://localhost:8080\0', 'localhost:8080', false],
    ['http://localhost:8080\n', 'localhost:8080', false],
    ['http://localhost\\:8080', 'localhost:8080', false],
  ]
  for (const [origin, host, secure] of rows) {
    test(`of ${JSON.stringify(origin)} at Host ${host}${secure ? ', encrypted' : ''}`, () => {
      assert.equal(isAllowedOrigin(origin, host, secure, config, MACHINE), false)
    })
  }

  test('of whatever chance makes of the parts of right and wrong ones', () => {
    const parts = [
      'https://',
      'http://',
      'home.example',
      'evil.example',
      'localhost',
      ':8080',
      ':443',
      '.',
      '/',
      '@',
      ', ',
      '[::1]',
      'null',
      '127.0.0.1',
      '\\',
      '#',
    ]
    const right = new Set(['https://home.example', 'https://console.lan:8443', 'http://plain.lan'])
    underSeeds(3000, (chance) => {
      const part = (): string => parts[chance.whole(0, parts.length - 1)] ?? ''
      const origin = Array.from({ length: chance.whole(1, 6) }, part).join('')
      const allowed = isAllowedOrigin(origin, 'localhost:8080', false, config, MACHINE)
      assert.equal(allowed, right.has(origin) || origin === 'http://localhost:8080', origin)
    })
  })
})

describe('names of this machine', () => {
  test('are whole names, not their beginnings', () => {
    for (const name of ['box', 'box.example.org', 'box.local', 'localhost', '10.0.0.1']) {
      assert.equal(isOwnName(name, MACHINE), true, name)
    }
    for (const name of ['bo', 'boxx', 'box.example', 'example.org', 'local', '.local', '']) {
      assert.equal(isOwnName(name, MACHINE), false, name)
    }
  })

  test('of a machine without a name are none', () => {
    for (const name of ['', '.local', '.lan', '.']) assert.equal(isOwnName(name, ''), false, name)
    assert.equal(isKnownHost('.local', config, ''), false)
  })
})

describe('the parts of a Host header', () => {
  test('are its name as a URL reads it, and itself in lower case', () => {
    assert.deepEqual(parseHost('LocalHost.:80'), { hostname: 'localhost', host: 'localhost.:80' })
    assert.deepEqual(parseHost('0x7f000001'), { hostname: '127.0.0.1', host: '0x7f000001' })
    assert.equal(parseHost('a, b'), null)
  })
})
