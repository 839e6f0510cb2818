import type RFB from '@novnc/novnc'
import type { PictureSize } from '../model/console-facts.ts'
import {
  type KeyName,
  type Modifier,
  namedKeys,
  type Stroke,
  strokesOf,
  typed,
} from '../model/touch-keys.ts'
import { ConsoleElement } from './console-element.ts'
import { freeze } from './frozen-picture.ts'
import { UpdateAsker } from './update-asker.ts'

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
/** First byte of a client's request for an update (RFC 6143 section 7.5.3): one per update it has drawn. */
const updateRequest = 3

/**
 * The screen of a guest or node.
 *
 * Attributes besides those of every console: `scale` (`fit`, `actual`, or `resize`: the guest is asked to take
 * the size of the window), `view-only`.
 */
export class VncScreen extends ConsoleElement {
  static readonly observedAttributes = ['scale', 'typing', 'view-only']

  #rfb: RFB | undefined
  #asker: UpdateAsker | undefined
  readonly #stage = document.createElement('div')

  override connectedCallback(): void {
    this.#stage.className = 'vnc-stage'
    this.append(this.#stage)
    super.connectedCallback()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stage.replaceChildren()
  }

  attributeChangedCallback(): void {
    this.#applyAttributes()
  }

  /** Keys from elsewhere than a keyboard; lost while there is no picture, as typed ones are. */
  press(strokes: readonly Stroke[]): void {
    if (this.state.phase !== 'live' || this.hasAttribute('view-only')) this.drop()
    else for (const [keysym, code, down] of strokes) this.#rfb?.sendKey(keysym, code, down)
  }

  override pressKey(key: KeyName, held: readonly Modifier[]): void {
    this.press(strokesOf(namedKeys[key], held))
  }

  override takeTyped(
    before: string,
    after: string,
    _composing: boolean,
    held: readonly Modifier[],
  ): string {
    // Letters that are still put together go as well: the guest's own input method does the same.
    const { erase, keys } = typed(before, after)
    const pressed = [...Array(erase).fill(namedKeys.Backspace), ...keys]
    for (const [index, key] of pressed.entries())
      this.press(strokesOf(key, index === 0 ? held : []))
    return after
  }

  override get pictureSize(): PictureSize | undefined {
    const canvas = this.#canvas
    return canvas ? { width: canvas.width, height: canvas.height } : undefined
  }

  /** The picture that is shown, live or frozen, as a PNG file; null where there is none. */
  picture(): Promise<Blob | null> {
    const canvas = this.querySelector<HTMLCanvasElement>('.frozen') ?? this.#canvas
    if (!canvas || canvas.width === 0) return Promise.resolve(null)
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
  }

  protected override async open(number: number): Promise<void> {
    let module: typeof import('@novnc/novnc')
    try {
      module = await import('@novnc/novnc')
    } catch {
      // The chunk did not arrive: the line is down, as if the socket had been cut.
      this.closed(number, 1006, '')
      return
    }
    const socket = this.socketTo(number, this.#room())
    if (!socket) return
    this.#standBetween(socket)
    const rfb = new module.default(this.#stage, socket, { shared: true })
    this.#rfb = rfb
    rfb.background = 'transparent'
    this.#applyAttributes()
    rfb.addEventListener('connect', () => {
      // noVNC centres its canvas by a style of its own; here the style sheet says where it stands.
      this.#canvas?.style.removeProperty('margin')
      this.live(number)
    })
    rfb.addEventListener('disconnect', () => this.closed(number, 1006, ''))
    for (const refusal of ['securityfailure', 'credentialsrequired']) {
      rfb.addEventListener(refusal, () => {
        this.closed(number, 4502, 'rfb_failed')
        socket.close()
      })
    }
  }

  /** The room there is, for screens that PVE draws itself: it makes them of this size (PVE's bounds). */
  #room(): string {
    const { clientWidth, clientHeight } = this
    if (clientWidth < 16 || clientHeight < 16) return ''
    return `&width=${Math.min(clientWidth, 4096)}&height=${Math.min(clientHeight, 2160)}`
  }

  /** noVNC sends each message by itself, and asks for the next update when it has drawn one. */
  #standBetween(socket: WebSocket): void {
    const asker = new UpdateAsker((message) => {
      this.figures.sent += message.byteLength
      WebSocket.prototype.send.call(socket, message as Uint8Array<ArrayBuffer>)
    })
    this.#asker = asker
    asker.calm = document.visibilityState === 'hidden'
    socket.addEventListener('message', () => asker.received())
    socket.addEventListener('close', () => asker.stop())
    socket.send = (message: Uint8Array<ArrayBuffer>) => {
      if (message[0] === updateRequest && this.state.phase === 'live') this.figures.updates += 1
      asker.pass(message)
    }
  }

  protected override listen(signal: AbortSignal): void {
    super.listen(signal)
    const onVisible = () => {
      if (this.#asker) this.#asker.calm = document.visibilityState === 'hidden'
    }
    document.addEventListener('visibilitychange', onVisible, { signal })
  }

  protected override letGo(): void {
    const rfb = this.#rfb
    this.#rfb = undefined
    this.#asker?.stop()
    this.#asker = undefined
    rfb?.disconnect()
  }

  protected override freeze(): void {
    if (this.querySelector('.frozen')) return
    const picture = freeze(this.#canvas)
    if (picture) this.append(picture)
  }

  protected override thaw(sameSocket: boolean): void {
    if (sameSocket) {
      this.#thaw()
      return
    }
    // The new picture is blank until the first update; the old one stays until then.
    const thaw = () => requestAnimationFrame(() => requestAnimationFrame(() => this.#thaw()))
    this.socket?.addEventListener('message', thaw, { once: true })
    window.setTimeout(() => this.#thaw(), firstPicture)
  }

  #thaw(): void {
    if (this.state.phase !== 'live') return
    this.drawn()
    for (const picture of this.querySelectorAll('.frozen')) picture.remove()
  }

  protected override releaseKeys(): void {
    for (const [keysym, code] of modifiers) this.#rfb?.sendKey(keysym, code, false)
  }

  protected override focusInside(): void {
    this.#rfb?.focus({ preventScroll: true })
  }

  get #canvas(): HTMLCanvasElement | null {
    return this.#stage.querySelector('canvas')
  }

  #applyAttributes(): void {
    if (!this.#rfb) return
    const scale = this.getAttribute('scale')
    this.#rfb.scaleViewport = scale !== 'actual'
    this.#rfb.resizeSession = scale === 'resize'
    const viewOnly = this.hasAttribute('view-only')
    if (viewOnly) this.releaseKeys()
    // Set only where it changes: noVNC takes or gives back the keyboard each time.
    if (this.#rfb.viewOnly !== viewOnly) this.#rfb.viewOnly = viewOnly
    this.#rfb.focusOnClick = !this.hasAttribute('typing')
  }
}
