import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { JsonBounds } from '../../src/pve/json-bounds.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Whether a text is allowed, whole and sign by sign. */
function isAllowed(text: string): boolean {
  const bytes = ascii(text)
  const whole = new JsonBounds().allow(bytes)
  const pieces = new JsonBounds()
  let allowed = true
  for (let at = 0; at < bytes.length; at++) allowed &&= pieces.allow(bytes.subarray(at, at + 1))
  assert.equal(allowed, whole, 'the same in pieces')
  return whole
}

describe('JSON', () => {
  const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}0${'}]'.repeat(depth / 2)}`

  test('goes 32 levels deep', () => {
    assert.equal(isAllowed(nested(32)), true)
    assert.equal(isAllowed(nested(34)), false)
  })

  test('goes so deep as often as it likes', () => {
    assert.equal(isAllowed(`[${`${nested(30)},`.repeat(100)}0]`), true)
  })

  test('is too deep though it comes up again in the same piece', () => {
    assert.equal(new JsonBounds().allow(ascii(`[${'['.repeat(32)}${']'.repeat(32)}]`)), false)
  })

  for (const text of ['"[[[["', '"\\"[[[["', '"\\\\"', '"\\\\\\"[["']) {
    test(`has no levels within its strings: ${text}`, () => {
      assert.equal(isAllowed(`[${`${text},`.repeat(30)}0]`), true)
    })
  }

  test('goes on behind a string', () => {
    assert.equal(isAllowed(`["\\\\"${',['.repeat(40)}`), false)
  })

  test('has two million values', () => {
    const most = 2_000_000
    assert.equal(new JsonBounds().allow(ascii(`[${'0,'.repeat(most - 1)}0]`)), true)
    assert.equal(new JsonBounds().allow(ascii(`[${'0,'.repeat(most)}0]`)), false)
  })
})
