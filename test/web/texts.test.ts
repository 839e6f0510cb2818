import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CloseReason, ProblemCode } from '../../src/http/contract.ts'
import { en } from '../../web/i18n/en.ts'
import { enConsole } from '../../web/i18n/en-console.ts'
import { fill } from '../../web/i18n/fill.ts'
import { ko } from '../../web/i18n/ko.ts'
import { koConsole } from '../../web/i18n/ko-console.ts'

/** Every text by its path. */
function flat(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  return Object.entries(value as object).flatMap(([key, each]) => flat(each, `${path}/${key}`))
}

const english = new Map(flat({ ...en, ...enConsole }))
const korean = new Map(flat({ ...ko, ...koConsole }))

const names = (text: string) => new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))

/** A Korean particle whose form hangs on the sound before it, right behind a variable. */
const hangingParticle = /\}[”"')]?(이|가|을|를|은|는|와|과|으로|로|이나|나|이라|라)(?![가-힣])/

describe('texts', () => {
  test('have the same keys in both languages', () => {
    assert.deepEqual([...korean.keys()].sort(), [...english.keys()].sort())
  })

  test('say something for every close reason and problem code', () => {
    for (const code of [...CloseReason.options, ...ProblemCode.options]) {
      for (const texts of [en, ko]) {
        assert.ok(texts.reason[code].title.length > 3, code)
        assert.ok(texts.reason[code].detail.length > 3, code)
      }
    }
  })

  test('are not left empty or untranslated', () => {
    for (const [key, text] of korean) {
      assert.notEqual(text.trim(), '', key)
      const same = text === english.get(key)
      assert.ok(!same || !/[a-z]{3} [a-z]{3}/.test(text), `${key} is English in both`)
    }
  })

  test('use only values that the page hands to the English one', () => {
    for (const [key, text] of korean) {
      const known = names(english.get(key) ?? '')
      for (const name of names(text)) assert.ok(known.has(name), `${key}: {${name}}`)
    }
  })

  test('put no hanging particle behind a variable in Korean', () => {
    for (const wrong of ['{host}가 없습니다', '{node}로 옮김', '“{query}”을 찾음']) {
      assert.match(wrong, hangingParticle)
    }
    for (const [key, text] of korean) assert.doesNotMatch(text, hangingParticle, key)
  })

  test('show no raw codes', () => {
    for (const texts of [english, korean]) {
      for (const [key, text] of texts) assert.doesNotMatch(text, /\b(1\d{3}|4\d{3})\b/, key)
    }
  })
})

describe('fill', () => {
  test('puts values in and leaves no braces', () => {
    assert.equal(fill('{host}: {n} s', { host: 'Lab', n: 3 }), 'Lab: 3 s')
    assert.equal(fill('a {missing} b', {}), 'a  b')
  })

  test('takes what looks like a pattern as it is', () => {
    assert.equal(fill('<{host}>', { host: '$& {n}' }), '<$& {n}>')
  })

  test('knows one from many', () => {
    assert.equal(fill(en.guests.count, { n: 1 }), '1 guest')
    assert.equal(fill(en.guests.count, { n: 0 }), '0 guests')
    assert.equal(fill(ko.guests.count, { n: 2 }), '게스트 2개')
  })
})
