import type RFB from '@novnc/novnc'
import {
  type ConsoleEvent,
  type ConsoleState,
  type Effect,
  idle,
  step,
} from '../model/console-machine.ts'
import type { Stroke } from '../model/touch-keys.ts'
import { WayOut } from '../model/way-out.ts'
import { freeze } from './frozen-picture.ts'

/** What the page may tell a screen; the time is the screen's own. */
export type Told = Exclude<ConsoleEvent['type'], 'live' | 'closed' | 'timer'>

/** Keys that could be left pressed in the guest when a connection or the focus goes: X keysym, code. */
const modifiers: readonly (readonly [number, string])[] = [
  [0xffe1, 'ShiftLeft'],
  [0xffe2, 'ShiftRight'],
  [0xffe3, 'ControlLeft'],
  [0xffe4, 'ControlRight'],
  [0xffe9, 'AltLeft'],
  [0xfe03, 'AltRight'],
  [0xffeb, 'MetaLeft'],
  [0xffec, 'MetaRight'],
]

/** How long the first picture may take before an empty screen is shown as it is, in ms. */
const firstPicture = 1500

/**
 * One console of one guest: from being put into a page until being taken out of it. It opens its own
 * WebSocket, because noVNC hides how one closed, and follows the state machine of
 * `model/console-machine.ts`.
 *
 * Attributes: `src` (path of the socket), `scale` (`fit` or `actual`), `typing` (the keys come from elsewhere, so
 * that a click leaves the focus there); it sets `data-state`.
 * Events: `statechange`, `live`, `ask-session` (why was the upgrade refused?), `dropped` (a key that
 * was not sent), `leave` (left Ctrl + left Alt).
 */
export class VncScreen extends HTMLElement {
  static readonly observedAttributes = ['scale', 'typing']

  #state: ConsoleState = idle
  #socket: WebSocket | undefined
  #rfb: RFB | undefined
  #timer = 0
  #listening: AbortController | undefined
  readonly #stage = document.createElement('div')
  readonly #wayOut = new WayOut()

  get state(): ConsoleState {
    return this.#state
  }

  connectedCallback(): void {
    this.#stage.className = 'vnc-stage'
    this.append(this.#stage)
    this.tabIndex = 0
    this.#listening = new AbortController()
    const { signal } = this.#listening
    window.addEventListener('online', () => this.tell('online'), { signal })
    window.addEventListener('offline', () => this.tell('offline'), { signal })
    document.addEventListener('visibilitychange', () => this.#onVisible(), { signal })
    this.addEventListener('focus', () => this.#focusPicture(), { signal })
    this.addEventListener('focusout', () => this.#releaseModifiers(), { signal })
    this.addEventListener('keydown', (event) => this.#onKey(event), { signal, capture: true })
    this.addEventListener('keyup', (event) => this.#onKey(event), { signal, capture: true })
    this.tell('start')
  }

  disconnectedCallback(): void {
    this.#listening?.abort()
    this.tell('stop')
    this.#stage.replaceChildren()
    this.replaceChildren()
  }

  /** Moved within the page: the console goes on. */
  connectedMoveCallback(): void {}

  attributeChangedCallback(): void {
    this.#applyAttributes()
  }

  /** What happened outside: a retry was asked for, the sign-in is back, the guest runs. */
  tell(type: Exclude<Told, 'told'>): void {
    this.#take({ type, at: performance.now() })
  }

  /** What was learnt beside the socket, in a close code's words. */
  tellWhy(code: number, reason: string): void {
    this.#take({ type: 'told', close: { code, reason }, at: performance.now() })
  }

  sendCtrlAltDel(): void {
    this.#rfb?.sendCtrlAltDel()
  }

  /** Keys from elsewhere than a keyboard; lost while there is no picture, as typed ones are. */
  press(strokes: readonly Stroke[]): void {
    if (this.#state.phase !== 'live') this.dispatchEvent(new CustomEvent('dropped'))
    for (const [keysym, code, down] of strokes) this.#rfb?.sendKey(keysym, code, down)
  }

  #take(event: ConsoleEvent): void {
    const before = this.#state
    const next = step(before, event, Math.random)
    if (next.state === before) return
    this.#state = next.state
    if (next.state.phase !== before.phase || next.state.socket !== before.socket) {
      window.clearTimeout(this.#timer)
    }
    if (before.phase === 'live' || before.phase === 'stalled') this.#freeze()
    this.dataset.state = next.state.phase
    for (const effect of next.effects) this.#run(effect)
    if (next.state.phase === 'live') this.#onLive(before.phase === 'stalled')
    this.dispatchEvent(new CustomEvent('statechange', { detail: next.state }))
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'open':
        void this.#open(effect.socket)
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

  async #open(number: number): Promise<void> {
    let module: typeof import('@novnc/novnc')
    try {
      module = await import('@novnc/novnc')
    } catch {
      // The chunk did not arrive: the line is down, as if the socket had been cut.
      this.#closed(number, 1006, '')
      return
    }
    if (this.#state.socket !== number || this.#state.phase !== 'connecting') return
    const socket = new WebSocket(this.#url(), ['binary'])
    this.#socket = socket
    // Before noVNC takes the socket: whoever listens first still sees the last picture.
    socket.addEventListener('close', (event) => {
      this.#closed(number, event.code, event.reason)
      if (this.#rfb === rfb) this.#drop()
    })
    const rfb = new module.default(this.#stage, socket, { shared: true })
    this.#rfb = rfb
    rfb.background = 'transparent'
    this.#applyAttributes()
    rfb.addEventListener('connect', () => {
      // noVNC centres its canvas by a style of its own; here the style sheet says where it stands.
      this.#stage.querySelector('canvas')?.style.removeProperty('margin')
      this.#take({ type: 'live', socket: number, at: performance.now() })
    })
    rfb.addEventListener('disconnect', () => this.#closed(number, 1006, ''))
    for (const refusal of ['securityfailure', 'credentialsrequired']) {
      rfb.addEventListener(refusal, () => {
        this.#closed(number, 4502, 'rfb_failed')
        socket.close()
      })
    }
  }

  #url(): string {
    const url = new URL(this.getAttribute('src') ?? '', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    return url.href
  }

  #closed(socket: number, code: number, reason: string): void {
    this.#take({ type: 'closed', socket, close: { code, reason }, at: performance.now() })
  }

  #drop(): void {
    const rfb = this.#rfb
    this.#rfb = undefined
    rfb?.disconnect()
    this.#socket?.close()
    this.#socket = undefined
  }

  #freeze(): void {
    if (this.#state.phase === 'live' || this.querySelector('.frozen')) return
    const picture = freeze(this.#stage.querySelector('canvas'))
    if (picture) this.append(picture)
    if (this.#stage.contains(document.activeElement)) this.focus({ preventScroll: true })
    this.#releaseModifiers()
  }

  #onLive(sameSocket: boolean): void {
    this.#releaseModifiers()
    if (document.activeElement === this) this.#focusPicture()
    if (sameSocket) {
      this.#thaw()
    } else {
      this.#thawWithPicture()
      this.dispatchEvent(new CustomEvent('live'))
    }
  }

  /** The new picture is blank until the first update; the old one stays until then. */
  #thawWithPicture(): void {
    const socket = this.#socket
    const thaw = () => requestAnimationFrame(() => requestAnimationFrame(() => this.#thaw()))
    socket?.addEventListener('message', thaw, { once: true })
    window.setTimeout(() => this.#thaw(), firstPicture)
  }

  #thaw(): void {
    if (this.#state.phase !== 'live') return
    for (const picture of this.querySelectorAll('.frozen')) picture.remove()
  }

  #releaseModifiers(): void {
    for (const [keysym, code] of modifiers) this.#rfb?.sendKey(keysym, code, false)
  }

  #focusPicture(): void {
    if (this.#state.phase === 'live') this.#rfb?.focus({ preventScroll: true })
  }

  #applyAttributes(): void {
    if (!this.#rfb) return
    this.#rfb.scaleViewport = this.getAttribute('scale') !== 'actual'
    this.#rfb.focusOnClick = !this.hasAttribute('typing')
  }

  #onVisible(): void {
    if (document.visibilityState === 'visible') this.tell('visible')
  }

  #onKey(event: KeyboardEvent): void {
    if (this.#wayOut.sees(event.type === 'keydown', event.code)) {
      // After noVNC has passed the key-up on, so that no key stays down in the guest.
      window.setTimeout(() => this.dispatchEvent(new CustomEvent('leave')))
    }
    if (this.#state.phase === 'live' || event.type !== 'keydown') return
    event.stopPropagation()
    if (event.key !== 'Tab' && !event.metaKey) {
      event.preventDefault()
      this.dispatchEvent(new CustomEvent('dropped'))
    }
  }
}
