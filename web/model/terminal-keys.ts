import type { KeyName, Modifier } from './touch-keys.ts'

/**
 * Keys as the bytes a terminal's program reads for them (xterm's control sequences, "PC-Style Function Keys"),
 * for keys that come from buttons and on-screen keyboards; a real keyboard's are xterm.js' business.
 */

const plain: Readonly<Partial<Record<KeyName, string>>> = {
  Escape: '\x1b',
  Tab: '\t',
  Enter: '\r',
  Backspace: '\x7f',
}
/** Keys whose sequence ends in a letter: `ESC [ letter`, or `ESC O letter` in application mode. */
const lettered: Readonly<Partial<Record<KeyName, string>>> = {
  ArrowUp: 'A',
  ArrowDown: 'B',
  ArrowRight: 'C',
  ArrowLeft: 'D',
  Home: 'H',
  End: 'F',
}
/** Those with a number: `ESC [ number ~`. */
const numbered: Readonly<Partial<Record<KeyName, number>>> = {
  Delete: 3,
  PageUp: 5,
  PageDown: 6,
}

/** The bytes of a named key. `application`: the program has asked for application cursor keys (DECCKM). */
export function keyBytes(key: KeyName, held: readonly Modifier[], application: boolean): string {
  // 2 with Shift, 3 with Alt, 5 with Ctrl, and their sums; 1 is none.
  const modifier = 1 + (held.includes('alt') ? 2 : 0) + (held.includes('ctrl') ? 4 : 0)
  const letter = lettered[key]
  if (letter !== undefined) {
    if (modifier > 1) return `\x1b[1;${modifier}${letter}`
    return `\x1b${application ? 'O' : '['}${letter}`
  }
  const number = numbered[key]
  if (number !== undefined) return `\x1b[${number}${modifier > 1 ? `;${modifier}` : ''}~`
  const text = plain[key] ?? ''
  return held.includes('alt') && text !== '' ? `\x1b${text}` : text
}

/** A typed text with modifiers held: Ctrl makes control characters of letters, Alt puts ESC in front. */
export function typedBytes(text: string, held: readonly Modifier[]): string {
  const lines = text.replace(/\r?\n/g, '\r')
  if (held.length === 0) return lines
  const [first = '', ...rest] = [...lines]
  const controlled = held.includes('ctrl') ? controlOf(first) : first
  return (held.includes('alt') ? `\x1b${controlled}` : controlled) + rest.join('')
}

/** `@` to `_` and the small letters have a control character (ECMA-48); others stay as they are. */
function controlOf(character: string): string {
  if (character === ' ') return '\0'
  if (character === '?') return '\x7f'
  const code = character.toUpperCase().charCodeAt(0)
  return character.length === 1 && code >= 0x40 && code <= 0x5f
    ? String.fromCharCode(code - 0x40)
    : character
}

/** What was done to a text field, as bytes: a Backspace for each character that went, then what came. */
export function changeBytes(before: string, after: string, held: readonly Modifier[]): string {
  const [old, now] = [[...before], [...after]]
  let same = 0
  while (same < old.length && same < now.length && old[same] === now[same]) same += 1
  const added = now.slice(same).join('')
  return '\x7f'.repeat(old.length - same) + (added === '' ? '' : typedBytes(added, held))
}

const pageKeys: Readonly<Record<string, 'copy' | 'paste' | 'search'>> = {
  KeyC: 'copy',
  KeyV: 'paste',
  KeyF: 'search',
}

/** The page's own among a terminal's keys, with Ctrl and Shift: Ctrl alone is the program's. */
export function pageKey(
  event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>,
): 'copy' | 'paste' | 'search' | undefined {
  const chord = event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey
  return chord ? pageKeys[event.code] : undefined
}
