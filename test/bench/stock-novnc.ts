/** noVNC as it comes, in the page, counted in the same way as ours. */
import RFB from '@novnc/novnc'

declare global {
  interface Window {
    /** Opens a screen; the answer counts the updates that it has drawn, and sends keys. */
    openStock(path: string): Promise<StockScreen>
    stock: StockScreen | undefined
  }
}

export interface StockScreen {
  readonly updates: number
  press(keysym: number, code: string): void
}

/** First byte of a request for an update: noVNC sends one for each that it has drawn. */
const UPDATE_REQUEST = 3

window.openStock = (path) => {
  document.body.replaceChildren()
  const target = document.body.appendChild(document.createElement('div'))
  target.style.cssText = 'position: fixed; inset: 0'
  const url = new URL(path, location.href)
  url.protocol = 'ws:'
  const socket = new WebSocket(url, ['binary'])
  let updates = 0
  socket.send = (data) => {
    if ((data as Uint8Array)[0] === UPDATE_REQUEST) updates++
    WebSocket.prototype.send.call(socket, data)
  }
  const rfb = new RFB(target, socket, { shared: true })
  rfb.scaleViewport = true
  const screen: StockScreen = {
    get updates() {
      return updates
    },
    press(keysym, code) {
      rfb.sendKey(keysym, code, true)
      rfb.sendKey(keysym, code, false)
    },
  }
  window.stock = screen
  return new Promise((resolve) => rfb.addEventListener('connect', () => resolve(screen)))
}
