import xtermStyle from '@xterm/xterm/css/xterm.css' with { type: 'file' }
import type { ConsoleSummary } from '../../src/http/contract.ts'
import type { PictureSize } from '../model/console-facts.ts'
import { changeBytes, keyBytes, pageKey, typedBytes } from '../model/terminal-keys.ts'
import {
  ackDelay,
  type Kept,
  readMessage,
  StreamCount,
  splitSeen,
  type TerminalMessage,
} from '../model/terminal-stream.ts'
import type { KeyName, Modifier } from '../model/touch-keys.ts'
import ownStyle from '../style/terminal.css' with { type: 'file' }
import { ConsoleElement } from './console-element.ts'
import { KeptTerminal } from './kept-terminal.ts'
import { loadStyle } from './style-sheet.ts'
import type { TerminalAsks, TerminalWords } from './terminal-page.ts'
import type { TerminalView } from './terminal-view.ts'

/** Bytes of one message to the server, which takes 1 MiB: a long paste goes in several. */
const pieceBytes = 64 * 1024
/** Pixels of the letters where nothing else is said. */
const defaultFontSize = 14

/**
 * The terminal of a guest or node. It outlives a cut line and a reload: the server keeps it for a while, and
 * the secret that gives it back stands in this tab's sessionStorage.
 *
 * Attributes besides those of every console: `font-size` in pixels, `screen-reader`.
 */
export class PveTerminal extends ConsoleElement {
  static readonly observedAttributes = ['font-size', 'screen-reader']

  words: TerminalWords = { skipped: (bytes) => `${bytes}`, anew: '' }
  asks: TerminalAsks | undefined
  #view: TerminalView | undefined
  readonly #stage = document.createElement('div')
  readonly #count = new StreamCount()
  /** Up to where the stream was shown before this page was loaded. */
  #seen = 0
  /** Output that was shown before is being written: what it asks for was answered then. */
  #old = false
  #ackTimer = 0

  override connectedCallback(): void {
    this.#stage.className = 'terminal-stage'
    this.append(this.#stage)
    super.connectedCallback()
  }

  protected override listen(signal: AbortSignal): void {
    super.listen(signal)
    window.addEventListener('pagehide', () => this.#report(), { signal })
    this.addEventListener('paste', (event) => this.#onPaste(event), { signal, capture: true })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    window.clearTimeout(this.#ackTimer)
    this.#view?.dispose()
    this.#view = undefined
  }

  attributeChangedCallback(): void {
    this.#applyAttributes()
  }

  override get pictureSize(): PictureSize | undefined {
    return this.#view && { width: this.#view.cols, height: this.#view.rows }
  }

  override isOwn(entry: Pick<ConsoleSummary, 'id' | 'label'>): boolean {
    // One that was taken up again has the label of the page it was opened by.
    return entry.id === this.#kept.recall()?.console || super.isOwn(entry)
  }

  get selection(): string {
    return this.#view?.selection ?? ''
  }

  /** Everything that can be scrolled to. */
  get text(): string {
    return this.#view?.text ?? ''
  }

  search(term: string, direction: 1 | -1): { readonly at: number; readonly of: number } {
    return this.#view?.search(term, direction) ?? { at: 0, of: 0 }
  }

  endSearch(): void {
    this.#view?.clearSelection()
  }

  /** What is typed or pasted while it is not live is dropped on its way to the socket. */
  paste(text: string): void {
    this.#view?.paste(text)
  }

  type(text: string): void {
    this.#view?.type(text)
  }

  /** Ends the terminal for good, instead of leaving it to be found again. */
  endForGood(): void {
    this.#kept.forget()
    this.socket?.close(1000, 'ended')
  }

  override pressKey(key: KeyName, held: readonly Modifier[]): void {
    this.type(keyBytes(key, held, this.#view?.applicationKeys ?? false))
  }

  override takeTyped(
    before: string,
    after: string,
    composing: boolean,
    held: readonly Modifier[],
  ): string {
    // A letter that is still put together is not typed yet.
    if (composing) return before
    this.type(before === '' ? typedBytes(after, held) : changeBytes(before, after, held))
    return after
  }

  protected override async open(number: number): Promise<void> {
    try {
      await this.#show()
    } catch {
      // The chunk did not arrive: the line is down, as if the socket had been cut.
      this.closed(number, 1006, '')
      return
    }
    const kept = this.#kept.recall()
    const socket = this.socketTo(number, kept ? '&resume=1' : '')
    if (!socket) return
    socket.addEventListener('open', () => {
      if (kept) {
        const { console, secret } = kept
        const received = this.#count.position
        socket.send(JSON.stringify({ type: 'resume', console, secret, received }))
      }
      this.#sendSize()
    })
    socket.addEventListener('message', ({ data }) => {
      // One that is being closed may still bring what the next one will bring again.
      if (this.socket !== socket) return
      if (typeof data !== 'string') return this.#output(number, new Uint8Array(data))
      const message = readMessage(data)
      if (message?.type === 'ready') this.#ready(number, message, kept)
      else if (message) this.#skipped(number, message)
    })
  }

  protected override letGo(): void {
    window.clearTimeout(this.#ackTimer)
    this.#ackTimer = 0
  }

  protected override closed(socket: number, code: number, reason: string): void {
    // Over, and not only here: what was kept leads nowhere any more.
    if (code === 1000 && reason !== 'taken_over') this.#kept.forget()
    super.closed(socket, code, reason)
  }

  protected override focusInside(): void {
    this.#view?.focus()
  }

  async #show(): Promise<void> {
    if (this.#view) return
    const [{ TerminalView }] = await Promise.all([
      import('./terminal-view.ts'),
      loadStyle(xtermStyle, import.meta.url),
      loadStyle(ownStyle, import.meta.url),
    ])
    if (this.#view || !this.isConnected) return
    this.#view = new TerminalView(this.#stage, {
      typed: (bytes) => this.#typed(bytes),
      resized: () => this.#sendSize(),
      link: (url) => this.asks?.link(url),
      selected: (text) => this.asks?.copy(text, true),
      key: (event) => this.#isTerminalKey(event),
    })
    this.#applyAttributes()
  }

  #ready(
    number: number,
    message: TerminalMessage & { type: 'ready' },
    kept: Kept | undefined,
  ): void {
    const { console, secret, position, resumed } = message
    const goesOn = resumed && position === this.#count.position
    if (!resumed && kept) this.#view?.reset(this.words.anew)
    else if (!goesOn && this.#count.position > 0) this.#view?.reset('')
    if (!goesOn) this.#count.startAt(position)
    this.#seen = resumed ? (kept?.seen ?? 0) : 0
    this.#kept.remember({ console, secret, seen: this.#seen })
    this.#liveWhenCaughtUp(number)
  }

  /** What was shown before is drawn again first; what is typed meanwhile is not for what one sees. */
  #liveWhenCaughtUp(number: number): void {
    if (this.#count.written < this.#seen) return
    this.live(number)
    this.drawn()
  }

  #output(number: number, bytes: Uint8Array): void {
    let at = this.#count.came(bytes.length)
    for (const piece of splitSeen(bytes, at, this.#seen)) {
      at += piece.bytes.length
      const end = at
      // In order with what is written: replies come while a piece is being read.
      this.#view?.write('', () => {
        this.#old = piece.old
      })
      this.#view?.write(piece.bytes, () => this.#wrote(number, end))
    }
  }

  #wrote(number: number, position: number): void {
    this.#old = false
    this.figures.updates += 1
    this.#count.wrote(position)
    if (this.state.phase === 'connecting' && this.state.socket === number) {
      this.#liveWhenCaughtUp(number)
    }
    if (this.#count.pressing) this.#report()
    else this.#ackTimer ||= window.setTimeout(() => this.#report(), ackDelay)
  }

  #report(): void {
    window.clearTimeout(this.#ackTimer)
    this.#ackTimer = 0
    const position = this.#count.report()
    if (position === undefined || this.socket?.readyState !== WebSocket.OPEN) return
    this.socket.send(JSON.stringify({ type: 'received', position }))
    const kept = this.#kept.recall()
    if (kept) this.#kept.remember({ ...kept, seen: position })
  }

  #skipped(number: number, { bytes, position }: TerminalMessage & { type: 'skipped' }): void {
    this.#view?.reset(this.words.skipped(bytes))
    this.#count.position = position
    this.#view?.write('', () => this.#wrote(number, position))
  }

  #typed(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#old) return
    if (this.state.phase !== 'live' || this.socket?.readyState !== WebSocket.OPEN) {
      this.drop()
      return
    }
    this.figures.sent += bytes.length
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.socket.send(bytes.subarray(at, at + pieceBytes))
    }
  }

  #sendSize(): void {
    const size = this.pictureSize
    if (!size || this.socket?.readyState !== WebSocket.OPEN) return
    this.socket.send(JSON.stringify({ type: 'resize', cols: size.width, rows: size.height }))
  }

  /** False for the page's own keys. */
  #isTerminalKey(event: KeyboardEvent): boolean {
    const meant = pageKey(event)
    if (!meant) return true
    // The browser pastes by itself, and needs no permission for it.
    if (meant === 'paste') return false
    event.preventDefault()
    if (event.type !== 'keydown') return false
    if (meant === 'search') this.asks?.search()
    else if (this.selection !== '') this.asks?.copy(this.selection, false)
    return false
  }

  #onPaste(event: ClipboardEvent): void {
    event.preventDefault()
    event.stopPropagation()
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (text !== '') this.asks?.paste(text)
  }

  #applyAttributes(): void {
    if (!this.#view) return
    this.#view.fontSize = Number(this.getAttribute('font-size')) || defaultFontSize
    this.#view.screenReader = this.hasAttribute('screen-reader')
  }

  get #kept(): KeptTerminal {
    return new KeptTerminal(this.getAttribute('src') ?? '')
  }
}
