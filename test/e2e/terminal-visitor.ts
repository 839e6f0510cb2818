/** The browser's end of a terminal, spoken by hand: bytes, and control messages beside them. */
import { Buffer } from 'node:buffer'
import type { TerminalMessage } from '../../src/http/contract.ts'
import { until } from './until.ts'
import type { Visitor } from './visitor.ts'

type Ready = Extract<TerminalMessage, { type: 'ready' }>

/** Bun's WebSocket, which can stop reading and can be cut. */
interface BunSocket extends WebSocket {
  pause(): void
  resume(): void
  terminate(): void
}

export class TerminalVisitor {
  readonly socket: BunSocket
  readonly messages: TerminalMessage[] = []
  output = ''
  /** Output bytes of this socket, and up to where in the stream they reach. */
  bytes = 0
  position = 0
  /** It says what it has got, as our page does. */
  acknowledges = false
  closed: { readonly code: number; readonly reason: string } | null = null
  /** Called instead of keeping the output, once set. */
  onData: ((bytes: Buffer) => void) | null = null

  private constructor(socket: BunSocket) {
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') {
        this.#control(JSON.parse(data) as TerminalMessage)
        return
      }
      const bytes = Buffer.from(data as ArrayBuffer)
      this.bytes += bytes.length
      this.position += bytes.length
      if (this.acknowledges) this.acknowledge()
      if (this.onData) this.onData(bytes)
      else this.output += bytes.toString('latin1')
    }
    socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason }
    }
  }

  #control(message: TerminalMessage): void {
    this.messages.push(message)
    this.position = message.position
    if (this.acknowledges) this.acknowledge()
  }

  acknowledge(): void {
    this.control({ type: 'received', position: this.position })
  }

  /** Opens one; `path` is below `/api/hosts/`. Resolves once the socket is open. */
  static open(visitor: Visitor, path: string): Promise<TerminalVisitor> {
    const { url, cookie } = visitor
    const init = { headers: { Origin: url, Cookie: cookie } }
    const at = `${url.replace('http', 'ws')}/api/hosts/${path}`
    const socket = new WebSocket(at, init as unknown as string[]) as BunSocket
    const terminal = new TerminalVisitor(socket)
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(terminal)
      socket.onerror = () => reject(new Error(`no WebSocket at ${path}`))
    })
  }

  /** Opens one and waits until it is there. */
  static async live(visitor: Visitor, path: string): Promise<TerminalVisitor> {
    const terminal = await TerminalVisitor.open(visitor, path)
    await terminal.ready()
    return terminal
  }

  /** Asks for a terminal that was kept, from `received` on. */
  static async resume(
    visitor: Visitor,
    path: string,
    { console, secret }: Ready,
    received: number,
  ): Promise<TerminalVisitor> {
    const terminal = await TerminalVisitor.open(visitor, `${path}&resume=1`)
    terminal.control({ type: 'resume', console, secret, received })
    await terminal.ready()
    return terminal
  }

  async ready(): Promise<Ready> {
    await until('the terminal', () => {
      if (this.closed) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`)
      return this.messages.length > 0
    })
    return this.messages[0] as Ready
  }

  /** Bytes that were left out so far. */
  get skipped(): number {
    return this.messages.reduce((sum, each) => sum + (each.type === 'skipped' ? each.bytes : 0), 0)
  }

  type(text: string | Uint8Array): void {
    this.socket.send(typeof text === 'string' ? new TextEncoder().encode(text) : text.slice())
  }

  control(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  /** Waits until the output has this in it. */
  says(words: string | RegExp): Promise<void> {
    const found = (): boolean =>
      typeof words === 'string' ? this.output.includes(words) : words.test(this.output)
    return until(`${words} in the output`, found)
  }
}
