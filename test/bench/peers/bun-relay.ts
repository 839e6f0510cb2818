/**
 * What one writes first on this runtime: its own WebSocket client and its own WebSocket server, messages
 * passed on as they come, either side held while the other is full. No session, no limits.
 *
 *   bun bun-relay.ts '{"port": …, "far": …, "ca": PEM, "tls": {"cert": PEM, "key": PEM}}'
 */
import type { ServerWebSocket } from 'bun'

interface Options {
  readonly port: number
  /** The far end's port. */
  readonly far: number
  readonly ca: string
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** Bytes queued toward one side before the other is held, and left when it goes on. */
const HIGH = 512 * 1024
const LOW = 128 * 1024
/** Milliseconds between looks at the queue toward the far end, whose client tells no drain. */
const LOOK = 2

/** Bun's WebSocket, typed here because the DOM's has neither options nor pause. */
interface Client extends WebSocket {
  pause(): void
  resume(): void
}
interface Data {
  readonly path: string
  far?: Client
}

const options = JSON.parse(process.argv[2] ?? '{}') as Options

Bun.serve<Data>({
  hostname: '127.0.0.1',
  port: options.port,
  development: false,
  ...(options.tls ? { tls: options.tls } : {}),
  fetch(request, server) {
    const { pathname, search } = new URL(request.url)
    const headers = { 'Sec-WebSocket-Protocol': 'binary' }
    const upgraded = server.upgrade(request, { data: { path: pathname + search }, headers })
    return upgraded ? undefined : new Response('no WebSocket', { status: 426 })
  },
  websocket: {
    perMessageDeflate: false,
    backpressureLimit: 64 * 1024 * 1024,
    maxPayloadLength: 16 * 1024 * 1024,
    open: (browser) => dial(browser),
    message(browser, message) {
      const { far } = browser.data
      if (!far) return
      far.send(message)
      if (far.bufferedAmount > HIGH) holdBrowser(browser, far)
    },
    drain(browser) {
      if (browser.getBufferedAmount() < LOW) browser.data.far?.resume()
    },
    close: (browser) => browser.data.far?.close(),
  },
})

function dial(browser: ServerWebSocket<Data>): void {
  browser.pause()
  const init = {
    protocols: ['binary'],
    perMessageDeflate: false,
    tls: { ca: options.ca, rejectUnauthorized: true },
  }
  const url = `wss://127.0.0.1:${options.far}${browser.data.path}`
  const far = new WebSocket(url, init as unknown as string[]) as Client
  far.binaryType = 'arraybuffer'
  browser.data.far = far
  far.onopen = () => browser.resume()
  far.onmessage = ({ data }) => {
    const queued = browser.send(data as ArrayBuffer)
    if (queued < 0 && browser.getBufferedAmount() > HIGH) far.pause()
  }
  far.onclose = () => browser.close()
}

function holdBrowser(browser: ServerWebSocket<Data>, far: Client): void {
  browser.pause()
  const timer = setInterval(() => {
    if (far.bufferedAmount > LOW) return
    clearInterval(timer)
    browser.resume()
  }, LOOK)
}

console.log('listening')
