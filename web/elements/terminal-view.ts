import { FitAddon } from '@xterm/addon-fit'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { type ITheme, Terminal } from '@xterm/xterm'
import { linkPattern, safeLink } from '../model/terminal-links.ts'
import { findAll, type Match, type SearchedRow } from '../model/terminal-search.ts'
import { setStylesAsObjects } from './style-attributes.ts'

setStylesAsObjects()

/** Rows above the picture that are kept to scroll back to. */
const scrollback = 5000

/** The stage's own colours; each is readable on the background. */
const theme: ITheme = {
  background: '#08090a',
  foreground: '#eceae5',
  cursor: '#eceae5',
  cursorAccent: '#08090a',
  selectionBackground: '#3b4a86',
  selectionForeground: '#ffffff',
  selectionInactiveBackground: '#2a3156',
  black: '#2e3035',
  red: '#ff8e84',
  green: '#62ce90',
  yellow: '#e2b455',
  blue: '#9fb2ff',
  magenta: '#c4a8f8',
  cyan: '#6ecfd6',
  white: '#c9c6bf',
  brightBlack: '#979489',
  brightRed: '#ffb3ac',
  brightGreen: '#93e3b4',
  brightYellow: '#f3d28b',
  brightBlue: '#c3ceff',
  brightMagenta: '#dccbfb',
  brightCyan: '#a0e6eb',
  brightWhite: '#ffffff',
}

interface ViewEvents {
  /** Keys, as text or as bytes that are none. */
  readonly typed: (bytes: Uint8Array<ArrayBuffer>) => void
  readonly resized: (cols: number, rows: number) => void
  /** A link was chosen: to be opened once the person has seen where it leads. */
  readonly link: (url: URL) => void
  /** A text was selected with the pointer. */
  readonly selected: (text: string) => void
  /** False: the key is not the terminal's. */
  readonly key: (event: KeyboardEvent) => boolean
}

/**
 * xterm.js, as this page wants it: its proposed interfaces, window reports, titles and clipboard sequences stay
 * off (SEC-18), and links are https only and go through `link`.
 */
export class TerminalView {
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #watch: ResizeObserver
  readonly #parent: HTMLElement
  readonly #life = new AbortController()
  #matches: readonly Match[] = []
  #chosen = -1

  constructor(parent: HTMLElement, events: ViewEvents) {
    this.#parent = parent
    const activate = (_: MouseEvent, text: string) => {
      const url = safeLink(text)
      if (url) events.link(url)
    }
    const terminal = new Terminal({
      theme,
      scrollback,
      fontFamily: getComputedStyle(parent).getPropertyValue('--mono').trim(),
      // Dark blue on black is a classic that nobody can read.
      minimumContrastRatio: 4.5,
      cursorBlink: false,
      linkHandler: { activate, allowNonHttpProtocols: false },
    })
    this.#terminal = terminal
    terminal.loadAddon(this.#fit)
    terminal.loadAddon(new WebLinksAddon(activate, { urlRegex: linkPattern }))
    terminal.open(parent)
    terminal.attachCustomKeyEventHandler(events.key)
    const encoder = new TextEncoder()
    terminal.onData((text) => events.typed(encoder.encode(text)))
    terminal.onBinary((text) => events.typed(Uint8Array.from(text, (each) => each.charCodeAt(0))))
    terminal.onResize(({ cols, rows }) => events.resized(cols, rows))
    this.#tellSelections(events)
    this.#watch = new ResizeObserver(() => this.fit())
    this.#watch.observe(parent)
    this.fit()
  }

  /** A selection counts when the pointer lets go, wherever that is. */
  #tellSelections(events: ViewEvents): void {
    const { signal } = this.#life
    let drawing = false
    const begin = () => {
      drawing = true
    }
    this.#parent.addEventListener('mousedown', begin, { signal })
    document.addEventListener(
      'mouseup',
      () => {
        const text = drawing ? this.#terminal.getSelection() : ''
        drawing = false
        if (text !== '') events.selected(text)
      },
      { signal },
    )
  }

  get cols(): number {
    return this.#terminal.cols
  }

  get rows(): number {
    return this.#terminal.rows
  }

  /** The program has asked for application cursor keys. */
  get applicationKeys(): boolean {
    return this.#terminal.modes.applicationCursorKeysMode
  }

  /** Takes as many rows and columns as there is room for; nothing while it is not seen. */
  fit(): void {
    if (this.#parent.clientWidth > 0 && this.#parent.clientHeight > 0) this.#fit.fit()
  }

  write(data: Uint8Array | string, written: () => void): void {
    this.#terminal.write(data, written)
  }

  /** Empties it behind what is still being written, and says why where there is a reason. */
  reset(says: string): void {
    this.#terminal.write('', () => this.#terminal.reset())
    if (says !== '') this.#terminal.write(`\x1b[7m ${says} \x1b[0m\r\n`)
  }

  /** As the keyboard would: passed to `typed`, in brackets where the program wants a paste to be told. */
  paste(text: string): void {
    this.#terminal.paste(text)
  }

  type(text: string): void {
    if (text !== '') this.#terminal.input(text)
  }

  focus(): void {
    this.#terminal.focus()
  }

  set fontSize(pixels: number) {
    this.#terminal.options.fontSize = pixels
    this.fit()
  }

  /** Puts the text where screen readers find it; it makes a fast output slower. */
  set screenReader(on: boolean) {
    this.#terminal.options.screenReaderMode = on
  }

  get selection(): string {
    return this.#terminal.getSelection()
  }

  clearSelection(): void {
    this.#terminal.clearSelection()
  }

  /** Everything that can be scrolled to, as plain text. */
  get text(): string {
    const buffer = this.#terminal.buffer.active
    const lines: string[] = []
    for (let y = 0; y < buffer.length; y += 1) {
      const line = buffer.getLine(y)
      const text = line?.translateToString(true) ?? ''
      if (line?.isWrapped && lines.length > 0) lines.push((lines.pop() ?? '') + text)
      else lines.push(text)
    }
    return `${lines.join('\n').trimEnd()}\n`
  }

  /** Chooses the next or previous place of `term`; which one of how many it is, from 1. */
  search(term: string, direction: 1 | -1): { readonly at: number; readonly of: number } {
    const buffer = this.#terminal.buffer.active
    const before = this.#matches[this.#chosen]
    this.#matches = findAll((row) => this.#row(row), buffer.length, term)
    const of = this.#matches.length
    this.#chosen = next(this.#matches, before, direction)
    const match = this.#matches[this.#chosen]
    if (!match) {
      this.#terminal.clearSelection()
      return { at: 0, of }
    }
    this.#terminal.select(match.column, match.row, match.cells)
    const top = buffer.viewportY
    const seen = match.row >= top && match.row < top + this.#terminal.rows
    if (!seen) this.#terminal.scrollToLine(Math.max(0, match.row - (this.#terminal.rows >> 1)))
    return { at: this.#chosen + 1, of }
  }

  dispose(): void {
    this.#life.abort()
    this.#watch.disconnect()
    this.#terminal.dispose()
  }

  #row(row: number): SearchedRow | undefined {
    const line = this.#terminal.buffer.active.getLine(row)
    if (!line) return undefined
    const cells = Array.from({ length: this.#terminal.cols }, (_, x) => {
      const cell = line.getCell(x)
      return cell?.getWidth() === 0 ? '' : cell?.getChars() || ' '
    })
    return { cells, wrapped: line.isWrapped }
  }
}

/** From the one that was chosen; without one, the last, for that is what one was just looking at. */
function next(matches: readonly Match[], from: Match | undefined, direction: 1 | -1): number {
  if (matches.length === 0) return -1
  if (!from) return matches.length - 1
  const after = (match: Match) =>
    match.row > from.row || (match.row === from.row && match.column > from.column)
  if (direction === 1) {
    const found = matches.findIndex(after)
    return Math.max(0, found)
  }
  const found = matches.findLastIndex(
    (match) => !after(match) && (match.row !== from.row || match.column !== from.column),
  )
  return found < 0 ? matches.length - 1 : found
}
