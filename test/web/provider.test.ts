import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { leadsOut, type ProviderReturn, readReturn, readTrip } from '../../web/model/provider.ts'

describe('what an identity provider sends back', () => {
  const rows: [query: string, found: ProviderReturn | undefined][] = [
    ['', undefined],
    ['?', undefined],
    ['?session_state=x', undefined],
    ['?state=s&code=c', { kind: 'code', state: 's', code: 'c' }],
    ['?code=c&state=s&iss=https%3A%2F%2Fid', { kind: 'code', state: 's', code: 'c' }],
    [
      '?state=%7B%22a%22%3A%22%2B%26%22%7D&code=a%2Bb',
      { kind: 'code', state: '{"a":"+&"}', code: 'a+b' },
    ],
    ['?state=s', { kind: 'failed' }],
    ['?code=c', { kind: 'failed' }],
    ['?state=s&code=', { kind: 'failed' }],
    [`?state=${'s'.repeat(1025)}&code=c`, { kind: 'failed' }],
    [`?state=s&code=${'c'.repeat(4097)}`, { kind: 'failed' }],
    ['?error=access_denied&state=s', { kind: 'cancelled' }],
    ['?error=server_error&error_description=%3Cb%3E&state=s', { kind: 'failed' }],
    ['?error=&state=s&code=c', { kind: 'failed' }],
  ]
  for (const [query, found] of rows) {
    test(JSON.stringify(query.slice(0, 50)), () => assert.deepEqual(readReturn(query), found))
  }

  test('has none of its words in what the page goes on with', () => {
    const said = readReturn('?error=access_denied&error_description=canary&error_uri=canary')
    assert.doesNotMatch(JSON.stringify(said), /canary|access/)
  })
})

describe('what the page keeps while it is away', () => {
  const good = { host: 'home', realm: 'sso', back: '/console/home/100' }
  test('is had again', () => {
    for (const back of [
      '/',
      '/console/home/100',
      '/console/home/node/pve1',
      '/wall',
      '/help/tls/home',
    ]) {
      assert.deepEqual(readTrip(JSON.stringify({ ...good, back, more: 1 })), { ...good, back })
    }
  })

  test('has the kind of a console, and nothing else behind the path', () => {
    for (const [kept, back] of [
      ['/console/home/100?kind=vnc', '/console/home/100?kind=vnc'],
      ['/console/home/100?serial=2&kind=terminal', '/console/home/100?kind=terminal&serial=2'],
      ['/console/home/100?kind=x&y=z', '/console/home/100'],
      ['/?state=x&code=y', '/'],
    ] as const) {
      assert.equal(readTrip(JSON.stringify({ ...good, back: kept }))?.back, back)
    }
  })

  test('is nothing unless a page of ours kept it', () => {
    const backs = [
      '',
      'x',
      '//evil.example',
      '/\\evil.example',
      'https://evil.example/',
      '/signin',
      '/x',
    ]
    for (const back of backs)
      assert.equal(readTrip(JSON.stringify({ ...good, back })), undefined, back)
    for (const text of [null, '', '{', 'null', '7', '[]', '{}', '{"back":"/"}']) {
      assert.equal(readTrip(text), undefined, String(text))
    }
  })
})

test('the page is left for the web and for nothing else', () => {
  assert.ok(leadsOut('https://id.example/authorize?state=x'))
  assert.ok(leadsOut('http://127.0.0.1:9000/authorize'))
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:x',
    '/signin',
    '',
    'about:blank',
  ]) {
    assert.equal(leadsOut(url), false, url)
  }
})
