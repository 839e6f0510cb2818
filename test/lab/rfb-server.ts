/** One viewer of an RfbScreen: RFB 3.8, VNC authentication, raw encoding; strict about what it reads. */
import { randomBytes } from 'node:crypto'
import type { Backend, BackendEvents } from './backend.ts'
import { type Cell, cellHeight, cellWidth, type RfbScreen, type Viewer } from './rfb-screen.ts'
import { vncResponse } from './vnc-auth.ts'

interface PixelFormat {
  readonly bytes: number
  readonly bigEndian: boolean
  readonly max: readonly number[]
  readonly shift: readonly number[]
}

/** 32 bits, little endian, eight bits each of red, green and blue. */
const nativeFormat = Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0])
const versionLine = 'RFB 003.008\n'

type State = 'version' | 'security' | 'response' | 'init' | 'messages' | 'ended'

export class RfbServer implements Backend, Viewer {
  readonly #screen: RfbScreen
  readonly #password: string
  readonly #refuse: boolean
  readonly #events: BackendEvents
  readonly #challenge = randomBytes(16)
  #state: State = 'version'
  #buffer = Buffer.alloc(0)
  #format = readFormat(nativeFormat)
  #wanted = false
  /** Changed since the last update, by place. */
  readonly #dirty = new Map<string, Cell>()

  /** `refuse` turns every password down. */
  constructor(screen: RfbScreen, password: string, refuse: boolean, events: BackendEvents) {
    this.#screen = screen
    this.#password = password
    this.#refuse = refuse
    this.#events = events
    queueMicrotask(() => this.#send(Buffer.from(versionLine)))
  }

  write(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes])
    while (this.#state !== 'ended') {
      const used = this.#step(this.#buffer)
      if (used === 0) return
      this.#buffer = this.#buffer.subarray(used)
    }
  }

  /** As the backend: the client is gone. As a viewer: another one wants to be alone. */
  end(reason?: string): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#screen.leave(this)
    if (reason !== undefined) this.#events.end(reason)
  }

  // RFB paces itself: an update for each request, so there is nothing to hold back.
  pause(): void {}
  resume(): void {}

  changed(cells: readonly Cell[]): void {
    for (const cell of cells) this.#dirty.set(`${cell.column},${cell.row}`, cell)
    if (this.#wanted) this.#update()
  }

  /** Handles one message of the client; how many bytes it had, 0 when it is not complete yet. */
  #step(buffer: Buffer): number {
    switch (this.#state) {
      case 'version':
        return this.#take(buffer, 12, (line) => {
          if (line.toString('latin1') !== versionLine) return this.end('unsupported version')
          this.#state = 'security'
          this.#send(Buffer.from([1, 2]))
        })
      case 'security':
        return this.#take(buffer, 1, (choice) => {
          if (choice[0] !== 2) return this.end('unsupported security type')
          this.#state = 'response'
          this.#send(this.#challenge)
        })
      case 'response':
        return this.#take(buffer, 16, (response) => this.#judge(response))
      case 'init':
        return this.#take(buffer, 1, (shared) => this.#start(shared[0] !== 0))
      default:
        return this.#message(buffer)
    }
  }

  #judge(response: Buffer): void {
    const right = vncResponse(this.#password, this.#challenge).equals(response)
    if (right && !this.#refuse) {
      this.#state = 'init'
      this.#send(Buffer.alloc(4))
      return
    }
    const reason = Buffer.from('password check failed!')
    const head = Buffer.alloc(8)
    head.writeUInt32BE(1)
    head.writeUInt32BE(reason.length, 4)
    this.#send(Buffer.concat([head, reason]))
    this.end('password check failed!')
  }

  #start(shared: boolean): void {
    this.#state = 'messages'
    this.#screen.join(this, shared)
    const name = Buffer.from(this.#screen.name)
    const head = Buffer.alloc(24)
    head.writeUInt16BE(this.#screen.width)
    head.writeUInt16BE(this.#screen.height, 2)
    nativeFormat.copy(head, 4)
    head.writeUInt32BE(name.length, 20)
    this.#send(Buffer.concat([head, name]))
  }

  #message(buffer: Buffer): number {
    switch (buffer[0]) {
      case undefined:
        return 0
      case 0:
        return this.#take(buffer, 20, (message) => {
          this.#format = readFormat(message.subarray(4))
        })
      case 2:
        return buffer.length < 4 ? 0 : this.#take(buffer, 4 + 4 * buffer.readUInt16BE(2))
      case 3:
        return this.#take(buffer, 10, (message) => {
          if (message[1] === 0) for (const cell of this.#screen.all()) this.#mark(cell)
          this.#wanted = true
          this.#update()
        })
      case 4:
        return this.#take(buffer, 8, (message) => {
          this.#events.key?.()
          if (message[1] === 1) this.#screen.type(message.readUInt32BE(4))
        })
      case 5:
        return this.#take(buffer, 6)
      case 6:
        return buffer.length < 8 ? 0 : this.#take(buffer, 8 + buffer.readUInt32BE(4))
      default:
        this.end(`unknown message type ${buffer[0]}`)
        return 0
    }
  }

  #take(buffer: Buffer, size: number, use: (message: Buffer) => void = () => undefined): number {
    if (buffer.length < size) return 0
    use(buffer.subarray(0, size))
    return size
  }

  #mark(cell: Cell): void {
    this.#dirty.set(`${cell.column},${cell.row}`, cell)
  }

  /** Answers one update request with all that changed, one rectangle for each cell. */
  #update(): void {
    if (this.#dirty.size === 0 || this.#state !== 'messages') return
    const head = Buffer.alloc(4)
    head.writeUInt16BE(this.#dirty.size, 2)
    const parts: Buffer[] = [head]
    for (const cell of this.#dirty.values()) parts.push(this.#rectangle(cell))
    this.#dirty.clear()
    this.#wanted = false
    this.#send(Buffer.concat(parts))
  }

  #rectangle(cell: Cell): Buffer {
    const head = Buffer.alloc(12)
    head.writeUInt16BE(cell.column * cellWidth)
    head.writeUInt16BE(cell.row * cellHeight, 2)
    head.writeUInt16BE(cellWidth, 4)
    head.writeUInt16BE(cellHeight, 6)
    const pixel = writePixel(this.#format, cell.colour)
    return Buffer.concat([head, Buffer.alloc(cellWidth * cellHeight * pixel.length, pixel)])
  }

  #send(bytes: Buffer): void {
    if (this.#state !== 'ended') this.#events.data(bytes)
  }
}

function readFormat(bytes: Buffer): PixelFormat {
  return {
    bytes: Math.max(1, (bytes[0] ?? 8) >> 3),
    bigEndian: bytes[2] === 1,
    max: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8)],
    shift: [bytes[10] ?? 0, bytes[11] ?? 0, bytes[12] ?? 0],
  }
}

function writePixel(format: PixelFormat, colour: number): Buffer {
  let value = 0
  for (const [index, shift] of format.shift.entries()) {
    const level = (colour >> (16 - 8 * index)) & 0xff
    value += Math.round((level * (format.max[index] ?? 0)) / 255) * 2 ** shift
  }
  const pixel = Buffer.alloc(format.bytes)
  if (format.bigEndian) pixel.writeUIntBE(value, 0, format.bytes)
  else pixel.writeUIntLE(value, 0, format.bytes)
  return pixel
}
