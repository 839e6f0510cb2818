/**
 * What an on-screen keyboard did to a text field, as keys of a US keyboard: there is no other way to learn
 * it, for such keyboards report no keys. Hangul is taken apart into the keys it is typed with, so that the
 * guest's own input method puts it together again.
 */

/** A key by X keysym and by its place on the keyboard. */
export interface Key {
  readonly keysym: number
  readonly code: string
  readonly shift: boolean
}

/** One key going down or up. */
export type Stroke = readonly [keysym: number, code: string, down: boolean]
export type Modifier = 'ctrl' | 'alt'

const modifiers: Readonly<Record<Modifier | 'shift', readonly [number, string]>> = {
  ctrl: [0xffe3, 'ControlLeft'],
  alt: [0xffe9, 'AltLeft'],
  shift: [0xffe1, 'ShiftLeft'],
}

const key = (keysym: number, code: string): Key => ({ keysym, code, shift: false })

/** Keys without a letter, by the names that browsers give them. */
export const namedKeys = {
  Escape: key(0xff1b, 'Escape'),
  Tab: key(0xff09, 'Tab'),
  Enter: key(0xff0d, 'Enter'),
  Backspace: key(0xff08, 'Backspace'),
  Delete: key(0xffff, 'Delete'),
  Home: key(0xff50, 'Home'),
  End: key(0xff57, 'End'),
  PageUp: key(0xff55, 'PageUp'),
  PageDown: key(0xff56, 'PageDown'),
  ArrowLeft: key(0xff51, 'ArrowLeft'),
  ArrowUp: key(0xff52, 'ArrowUp'),
  ArrowRight: key(0xff53, 'ArrowRight'),
  ArrowDown: key(0xff54, 'ArrowDown'),
} as const

export type KeyName = keyof typeof namedKeys

export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(namedKeys, name)
}

const plain = "`1234567890-=[]\\;',./ "
const shifted = '~!@#$%^&*()_+{}|:"<>?'
const places = [
  ...['Backquote', 'Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit7'],
  ...['Digit8', 'Digit9', 'Digit0', 'Minus', 'Equal', 'BracketLeft', 'BracketRight'],
  ...['Backslash', 'Semicolon', 'Quote', 'Comma', 'Period', 'Slash', 'Space'],
]

/** What phones make of plain signs while one types. */
const prettified: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '.',
  '\u00a0': ' ',
}

const initials = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
const medials = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
const finals = ' r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')
const consonants = 'r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g'.split(
  ' ',
)
const firstSyllable = 0xac00
const lastSyllable = 0xd7a3
const firstJamo = 0x3131

/** The Latin letters on the keys of the usual Korean keyboard (Dubeolsik) that make a Hangul letter. */
function lettersOf(character: string): string {
  const at = character.codePointAt(0) ?? 0
  if (at >= firstSyllable && at <= lastSyllable) {
    const index = at - firstSyllable
    const final = index % finals.length
    const rest = (index - final) / finals.length
    const initial = initials[Math.floor(rest / medials.length)] ?? ''
    return initial + (medials[rest % medials.length] ?? '') + (finals[final] ?? '')
  }
  return [...consonants, ...medials][at - firstJamo] ?? character
}

function keyOf(character: string): Key | undefined {
  if (character === '\n') return namedKeys.Enter
  if (character === '\t') return namedKeys.Tab
  const keysym = character.codePointAt(0) ?? 0
  if (/^[A-Za-z]$/.test(character)) {
    const upper = character.toUpperCase()
    return { keysym, code: `Key${upper}`, shift: character === upper }
  }
  const shift = shifted.includes(character)
  const code = places[(shift ? shifted : plain).indexOf(character)]
  return code === undefined ? undefined : { keysym, code, shift }
}

/** The keys that type a text; what no key has is left out. */
export function keysOf(text: string): readonly Key[] {
  return [...text]
    .flatMap((character) => [...lettersOf(prettified[character] ?? character)])
    .flatMap((character) => keyOf(character) ?? [])
}

/** How many Backspaces and which keys make `after` of `before`, both typed to their ends. */
export function typed(before: string, after: string): { erase: number; keys: readonly Key[] } {
  const [old, now] = [[...before], [...after]]
  const same = commonStart(old, now, (a, b) => a === b)
  const [removed, added] = [old.slice(same), now.slice(same)]
  if (added.length === 0) {
    // Nothing takes their place, so these are Backspaces, one for each character that a key had.
    return { erase: removed.filter((each) => keysOf(each).length > 0).length, keys: [] }
  }
  const [gone, come] = [keysOf(removed.join('')), keysOf(added.join(''))]
  const kept = commonStart(gone, come, (a, b) => a.keysym === b?.keysym)
  return { erase: gone.length - kept, keys: come.slice(kept) }
}

function commonStart<T>(
  a: readonly T[],
  b: readonly T[],
  equal: (a: T, b: T | undefined) => boolean,
): number {
  const end = a.findIndex((each, at) => at >= b.length || !equal(each, b[at]))
  return end < 0 ? a.length : end
}

/** A key pressed and released, with the modifiers around it. */
export function strokesOf(pressed: Key, held: readonly Modifier[] = []): readonly Stroke[] {
  const around = [...held, ...(pressed.shift ? (['shift'] as const) : [])].map(
    (each) => modifiers[each],
  )
  const { keysym, code } = pressed
  return [
    ...around.map(([sym, place]): Stroke => [sym, place, true]),
    [keysym, code, true],
    [keysym, code, false],
    ...around.reverse().map(([sym, place]): Stroke => [sym, place, false]),
  ]
}
