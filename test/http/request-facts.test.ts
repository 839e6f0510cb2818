import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { factsOf } from '../../src/http/request-facts.ts'
import type { Peer } from '../../src/runtime/runtime.ts'

const FILE =
  'public_url = "https://home.example"\ntrusted_proxies = ["10.0.0.0/8", "2001:db8::/32"]'

function facts(peer: Partial<Peer>, headers: Record<string, string> = {}, file = FILE) {
  const { config } = loadConfig({ file: { path: 'x', text: file }, hosts: ['home=192.0.2.1'] })
  return factsOf(new Headers(headers), { address: '203.0.113.5', tls: false, ...peer }, config)
}

describe('a local request', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', null]) {
    test(`comes from ${address ?? 'our unix socket'}`, () =>
      assert.equal(facts({ address }).local, true))
  }
  for (const address of ['10.0.0.1', '192.168.1.1', '203.0.113.5', '2001:db8::1', '::', 'x', '']) {
    test(`does not come from ${JSON.stringify(address)}`, () => {
      assert.equal(facts({ address }).local, false)
    })
  }
  for (const name of [
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'x-forwarded-anything',
    'X-Real-IP',
    'Forwarded',
    'Via',
  ]) {
    test(`does not carry ${name}, whatever it says`, () => {
      assert.equal(facts({ address: '127.0.0.1' }, { [name]: '127.0.0.1' }).local, false)
      assert.equal(facts({ address: null }, { [name]: '' }).local, false)
    })
  }
})

describe('a secure request', () => {
  const rows: [
    title: string,
    peer: Partial<Peer>,
    headers: Record<string, string>,
    secure: boolean,
  ][] = [
    ['over TLS', { tls: true }, {}, true],
    ['over plain HTTP', {}, {}, false],
    ['whose proxy says https', { address: '10.1.1.1' }, { 'X-Forwarded-Proto': 'https' }, true],
    ['whose proxy says HTTPS', { address: '10.1.1.1' }, { 'X-Forwarded-Proto': ' HTTPS ' }, true],
    [
      'whose mapped proxy says https',
      { address: '::ffff:10.1.1.1' },
      { 'X-Forwarded-Proto': 'https' },
      true,
    ],
    ['whose proxy says http', { address: '10.1.1.1' }, { 'X-Forwarded-Proto': 'http' }, false],
    [
      'whose proxy says both',
      { address: '10.1.1.1' },
      { 'X-Forwarded-Proto': 'https, http' },
      false,
    ],
    ['whose stranger says https', {}, { 'X-Forwarded-Proto': 'https' }, false],
    [
      'whose loopback says https',
      { address: '127.0.0.1' },
      { 'X-Forwarded-Proto': 'https' },
      false,
    ],
    ['with Forwarded', { address: '10.1.1.1' }, { Forwarded: 'proto=https' }, false],
    ['with X-Forwarded-Ssl', { address: '10.1.1.1' }, { 'X-Forwarded-Ssl': 'on' }, false],
    ['of our https page', {}, { Origin: 'https://home.example' }, true],
    ['of another https page', {}, { Origin: 'https://evil.example' }, false],
    ['of our name without https', {}, { Origin: 'http://home.example' }, false],
    ['of two pages', {}, { Origin: 'https://home.example, https://home.example' }, false],
  ]
  for (const [title, peer, headers, secure] of rows) {
    test(`${title}: ${secure ? 'yes' : 'no'}`, () =>
      assert.equal(facts(peer, headers).secure, secure))
  }

  test('of a plain page that the configuration names is none', () => {
    const file = 'origins = ["http://plain.lan"]'
    assert.equal(facts({}, { Origin: 'http://plain.lan' }, file).secure, false)
  })
})

describe('the person’s address', () => {
  const rows: [title: string, address: string | null, forwarded: string | null, client: string][] =
    [
      ['the peer’s', '203.0.113.5', null, '203.0.113.5'],
      ['a stranger’s word counts nothing', '203.0.113.5', '127.0.0.1', '203.0.113.5'],
      ['a proxy’s word counts', '10.1.1.1', '203.0.113.9', '203.0.113.9'],
      [
        'the last that is no proxy',
        '10.1.1.1',
        '198.51.100.7, 203.0.113.9, 10.2.2.2',
        '203.0.113.9',
      ],
      [
        'what the person wrote in front counts nothing',
        '10.1.1.1',
        '127.0.0.1, 203.0.113.9',
        '203.0.113.9',
      ],
      [
        'a mapped proxy in the chain is one',
        '10.1.1.1',
        '203.0.113.9, ::ffff:10.2.2.2',
        '203.0.113.9',
      ],
      ['an IPv6 proxy', '2001:db8::7', '2001:470::1', '2001:470::1'],
      ['nothing but proxies', '10.1.1.1', '10.2.2.2', '10.1.1.1'],
      ['empty places', '10.1.1.1', ' , 203.0.113.9 , ', '203.0.113.9'],
      ['a proxy that says nothing', '10.1.1.1', null, '10.1.1.1'],
      ['a unix socket', null, null, 'unix'],
    ]
  for (const [title, address, forwarded, client] of rows) {
    test(title, () => {
      const headers = forwarded === null ? {} : { 'X-Forwarded-For': forwarded }
      assert.equal(facts({ address }, headers as Record<string, string>).client, client)
    })
  }
})

describe('behind a unix socket', () => {
  const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.9' }
  test('the peer is a proxy that is believed where the configuration names any', () => {
    assert.deepEqual(facts({ address: null }, headers), {
      client: '203.0.113.9',
      local: false,
      secure: true,
      unbelieved: false,
    })
  })
})
