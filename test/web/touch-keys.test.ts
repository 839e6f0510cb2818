import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Key, keysOf, namedKeys, strokesOf, typed } from '../../web/model/touch-keys.ts'

const write = (keys: readonly Key[]) =>
  keys
    .map(({ keysym, code }) => (keysym > 0xff ? `<${code}>` : String.fromCodePoint(keysym)))
    .join('')

const change = (before: string, after: string) => {
  const { erase, keys } = typed(before, after)
  return '<'.repeat(erase) + write(keys)
}

describe('an on-screen keyboard', () => {
  test('has a key for every printable character of ASCII, and for Enter and Tab', () => {
    const ascii = String.fromCodePoint(...Array.from({ length: 95 }, (_, at) => 32 + at))
    assert.equal(write(keysOf(ascii)), ascii)
    assert.equal(write(keysOf('\n\t')), '<Enter><Tab>')
    assert.deepEqual(keysOf('A?'), [
      { keysym: 65, code: 'KeyA', shift: true },
      { keysym: 63, code: 'Slash', shift: true },
    ])
  })

  test('loses its typographic signs, and what no key has', () => {
    assert.equal(write(keysOf('it’s “so” – é☃')), 'it\'s "so" - ')
  })

  test('tells what was typed, erased and corrected', () => {
    assert.equal(change('__', '__a'), 'a')
    assert.equal(change('__a', '__'), '<')
    assert.equal(change('teh', 'the'), '<<he')
    assert.equal(change('same', 'same'), '')
    assert.equal(change('a☃', 'a'), '', 'what was never sent is not erased either')
    assert.equal(change('don', 'don’t'), "'t")
  })

  test('types Hangul as it grows, with the keys of a Korean keyboard', () => {
    const steps = ['', 'ㅎ', '하', '한', '한ㄱ', '한그', '한글', '한글ㅘ', '한글ㅘㄳ']
    const sent = steps.slice(1).map((text, at) => change(steps[at] ?? '', text))
    assert.deepEqual(sent, ['g', 'k', 's', 'r', 'm', 'f', 'hk', 'rt'])
    assert.equal(change('각', '가가'), 'k', 'a final consonant that begins the next syllable')
    assert.equal(change('한', '하'), '<')
    assert.equal(write(keysOf('쀍힣')), 'Qnpfrglg')
  })
})

describe('a key with modifiers', () => {
  test('is pressed within them, and all are released', () => {
    const strokes = strokesOf({ keysym: 65, code: 'KeyA', shift: true }, ['ctrl', 'alt'])
    const order = strokes.map(([, code, down]) => (down ? '+' : '-') + code)
    assert.deepEqual(order, [
      ...['+ControlLeft', '+AltLeft', '+ShiftLeft', '+KeyA'],
      ...['-KeyA', '-ShiftLeft', '-AltLeft', '-ControlLeft'],
    ])
    assert.equal(strokesOf(namedKeys.Escape).length, 2)
  })
})
