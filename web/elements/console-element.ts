import type { ConsoleSummary } from '../../src/http/contract.ts'
import type { PictureSize } from '../model/console-facts.ts'
import {
  type ConsoleEvent,
  type ConsoleState,
  type Effect,
  idle,
  step,
} from '../model/console-machine.ts'
import type { KeyName, Modifier } from '../model/touch-keys.ts'
import { WayOut } from '../model/way-out.ts'

/** What the page may tell a console; the time is the console's own. */
type Told = Exclude<ConsoleEvent['type'], 'live' | 'closed' | 'timer' | 'told'>

/** What passed this console's sockets since it was put into the page. */
export interface Figures {
  /** Bytes from the server and to it. */
  received: number
  sent: number
  /** Pictures that a screen drew; pieces of output that a terminal wrote. */
  updates: number
  /** When the server was last heard on this console's socket, in ms. */
  heardAt: number
}

/** What a person does to get a console; all else happens by itself, and is no sign of anybody. */
const acts: readonly ConsoleEvent['type'][] = ['start', 'retry', 'signed-in']

/** Characters of a console's label. */
const labelLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * One console: from being put into a page until being taken out of it. It opens its own WebSocket and follows
 * the state machine of `model/console-machine.ts`; what is seen of it is its heirs' business.
 *
 * Attributes: `src` (path of the socket with its query), `typing` (the keys come from elsewhere, so that a
 * click leaves the focus there); it sets `data-state`.
 * Events: `statechange`, `live`, `ask-session` (why was the upgrade refused?), `dropped` (something typed
 * was not sent), `leave` (left Ctrl + left Alt).
 */
export abstract class ConsoleElement extends HTMLElement {
  readonly figures: Figures = { received: 0, sent: 0, updates: 0, heardAt: 0 }
  /** What the server is told to call the newest socket, so that it is found in the list of consoles. */
  label = ''
  /** Milliseconds from asking for the newest socket to its first picture; 0 before. */
  openedIn = 0
  #askedAt = 0
  /** The newest socket was wished for by nobody but the page. */
  #byItself = false
  #state: ConsoleState = idle
  #socket: WebSocket | undefined
  #timer = 0
  #listening: AbortController | undefined
  readonly #wayOut = new WayOut()

  /** Opens socket `number`; `socketTo` makes it. */
  protected abstract open(number: number): Promise<void>
  /** Lets go of what hangs on the socket; the socket itself is closed after it. */
  protected abstract letGo(): void
  protected abstract focusInside(): void
  /** Pixels of a screen, columns and rows of a terminal; undefined while there is no picture. */
  abstract get pictureSize(): PictureSize | undefined
  /** Presses and releases one key, with others held around it. */
  abstract pressKey(key: KeyName, held: readonly Modifier[]): void
  /**
   * Takes what an on-screen keyboard made of a text field; the answer is what counts as `before` next time.
   * `composing`: an input method is still at work on it.
   */
  abstract takeTyped(
    before: string,
    after: string,
    composing: boolean,
    held: readonly Modifier[],
  ): string

  /** The picture is not live any more, or not yet again. */
  protected freeze(): void {}

  /** It is live; `sameSocket`: it was only cut off for a moment. */
  protected thaw(_sameSocket: boolean): void {}

  /** Releases what the guest may think is still pressed. */
  protected releaseKeys(): void {}

  get state(): ConsoleState {
    return this.#state
  }

  /** Whether an entry of the server's list is this console. */
  isOwn(entry: Pick<ConsoleSummary, 'id' | 'label'>): boolean {
    return this.label !== '' && entry.label === this.label
  }

  protected get socket(): WebSocket | undefined {
    return this.#socket
  }

  connectedCallback(): void {
    this.tabIndex = 0
    this.#listening = new AbortController()
    this.listen(this.#listening.signal)
    this.tell('start')
  }

  /** Hears the page until it is taken out of it. */
  protected listen(signal: AbortSignal): void {
    window.addEventListener('online', () => this.tell('online'), { signal })
    window.addEventListener('offline', () => this.tell('offline'), { signal })
    const onVisible = () => document.visibilityState === 'visible' && this.tell('visible')
    document.addEventListener('visibilitychange', onVisible, { signal })
    this.addEventListener('focus', () => this.#focusLive(), { signal })
    this.addEventListener('focusout', () => this.releaseKeys(), { signal })
    this.addEventListener('keydown', (event) => this.#onKey(event), { signal, capture: true })
    this.addEventListener('keyup', (event) => this.#onKey(event), { signal, capture: true })
  }

  disconnectedCallback(): void {
    this.#listening?.abort()
    this.tell('stop')
    this.replaceChildren()
  }

  /** Moved within the page: the console goes on. */
  connectedMoveCallback(): void {}

  /** What happened outside: a retry was asked for, the sign-in is back, the guest runs. */
  tell(type: Told): void {
    this.#take({ type, at: performance.now() })
  }

  /** What was learnt beside the socket, in a close code's words. */
  tellWhy(code: number, reason: string): void {
    this.#take({ type: 'told', close: { code, reason }, at: performance.now() })
  }

  /** Something typed is lost, and that is said. */
  protected drop(): void {
    this.dispatchEvent(new CustomEvent('dropped'))
  }

  /** A socket to `src` whose close and whose bytes are noted; undefined when another one is wanted by now. */
  protected socketTo(number: number, parameters: string): WebSocket | undefined {
    if (this.#state.socket !== number || this.#state.phase !== 'connecting') return undefined
    const url = new URL(this.getAttribute('src') ?? '', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    this.label = randomLabel()
    const again = this.#byItself ? '&again=1' : ''
    const socket = new WebSocket(`${url.href}&label=${this.label}${again}${parameters}`, ['binary'])
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      this.figures.heardAt = performance.now()
      this.figures.received += typeof data === 'string' ? data.length : data.byteLength
    })
    // Before anybody else listens: whoever hears of the close first still sees the last picture.
    socket.addEventListener('close', (event) => {
      this.closed(number, event.code, event.reason)
      if (this.#socket === socket) this.#drop()
    })
    return socket
  }

  /** The socket is gone, or of no use. */
  protected closed(socket: number, code: number, reason: string): void {
    this.#take({ type: 'closed', socket, close: { code, reason }, at: performance.now() })
  }

  protected live(socket: number): void {
    this.#take({ type: 'live', socket, at: performance.now() })
  }

  /** The first picture of the newest socket has been drawn. */
  protected drawn(): void {
    if (this.openedIn === 0) this.openedIn = Math.round(performance.now() - this.#askedAt)
  }

  #take(event: ConsoleEvent): void {
    const before = this.#state
    const next = step(before, event, Math.random)
    if (next.state === before) return
    this.#state = next.state
    if (next.state.phase !== before.phase || next.state.socket !== before.socket) {
      window.clearTimeout(this.#timer)
    }
    const wasLive = before.phase === 'live' || before.phase === 'stalled'
    if (wasLive && next.state.phase !== 'live') this.#freeze()
    this.dataset.state = next.state.phase
    for (const effect of next.effects) this.#run(effect, event)
    if (next.state.phase === 'live') this.#onLive(before.phase === 'stalled')
    this.dispatchEvent(new CustomEvent('statechange', { detail: next.state }))
  }

  #run(effect: Effect, cause: ConsoleEvent): void {
    switch (effect.do) {
      case 'open':
        this.#byItself = !acts.includes(cause.type)
        this.#askedAt = performance.now()
        this.openedIn = 0
        void this.open(effect.socket)
        return
      case 'drop':
        this.#drop()
        return
      case 'wait':
        this.#timer = window.setTimeout(
          () => this.#take({ type: 'timer', at: performance.now() + 1 }),
          effect.ms,
        )
        return
      case 'ask-session':
        this.dispatchEvent(new CustomEvent('ask-session'))
        return
    }
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.letGo()
    // A code of its own says that the page only goes away: a terminal may be kept for it.
    if (socket && socket.readyState < WebSocket.CLOSING) socket.close(goneAway)
  }

  #freeze(): void {
    const focused = this.contains(document.activeElement) && document.activeElement !== this
    this.freeze()
    if (focused) this.focus({ preventScroll: true })
    this.releaseKeys()
  }

  #onLive(sameSocket: boolean): void {
    this.releaseKeys()
    if (document.activeElement === this) this.focusInside()
    this.thaw(sameSocket)
    if (!sameSocket) this.dispatchEvent(new CustomEvent('live'))
  }

  #focusLive(): void {
    if (this.#state.phase === 'live') this.focusInside()
  }

  #onKey(event: KeyboardEvent): void {
    if (this.#wayOut.sees(event.type === 'keydown', event.code)) {
      // After the key-up was passed on, so that no key stays down in the guest.
      window.setTimeout(() => this.dispatchEvent(new CustomEvent('leave')))
    }
    if (this.#state.phase === 'live' || event.type !== 'keydown') return
    event.stopPropagation()
    if (event.key !== 'Tab' && !event.metaKey) {
      event.preventDefault()
      this.drop()
    }
  }
}

/** Close code of a page that leaves its console without ending it: 3000 to 3999 are free for such use. */
const goneAway = 3001

function randomLabel(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => labelLetters[byte % labelLetters.length]).join('')
}
