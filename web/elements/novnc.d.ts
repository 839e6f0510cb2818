declare module '@novnc/novnc' {
  /** The part of noVNC's RFB that this page uses (1.7.0). */
  export default class RFB extends EventTarget {
    constructor(target: Element, channel: WebSocket, options?: { shared?: boolean })
    scaleViewport: boolean
    clipViewport: boolean
    resizeSession: boolean
    viewOnly: boolean
    focusOnClick: boolean
    background: string
    disconnect(): void
    sendKey(keysym: number, code: string, down?: boolean): void
    focus(options?: FocusOptions): void
    blur(): void
  }
}
