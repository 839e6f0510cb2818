import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clearCookies, formatCookie, readCookie } from '../../src/http/cookie.ts'

describe('reading the cookie', () => {
  const rows: [header: string | null, plainAllowed: boolean, token: string | null][] = [
    [null, true, null],
    ['', true, null],
    ['__Host-pve-console=a.b.c', false, 'a.b.c'],
    ['__Host-pve-console=a.b.c', true, 'a.b.c'],
    ['pve-console=a.b.c', true, 'a.b.c'],
    ['pve-console=a.b.c', false, null],
    ['x=1; __Host-pve-console=t; y=2', false, 't'],
    ['x=1;__Host-pve-console=t;y=2', false, 't'],
    ['__Host-pve-console=s; pve-console=p', true, 's'],
    ['pve-console=p; __Host-pve-console=s', true, 's'],
    ['pve-console=p; __Host-pve-console=s', false, 's'],
    ['__Host-pve-console=s; __Host-pve-console=t', false, null],
    ['__Host-pve-console=s; __Host-pve-console=s', true, null],
    ['__Host-pve-console=s; __Host-pve-console=t; pve-console=p', true, null],
    ['pve-console=s; pve-console=t', true, null],
    ['pve-console=s, pve-console=t', true, 's, pve-console=t'],
    ['__host-pve-console=t', false, null],
    ['x__Host-pve-console=t', false, null],
    ['x-pve-console=t', true, null],
    ['__Host-pve-console', false, null],
    ['__Host-pve-console=', false, ''],
    ['__Host-pve-console =t', false, null],
    ['=__Host-pve-console=t', false, null],
    ['x="; __Host-pve-console=t"', false, 't"'],
  ]
  for (const [header, plainAllowed, token] of rows) {
    test(`${JSON.stringify(header)}${plainAllowed ? ', plain allowed' : ''}`, () => {
      assert.equal(readCookie(header, plainAllowed), token)
    })
  }
})

test('the cookie of a sign-in that has begun is another one, with the same rules', () => {
  const both = 'pve-console=s; pve-console-signin=m'
  assert.equal(readCookie(both, true), 's')
  assert.equal(readCookie(both, true, 'sign-in'), 'm')
  assert.equal(readCookie(both, false, 'sign-in'), null)
  assert.equal(readCookie('__Host-pve-console-signin=m', false, 'sign-in'), 'm')
  assert.equal(readCookie('pve-console-signin=m; pve-console-signin=n', true, 'sign-in'), null)
  const facts = { secure: true }
  assert.equal(
    formatCookie('m', facts, 'sign-in'),
    '__Host-pve-console-signin=m; Path=/; Max-Age=600; HttpOnly; SameSite=Strict; Secure',
  )
})

describe('writing the cookie', () => {
  test('is bound to this origin and encrypted where the request was', () => {
    assert.equal(
      formatCookie('t', { secure: true }),
      '__Host-pve-console=t; Path=/; HttpOnly; SameSite=Strict; Secure',
    )
  })

  test('has a plain name where a browser would refuse the other', () => {
    assert.equal(
      formatCookie('t', { secure: false }),
      'pve-console=t; Path=/; HttpOnly; SameSite=Strict',
    )
  })

  test('never lives longer than the browser, and names no domain', () => {
    for (const secure of [true, false]) {
      const cookie = formatCookie('t', { secure })
      assert.doesNotMatch(cookie, /domain|expires|max-age/i)
    }
  })

  test('takes both away with the attributes they were set with', () => {
    const [secure = '', plain = '', ...more] = clearCookies()
    assert.deepEqual(more, [])
    assert.match(secure, /^__Host-pve-console=; Path=\/; Max-Age=0; .*Secure$/)
    assert.match(plain, /^pve-console=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/)
  })
})
