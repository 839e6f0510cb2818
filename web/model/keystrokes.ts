/** Text as the strokes that give it on a guest's keyboard. */
import { hangulKeys } from './hangul.ts'

/** What each key gives alone, with Shift and with AltGr; an accent that waits for a letter is a combining one. */
export type Layout = Readonly<Record<string, readonly string[]>>

/** One press and release of a key. */
export interface Stroke {
  /** As KeyboardEvent.code names it (UI Events). */
  readonly code: string
  readonly shift: boolean
  readonly altgr: boolean
}

/** One character of a text and the strokes that give it; none where the layout has no key for it. */
export interface TypedCharacter {
  readonly character: string
  readonly strokes: readonly Stroke[] | null
}

const KEYS: Readonly<Record<string, string>> = { '\n': 'Enter', '\t': 'Tab' }

/**
 * What a key that waits for a letter gives before a space, as far as systems agree: an acute accent and a
 * diaeresis stand for themselves on some and for quotes on others, so they only count as quotes.
 */
const STANDING: Readonly<Record<string, string>> = {
  '`': '\u0300',
  "'": '\u0301',
  '^': '\u0302',
  '~': '\u0303',
  '"': '\u0308',
}

/** Switches between English and Korean; the guest has to be in English before. */
const SWITCH: Stroke = { code: 'Lang1', shift: false, altgr: false }

/**
 * The strokes of a text, character by character. Line ends of every kind are one Enter.
 *
 * With `korean`, Korean text is typed by switching the guest's keyboard, and switched back at its end.
 */
export function typeText(text: string, layout: Layout, korean = false): TypedCharacter[] {
  const keyboard = new Keyboard(layout)
  const typed = [...text.replaceAll(/\r\n?/g, '\n').normalize('NFC')].map((character) => ({
    character,
    strokes: keyboard.strokesOf(character),
  }))
  return korean ? withKorean(typed, keyboard) : typed
}

class Keyboard {
  readonly #strokes = new Map<string, Stroke>()

  constructor(layout: Layout) {
    for (const level of [0, 1, 2]) {
      for (const [code, characters] of Object.entries(layout)) {
        const character = characters[level] ?? ''
        // The way with the fewest keys counts.
        if (character === '' || this.#strokes.has(character)) continue
        this.#strokes.set(character, { code, shift: level === 1, altgr: level === 2 })
      }
    }
    for (const [character, code] of Object.entries(KEYS)) {
      this.#strokes.set(character, { code, shift: false, altgr: false })
    }
  }

  strokesOf(character: string): readonly Stroke[] | null {
    const direct = this.#strokes.get(character)
    if (direct) return [direct]
    const [base = '', accent = '', ...more] = [...character.normalize('NFD')]
    if (accent !== '' && more.length === 0) return this.#inTurn(accent, base)
    const standing = STANDING[character]
    return standing === undefined ? null : this.#inTurn(standing, ' ')
  }

  #inTurn(...characters: readonly string[]): readonly Stroke[] | null {
    const strokes = characters.map((character) => this.#strokes.get(character))
    return strokes.every((stroke) => stroke !== undefined) ? strokes : null
  }

  /** Letters of an English keyboard as strokes. */
  lettersOf(keys: string): readonly Stroke[] {
    return [...keys].flatMap((key) => this.strokesOf(key) ?? [])
  }
}

/** Puts the switch in front of the first Korean character of each run, and in front of what follows it. */
function withKorean(typed: readonly TypedCharacter[], keyboard: Keyboard): TypedCharacter[] {
  let isKorean = false
  const all = typed.map(({ character, strokes }) => {
    const keys = hangulKeys(character)
    const own = keys === null ? strokes : keyboard.lettersOf(keys)
    if (own === null) return { character, strokes: null }
    // Spaces and line ends are the same in both.
    const switches = (keys !== null) !== isKorean && (keys !== null || !/\s/.test(character))
    if (switches) isKorean = !isKorean
    return { character, strokes: switches ? [SWITCH, ...own] : own }
  })
  const last = all.at(-1)
  if (!isKorean || !last?.strokes) return all
  return [...all.slice(0, -1), { ...last, strokes: [...last.strokes, SWITCH] }]
}
