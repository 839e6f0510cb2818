import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import br from '../../web/layouts/br.json' with { type: 'json' }
import de from '../../web/layouts/de.json' with { type: 'json' }
import fr from '../../web/layouts/fr.json' with { type: 'json' }
import jp from '../../web/layouts/jp.json' with { type: 'json' }
import kr from '../../web/layouts/kr.json' with { type: 'json' }
import us from '../../web/layouts/us.json' with { type: 'json' }
import intl from '../../web/layouts/us-intl.json' with { type: 'json' }
import { hangulKeys } from '../../web/model/hangul.ts'
import { type Layout, type Stroke, typeText } from '../../web/model/keystrokes.ts'

/** Strokes in short: ^KeyA is with Shift, @KeyQ with AltGr. */
function short(strokes: readonly Stroke[] | null | undefined): string {
  if (!strokes) return 'none'
  return strokes
    .map(({ code, shift, altgr }) => `${shift ? '^' : ''}${altgr ? '@' : ''}${code}`)
    .join(' ')
}

function strokesOf(character: string, layout: Layout): string {
  return short(typeText(character, layout)[0]?.strokes)
}

describe('a character is typed on its layout', () => {
  const rows: [layout: Layout, character: string, strokes: string][] = [
    [us, 'a', 'KeyA'],
    [us, '@', '^Digit2'],
    [us, '\n', 'Enter'],
    [us, '\t', 'Tab'],
    [us, 'ä', 'none'],
    [de, 'z', 'KeyY'],
    [de, 'ß', 'Minus'],
    [de, '@', '@KeyQ'],
    [de, '\\', '@Minus'],
    [de, '|', '@IntlBackslash'],
    [de, 'é', 'Equal KeyE'],
    [de, 'Ô', 'Backquote ^KeyO'],
    // The key waits for a letter, so what stands alone takes a space.
    [de, '^', 'Backquote Space'],
    [de, '`', '^Equal Space'],
    // There systems disagree.
    [de, '´', 'none'],
    [intl, '"', '^Quote Space'],
    [fr, 'a', 'KeyQ'],
    [fr, '1', '^Digit1'],
    [fr, 'ê', 'BracketLeft KeyE'],
    [br, 'ã', 'Quote KeyA'],
    [br, '/', 'IntlRo'],
    [jp, '\\', 'IntlRo'],
    [jp, '_', '^IntlRo'],
    [jp, '@', 'BracketLeft'],
  ]
  for (const [layout, character, strokes] of rows) {
    test(`${JSON.stringify(character)} as ${strokes}`, () => {
      assert.equal(strokesOf(character, layout), strokes)
    })
  }
})

test('every layout has a key for all that is printable in ASCII', async () => {
  const files = readdirSync(new URL('../../web/layouts', import.meta.url))
  assert.ok(files.length >= 19)
  for (const file of files) {
    const { default: layout } = await import(`../../web/layouts/${file}`, {
      with: { type: 'json' },
    })
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
    for (const { character, strokes } of typeText(printable.join(''), layout)) {
      assert.ok(strokes, `${file} has none for ${character}`)
    }
  }
})

describe('text', () => {
  test('has one Enter for a line end of any kind', () => {
    const typed = typeText('a\r\nb\rc\n', us).map(({ strokes }) => short(strokes))
    assert.deepEqual(typed, ['KeyA', 'Enter', 'KeyB', 'Enter', 'KeyC', 'Enter'])
  })

  test('that comes in pieces is put together first', () => {
    assert.deepEqual(typeText('e\u0301', de).length, 1)
    assert.equal(strokesOf('e\u0301', de), 'Equal KeyE')
  })

  test('says which characters have no key', () => {
    const refused = typeText('naïve 한글 €5', us).filter(({ strokes }) => !strokes)
    assert.deepEqual(
      refused.map(({ character }) => character),
      ['ï', '한', '글', '€'],
    )
  })
})

describe('Korean text', () => {
  const typed = (text: string): string =>
    typeText(text, kr, true)
      .map(({ strokes }) => short(strokes))
      .join(' ')

  test('is typed letter by letter between two switches', () => {
    assert.equal(typed('한'), 'Lang1 KeyG KeyK KeyS Lang1')
    assert.equal(typed('값ㅋ'), 'Lang1 KeyR KeyK KeyQ KeyT KeyZ Lang1')
    assert.equal(typed('쏴'), 'Lang1 ^KeyT KeyH KeyK Lang1')
  })

  test('switches where the script does, and not for spaces', () => {
    assert.equal(typed('a 가 나 b'), 'KeyA Space Lang1 KeyR KeyK Space KeyS KeyK Space Lang1 KeyB')
    assert.equal(typed('가\n'), 'Lang1 KeyR KeyK Enter Lang1')
  })

  test('is refused where it is not to be typed so', () => {
    assert.equal(typeText('한', kr)[0]?.strokes, null)
  })

  test('is all there, first and last', () => {
    assert.equal(hangulKeys('가'), 'rk')
    assert.equal(hangulKeys('힣'), 'glg')
    assert.equal(hangulKeys('ㄱ'), 'r')
    assert.equal(hangulKeys('ㅣ'), 'l')
    assert.equal(hangulKeys('a'), null)
    assert.equal(hangulKeys('あ'), null)
  })
})
