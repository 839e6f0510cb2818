/**
 * Makes web/layouts/*.json: which key gives which character, for each layout that a guest may have.
 *
 *   bun packaging/keyboard-layouts.ts
 *
 * The source is xkeyboard-config, read through `xkbcli` (libxkbcommon-tools), and libxkbcommon's list of key
 * symbols. Neither is needed to build: the tables are kept in the repository.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const KEYSYMS = '/usr/include/xkbcommon/xkbcommon-keysyms.h'
const OUT = join(import.meta.dirname, '../web/layouts')

/** Our name to xkeyboard-config's layout, variant and model. */
const LAYOUTS: Readonly<
  Record<string, readonly [layout: string, variant?: string, model?: string]>
> = {
  us: ['us'],
  'us-intl': ['us', 'intl'],
  gb: ['gb'],
  de: ['de'],
  ch: ['ch'],
  fr: ['fr'],
  be: ['be'],
  es: ['es'],
  latam: ['latam'],
  it: ['it'],
  pt: ['pt'],
  br: ['br'],
  dk: ['dk'],
  no: ['no'],
  se: ['se'],
  fi: ['fi'],
  pl: ['pl'],
  jp: ['jp', '', 'jp106'],
  kr: ['kr'],
}

/** xkeyboard-config's key names to those of UI Events KeyboardEvent code values. */
const CODES: Readonly<Record<string, string>> = {
  TLDE: 'Backquote',
  ...row('AE', ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'], (key) => `Digit${key}`),
  AE11: 'Minus',
  AE12: 'Equal',
  AE13: 'IntlYen',
  ...row('AD', [...'QWERTYUIOP'], (key) => `Key${key}`),
  AD11: 'BracketLeft',
  AD12: 'BracketRight',
  ...row('AC', [...'ASDFGHJKL'], (key) => `Key${key}`),
  AC10: 'Semicolon',
  AC11: 'Quote',
  BKSL: 'Backslash',
  LSGT: 'IntlBackslash',
  ...row('AB', [...'ZXCVBNM'], (key) => `Key${key}`),
  AB08: 'Comma',
  AB09: 'Period',
  AB10: 'Slash',
  AB11: 'IntlRo',
  SPCE: 'Space',
}

/** Dead keys to the combining characters that they put on the next one. */
const DEAD: Readonly<Record<string, string>> = {
  dead_grave: '\u0300',
  dead_acute: '\u0301',
  dead_circumflex: '\u0302',
  dead_tilde: '\u0303',
  dead_macron: '\u0304',
  dead_breve: '\u0306',
  dead_abovedot: '\u0307',
  dead_diaeresis: '\u0308',
  dead_abovering: '\u030a',
  dead_doubleacute: '\u030b',
  dead_caron: '\u030c',
  dead_cedilla: '\u0327',
  dead_ogonek: '\u0328',
}

function row(
  prefix: string,
  keys: readonly string[],
  code: (key: string) => string,
): Record<string, string> {
  const entries = keys.map((key, index) => [
    `${prefix}${String(index + 1).padStart(2, '0')}`,
    code(key),
  ])
  return Object.fromEntries(entries)
}

/** Names of key symbols to the characters that they stand for. */
function readKeysyms(): Map<string, string> {
  const characters = new Map<string, string>()
  const line = /^#define XKB_KEY_(\w+)\s+0x[0-9a-f]+\s+\/\*[ (]U\+([0-9A-F]+) /gm
  for (const [, name = '', point = ''] of readFileSync(KEYSYMS, 'utf8').matchAll(line)) {
    characters.set(name, String.fromCodePoint(Number.parseInt(point, 16)))
  }
  return characters
}

function characterOf(symbol: string, keysyms: ReadonlyMap<string, string>): string {
  const point = /^U([0-9A-F]{4,6})$/.exec(symbol)?.[1]
  if (point) return String.fromCodePoint(Number.parseInt(point, 16))
  return DEAD[symbol] ?? keysyms.get(symbol) ?? ''
}

/**
 * Key to the characters that it gives alone, with Shift, and with AltGr: what more there is differs between
 * systems with the same layout.
 */
function readLayout(name: string, keysyms: ReadonlyMap<string, string>): Record<string, string[]> {
  const [layout, variant = '', model = 'pc105'] = LAYOUTS[name] ?? ['us']
  const args = ['compile-keymap', '--layout', layout, '--variant', variant, '--model', model]
  const keymap = execFileSync('xkbcli', args, { encoding: 'utf8' })
  const symbols = keymap.slice(keymap.indexOf('xkb_symbols'))
  const keys: Record<string, string[]> = {}
  for (const [, key = '', body = ''] of symbols.matchAll(/key <(\w+)>\s*\{([^}]*)\}/g)) {
    const code = CODES[key]
    // In the long form the group is named before its list.
    const levels = /\[\s*([^\]]+?)\s*\]/.exec(body.replace(/^.*symbols\[Group1\]/s, ''))?.[1]
    if (!code || !levels) continue
    const characters = levels.split(/\s*,\s*/).map((symbol) => characterOf(symbol, keysyms))
    keys[code] = characters.slice(0, 3)
  }
  return keys
}

const keysyms = readKeysyms()
for (const name of Object.keys(LAYOUTS)) {
  const keys = readLayout(name, keysyms)
  const lines = Object.entries(keys).map(
    ([code, levels]) => `  "${code}": ${JSON.stringify(levels)}`,
  )
  writeFileSync(join(OUT, `${name}.json`), `{\n${lines.join(',\n')}\n}\n`)
}
