import type { Stroke } from './touch-keys.ts'

/** Keys pressed together, which a browser or its system would keep for itself. */
export interface Chord {
  /** What stands on the keys. */
  readonly faces: readonly string[]
  /** What it does, by its name in the texts. */
  readonly does: ChordName
}

type ChordName =
  | 'secure'
  | 'switchWindow'
  | 'closeWindow'
  | 'startMenu'
  | 'printScreen'
  | 'sysRqSync'
  | 'interrupt'
  | 'endOfInput'
  | 'suspend'
  | 'quit'
  | 'deleteWord'
  | 'nextLine'

interface ScreenChord extends Chord {
  readonly keys: readonly (readonly [keysym: number, code: string])[]
}

interface TerminalChord extends Chord {
  readonly bytes: string
}

const ctrl = [0xffe3, 'ControlLeft'] as const
const alt = [0xffe9, 'AltLeft'] as const

export const ctrlAltDel: ScreenChord = {
  faces: ['Ctrl', 'Alt', 'Del'],
  does: 'secure',
  keys: [ctrl, alt, [0xffff, 'Delete']],
}

export const screenChords: readonly ScreenChord[] = [
  ctrlAltDel,
  { faces: ['Alt', 'Tab'], does: 'switchWindow', keys: [alt, [0xff09, 'Tab']] },
  { faces: ['Alt', 'F4'], does: 'closeWindow', keys: [alt, [0xffc1, 'F4']] },
  { faces: ['Win'], does: 'startMenu', keys: [[0xffeb, 'MetaLeft']] },
  { faces: ['PrtSc'], does: 'printScreen', keys: [[0xff61, 'PrintScreen']] },
  {
    faces: ['Alt', 'SysRq', 'S'],
    does: 'sysRqSync',
    keys: [alt, [0xff61, 'PrintScreen'], [0x73, 'KeyS']],
  },
]

const firstFunctionKey = 0xffbe

/** The twelve virtual terminals of a Linux guest: Ctrl-Alt-F1 to F12. */
export const virtualTerminals: readonly (readonly Stroke[])[] = Array.from(
  { length: 12 },
  (_, index) => strokesOfChord([ctrl, alt, [firstFunctionKey + index, `F${index + 1}`]]),
)

/** All keys down, then all up in reverse. */
export function strokesOfChord(keys: ScreenChord['keys']): readonly Stroke[] {
  return [
    ...keys.map(([keysym, code]): Stroke => [keysym, code, true]),
    ...keys.toReversed().map(([keysym, code]): Stroke => [keysym, code, false]),
  ]
}

export const terminalChords: readonly TerminalChord[] = [
  { faces: ['Ctrl', 'C'], does: 'interrupt', bytes: '\x03' },
  { faces: ['Ctrl', 'D'], does: 'endOfInput', bytes: '\x04' },
  { faces: ['Ctrl', 'Z'], does: 'suspend', bytes: '\x1a' },
  { faces: ['Ctrl', '\\'], does: 'quit', bytes: '\x1c' },
  { faces: ['Ctrl', 'W'], does: 'deleteWord', bytes: '\x17' },
  { faces: ['Ctrl', 'N'], does: 'nextLine', bytes: '\x0e' },
]

/** F1 to F12 as a terminal's programs read them (xterm's control sequences). */
export const functionKeys: readonly string[] = [
  ...['OP', 'OQ', 'OR', 'OS'],
  ...['[15~', '[17~', '[18~', '[19~', '[20~', '[21~', '[23~', '[24~'],
].map((tail) => `\x1b${tail}`)
