import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseJson, parseStrictJson } from '../src/json.ts'
import { type Chance, underSeeds } from './relay/chance.ts'

describe('a stranger’s JSON', () => {
  const taken: [what: string, text: string, value: unknown][] = [
    ['a number', ' 1 ', 1],
    ['nothing', 'null', null],
    ['an object', '{"a":{"a":1},"b":[{"a":2},{"a":3}]}', { a: { a: 1 }, b: [{ a: 2 }, { a: 3 }] }],
    ['eight in one another', '[[[[[[[[1]]]]]]]]', [[[[[[[[1]]]]]]]]],
    ['brackets in a text', '{"a":"{[\\"{[","b":"}}"}', { a: '{["{[', b: '}}' }],
    [
      'keys that look like texts',
      '{"a":"a","b":"a:","c":["a","a"]}',
      { a: 'a', b: 'a:', c: ['a', 'a'] },
    ],
    ['backslashes at the end of texts', '{"\\\\":"\\\\","a":"\\\\\\""}', { '\\': '\\', a: '\\"' }],
  ]
  for (const [what, text, value] of taken) {
    test(`is read: ${what}`, () => assert.deepEqual(parseStrictJson(text), value))
  }

  const refused: [what: string, text: string][] = [
    ['no JSON', '{'],
    ['nothing at all', ''],
    ['nine in one another', '[[[[[[[[[1]]]]]]]]]'],
    ['nine objects in one another', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`],
    ['as deep as fits', `${'['.repeat(8000)}${']'.repeat(8000)}`],
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice with another between', '{"a":1,"b":{"a":1},"a":2}'],
    ['a key twice, deeper', '[{"x":{"a":1,"b":2,"a":1}}]'],
    ['a key twice, written in two ways', '{"a":1,"\\u0061":2}'],
    ['a key twice with space before the colon', '{"a" \n:1,"a"\t:2}'],
    ['an empty key twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['a key twice that ends in a backslash', '{"a\\\\":1,"a\\\\":2}'],
  ]
  for (const [what, text] of refused) {
    test(`is refused: ${what}`, () => assert.equal(parseStrictJson(text), undefined))
  }

  test('changes nothing of what every object has', () => {
    const value = parseStrictJson('{"__proto__":{"polluted":1},"constructor":{"x":1}}')
    assert.equal(Object.hasOwn(value as object, '__proto__'), true)
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })

  test('is read as any other where no key is there twice', () => {
    underSeeds(300, (chance) => {
      const text = JSON.stringify(anything(chance, 0))
      assert.deepEqual(parseStrictJson(text), parseJson(text))
    })
  })
})

const PIECES = ['"', '\\', '{', '}', '[', ']', ':', ',', 'a', '\u2028', '\n', ' ', 'é', '__proto__']

function anything(chance: Chance, depth: number): unknown {
  const text = () =>
    Array.from(
      { length: chance.whole(0, 4) },
      () => PIECES[chance.whole(0, PIECES.length - 1)],
    ).join('')
  const kind = chance.whole(0, depth < 7 ? 3 : 1)
  if (kind === 0) return text()
  if (kind === 1) return chance.whole(0, 9)
  const many = Array.from({ length: chance.whole(0, 3) }, () => anything(chance, depth + 1))
  return kind === 2 ? many : Object.fromEntries(many.map((each) => [text(), each]))
}
