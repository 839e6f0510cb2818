/** PVE's terminal proxy: one line to identify, `OK`, then raw output one way and framed input the other. */
import type { Backend, BackendEvents } from './backend.ts'
import type { Terminal, TerminalViewer } from './terminal.ts'

/** It reads that many bytes at a time; a header cut by the end of a read is lost. */
const readBytes = 4096
const lineLimit = 4096

export interface TermproxyOptions {
  /** Judges the user and ticket of the first line. */
  readonly accept: (user: string, ticket: string) => boolean
  /** The terminal, or text that says why there is none. */
  readonly terminal: Terminal | string
  /** What the client types and which size it asks for, for who looks on. */
  readonly onInput?: (bytes: Buffer) => void
  readonly onSize?: (columns: number, rows: number) => void
  /** Real ms before a refusal ends the connection. */
  readonly refusalMs: number
  /** Cancels what `waitForLine` started. */
  readonly waitForLine: (giveUp: () => void) => () => void
}

export class Termproxy implements Backend, TerminalViewer {
  readonly #options: TermproxyOptions
  readonly #events: BackendEvents
  readonly #gotLine: () => void
  #state: 'line' | 'refused' | 'open' | 'ended' = 'line'
  #line: Buffer = Buffer.alloc(0)
  /** Bytes of a `0:` message still to come. */
  #inputLeft = 0

  constructor(options: TermproxyOptions, events: BackendEvents) {
    this.#options = options
    this.#events = events
    this.#gotLine = options.waitForLine(() => this.#finish('connection timed out'))
  }

  write(bytes: Buffer): void {
    if (this.#state === 'line') {
      this.#readLine(bytes)
      return
    }
    for (let at = 0; at < bytes.length && this.#state === 'open'; at += readBytes) {
      this.#readMessages(bytes.subarray(at, at + readBytes))
    }
  }

  data(bytes: Buffer): void {
    if (this.#state === 'open' && bytes.length > 0) this.#events.data(bytes)
  }

  /** As the backend: the client is gone. As a viewer: the command has ended. */
  end(): void {
    this.#finish('OK')
  }

  pause(): void {
    this.#hold(true)
  }

  resume(): void {
    this.#hold(false)
  }

  #hold(on: boolean): void {
    if (typeof this.#options.terminal !== 'string') this.#options.terminal.hold?.(this, on)
  }

  #readLine(bytes: Buffer): void {
    this.#line = Buffer.concat([this.#line, bytes])
    const end = this.#line.indexOf('\n')
    if (end < 0 && this.#line.length <= lineLimit) return
    this.#gotLine()
    const [user = '', ticket = ''] = this.#line.toString('latin1', 0, end).split(/:(.*)/s)
    if (end < 0 || !this.#options.accept(user, ticket)) {
      this.#state = 'refused'
      setTimeout(() => this.#finish('authentication failed'), this.#options.refusalMs)
      return
    }
    this.#state = 'open'
    this.#start(this.#line.subarray(end + 1))
  }

  #start(rest: Buffer): void {
    const { terminal } = this.#options
    if (typeof terminal === 'string') {
      // `OK` and the first output may come in one piece.
      this.#events.data(Buffer.from(`OK${terminal}\r\n`))
      this.#finish('OK')
      return
    }
    this.#events.data(Buffer.from('OK'))
    terminal.join(this)
    if (rest.length > 0) this.write(rest)
  }

  #readMessages(buffer: Buffer): void {
    let at = 0
    while (at < buffer.length && this.#state === 'open') {
      if (this.#inputLeft > 0) {
        const piece = buffer.subarray(at, at + this.#inputLeft)
        this.#inputLeft -= piece.length
        at += piece.length
        this.#type(piece)
        continue
      }
      const head = buffer.toString('latin1', at, at + 32)
      const input = /^0:(\d+):/.exec(head)
      const size = /^1:(\d+):(\d+):/.exec(head)
      if (input) this.#inputLeft = Number(input[1])
      if (size) this.#resize(Number(size[1]), Number(size[2]))
      // A header without its end is lost with the rest of this read; anything else is skipped byte by byte.
      const incomplete = /^[01](:\d*)*$/.test(head) && !input && !size
      at += incomplete ? buffer.length : ((input ?? size)?.[0].length ?? 1)
    }
  }

  #type(bytes: Buffer): void {
    this.#options.onInput?.(bytes)
    if (typeof this.#options.terminal !== 'string') this.#options.terminal.type(this, bytes)
  }

  #resize(columns: number, rows: number): void {
    this.#options.onSize?.(columns, rows)
    if (typeof this.#options.terminal !== 'string') {
      this.#options.terminal.resize(this, columns, rows)
    }
  }

  #finish(exitstatus: string): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#gotLine()
    if (typeof this.#options.terminal !== 'string') this.#options.terminal.leave(this)
    this.#events.end(exitstatus)
  }
}
