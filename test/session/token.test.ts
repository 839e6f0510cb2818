import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomId, TokenSigner } from '../../src/session/token.ts'
import { FakeClock } from './fake-clock.ts'
import { base64url, forge, makeSigner } from './session-key.ts'

const HOUR = 3_600_000
const SID = 'abcdefghijklmnopqrstuv'
const TYPE = 'pve-console-session+jwt'
const HEADER = { alg: 'HS256', typ: TYPE }

const clock = new FakeClock()
const now = clock.wall() / 1000
const PAYLOAD = { sid: SID, iss: 'pve-console', aud: 'pve-console', iat: now, exp: now + 60 }
const { signer, key } = await makeSigner(clock)
const other = new TokenSigner(clock)

/** The payload without one of its claims. */
function without(claim: keyof typeof PAYLOAD): Record<string, unknown> {
  return Object.fromEntries(Object.entries(PAYLOAD).filter(([name]) => name !== claim))
}

describe('a token', () => {
  test('names its session, to the one who signed it and to nobody else', async () => {
    const token = await signer.sign(SID, HOUR)
    assert.deepEqual(await signer.verify(token), { sid: SID })
    assert.equal(await other.verify(token), null)
  })

  test('says nothing but sid, dates and the fixed names', async () => {
    const [header = '', payload = ''] = (await signer.sign(SID, HOUR)).split('.')
    assert.deepEqual(JSON.parse(atob(header)), HEADER)
    assert.deepEqual(JSON.parse(atob(payload)), {
      sid: SID,
      iss: 'pve-console',
      aud: 'pve-console',
      iat: now,
      exp: now + 3600,
    })
  })

  test('that is past its date still names its session', async () => {
    const late = new FakeClock()
    const aged = new TokenSigner(late)
    const token = await aged.sign(SID, HOUR)
    late.advance(30 * 24 * HOUR)
    assert.deepEqual(await aged.verify(token), { sid: SID })
  })

  test('built by hand in the right way is taken: the forgeries below fail for their own reasons', async () => {
    assert.deepEqual(await signer.verify(forge(key, HEADER, PAYLOAD)), { sid: SID })
  })
})

describe('a token is refused', () => {
  const strange = new Uint8Array(32).fill(7)
  const rows: [title: string, token: string][] = [
    ['without a signature (alg none)', forge(key, { alg: 'none', typ: TYPE }, PAYLOAD)],
    ['with alg nOnE', forge(key, { ...HEADER, alg: 'nOnE' }, PAYLOAD)],
    ['with alg HS384', forge(key, { ...HEADER, alg: 'HS384' }, PAYLOAD, 'sha384')],
    ['with alg HS512', forge(key, { ...HEADER, alg: 'HS512' }, PAYLOAD, 'sha512')],
    ['with alg HS512 over a short signature', forge(key, { ...HEADER, alg: 'HS512' }, PAYLOAD)],
    ['with alg RS256', forge(key, { ...HEADER, alg: 'RS256' }, PAYLOAD)],
    ['with alg hs256', forge(key, { ...HEADER, alg: 'hs256' }, PAYLOAD)],
    ['without alg', forge(key, { typ: TYPE }, PAYLOAD)],
    ['signed with another key', forge(strange, HEADER, PAYLOAD)],
    ['signed with no key', forge(new Uint8Array(), HEADER, PAYLOAD)],
    ['without typ', forge(key, { alg: 'HS256' }, PAYLOAD)],
    ['with typ JWT', forge(key, { ...HEADER, typ: 'JWT' }, PAYLOAD)],
    ['without iss', forge(key, HEADER, without('iss'))],
    ['with another iss', forge(key, HEADER, { ...PAYLOAD, iss: 'someone' })],
    ['without aud', forge(key, HEADER, without('aud'))],
    ['with another aud', forge(key, HEADER, { ...PAYLOAD, aud: 'pve' })],
    ['without iat', forge(key, HEADER, without('iat'))],
    ['without exp', forge(key, HEADER, without('exp'))],
    ['without sid', forge(key, HEADER, without('sid'))],
    ['with a sid that is no text', forge(key, HEADER, { ...PAYLOAD, sid: 5 })],
    ['with a sid that is an object', forge(key, HEADER, { ...PAYLOAD, sid: { $ne: '' } })],
    ['with a short sid', forge(key, HEADER, { ...PAYLOAD, sid: 'abc' })],
    ['with exp as text', forge(key, HEADER, { ...PAYLOAD, exp: String(now + 60) })],
    ['not valid yet', forge(key, HEADER, { ...PAYLOAD, nbf: now + 3600 })],
    ['past its date and for others', forge(key, HEADER, { ...PAYLOAD, exp: 1, aud: 'pve' })],
    ['past its date, without iat', forge(key, HEADER, { ...without('iat'), exp: 1 })],
    ['past its date, of another key', forge(strange, HEADER, { ...PAYLOAD, exp: 1 })],
    ...['jku', 'jwk', 'x5u', 'x5c', 'kid', 'crit', 'zip'].map((field): [string, string] => [
      `with ${field} in its header`,
      forge(key, { ...HEADER, [field]: field === 'crit' ? ['exp'] : 'x' }, PAYLOAD),
    ]),
    ['with crit and b64', forge(key, { ...HEADER, b64: true, crit: ['b64'] }, PAYLOAD)],
    ['of two parts', forge(key, HEADER, PAYLOAD).split('.').slice(0, 2).join('.')],
    ['of four parts', `${forge(key, HEADER, PAYLOAD)}.x`],
    ['that is empty', ''],
    ['of dots', '..'],
    ['longer than any of ours', `${forge(key, HEADER, { ...PAYLOAD, more: 'x'.repeat(900) })}`],
  ]
  for (const [title, token] of rows) {
    test(title, async () => assert.equal(await signer.verify(token), null))
  }

  test('with parts of two tokens', async () => {
    const [header, payload] = forge(key, HEADER, PAYLOAD).split('.')
    const [, , signature] = forge(key, HEADER, { ...PAYLOAD, sid: 'z'.repeat(22) }).split('.')
    assert.equal(await signer.verify(`${header}.${payload}.${signature}`), null)
  })

  test('in every writing that only decodes to the same', async () => {
    const good = forge(key, HEADER, PAYLOAD)
    const [header = '', payload = '', signature = ''] = good.split('.')
    const spaced = base64url(JSON.stringify(PAYLOAD, null, 1))
    for (const token of [
      `${good}=`,
      ` ${good}`,
      `${good} `,
      `${good}\n`,
      `${good}\0`,
      `"${good}"`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}==.${signature}`,
      `${header}. ${payload}.${signature}`,
      `${header}.${spaced}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
      `${header}.${payload}.${signature}A`,
      good.replaceAll('_', '/').replaceAll('-', '+') === good ? '' : good.replaceAll('_', '/'),
    ]) {
      if (token !== good) assert.equal(await signer.verify(token), null, JSON.stringify(token))
    }
  })

  test('with any one character changed', async () => {
    const good = forge(key, HEADER, PAYLOAD)
    // The last character of a signature holds two bits that mean nothing.
    for (let at = 0; at < good.length - 1; at += 3) {
      const swapped = good[at] === 'A' ? 'B' : 'A'
      const token = good.slice(0, at) + swapped + good.slice(at + 1)
      assert.equal(await signer.verify(token), null, `at ${at}`)
    }
  })
})

describe('ids', () => {
  test('have 128 random bits in 22 characters', () => {
    const ids = new Set(Array.from({ length: 1000 }, randomId))
    assert.equal(ids.size, 1000)
    for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{22}$/)
  })
})
