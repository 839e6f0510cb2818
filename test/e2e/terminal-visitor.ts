/** The browser's end of a terminal, spoken by hand: bytes, and control messages beside them. */
import { Buffer } from 'node:buffer'
import type { TerminalMessage } from '../../src/http/contract.ts'
import type { Closed } from './rfb-visitor.ts'
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
  /** How much of the output was read. */
  #read = 0
  /** Output bytes of this socket, and up to where in the stream they reach. */
  bytes = 0
  position = 0
  /** It says what it has got, as our page does. */
  acknowledges = false
  closed: Closed | null = null
  /** Resolves when the socket has closed. */
  readonly ended: Promise<Closed>
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
    this.ended = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => {
        this.closed = { code, reason }
        resolve(this.closed)
      }
    })
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

  /** Opens that of a guest by its number, or of a node by its name. */
  static of(visitor: Visitor, host: string, of: number | string): Promise<TerminalVisitor> {
    const parent = typeof of === 'number' ? 'guests' : 'nodes'
    return TerminalVisitor.open(visitor, `${host}/${parent}/${of}/console?kind=terminal`)
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

  /** What is printed up to and with a pattern, from behind what was read before. */
  async read(end: RegExp): Promise<string> {
    const rest = (): string => this.output.slice(this.#read)
    await until(`${end} in the output`, () => end.test(rest()) || this.closed !== null)
    const found = end.exec(rest())
    if (!found) throw new Error(`closed before ${end}: ${rest()}`)
    const text = rest().slice(0, found.index + found[0].length)
    this.#read += text.length
    return Buffer.from(text, 'latin1').toString()
  }

  /** Runs a command in a shell and answers what it printed. */
  async run(command: string): Promise<string> {
    // The typed line shows the marks in pieces.
    this.type(`echo 'be''gin'; ${command}; echo 'e''nd'\r`)
    return /begin\r\n(.*)\r\nend/s.exec(await this.read(/\r\nend\r\n/))?.[1] ?? ''
  }

  /** Waits until the output has this in it. */
  says(words: string | RegExp): Promise<void> {
    const found = (): boolean =>
      typeof words === 'string' ? this.output.includes(words) : words.test(this.output)
    return until(`${words} in the output`, found)
  }
}
