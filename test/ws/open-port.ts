/** WebSockets over a port in memory, with the server's part played by the test. */
import type { PortEnd } from '../../src/relay/port.ts'
import { openWebSocket, type WebSocketPort } from '../../src/ws/client.ts'
import { acceptFor } from '../../src/ws/handshake.ts'
import { join } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const NOTHING = new Uint8Array()
export const REQUEST = { host: 'pve', path: '/ws', protocol: 'binary', headers: {} }

/** What a server says to the request that `raw` got, with `more` glued to it. */
export function agreement(raw: MemoryPort, more: Uint8Array = NOTHING): Uint8Array {
  const head = new TextDecoder().decode(raw.allSent)
  const key = /Sec-WebSocket-Key: (\S+)/.exec(head)?.[1] ?? ''
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: upgrade',
    `Sec-WebSocket-Accept: ${acceptFor(key)}`,
  ]
  return join([ascii(`${lines.join('\r\n')}\r\n\r\n`), more])
}

export function open(
  raw: MemoryPort,
  signal = new AbortController().signal,
): Promise<WebSocketPort> {
  return openWebSocket(raw, REQUEST, signal)
}

export interface Heard {
  readonly text: () => string
  readonly ends: PortEnd[]
  /** What happened, in order. */
  readonly order: string[]
}

export function listen(port: WebSocketPort, onData: () => void = () => {}): Heard {
  const heard: Uint8Array[] = []
  const ends: PortEnd[] = []
  const order: string[] = []
  port.receive({
    data(bytes) {
      heard.push(bytes.slice())
      order.push('data')
      onData()
    },
    drain: () => order.push('drain'),
    end(end) {
      ends.push(end)
      order.push('end')
    },
  })
  return { text: () => new TextDecoder().decode(join(heard)), ends, order }
}

export async function opened(more: Uint8Array = NOTHING): Promise<[MemoryPort, WebSocketPort]> {
  const raw = new MemoryPort({ takesAll: true })
  const opening = open(raw)
  raw.arrive(agreement(raw, more))
  const port = await opening
  raw.sent.length = 0
  return [raw, port]
}
