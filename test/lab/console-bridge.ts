/** One open console: the client's WebSocket on one side, the guest's screen on the other. */
import type { TLSSocket } from 'node:tls'
import type { Backend } from './backend.ts'
import type { Listener } from './console-desk.ts'
import type { LabConsole } from './lab.ts'
import { acceptKey, type ClientFrame, opcodes, readFrame, writeFrame } from './ws-frames.ts'

/** PVE's reads of the backend start small and double each time one filled its buffer. */
const firstRead = 2048
const largestRead = 131_072
/** PVE buffers without limit for a client that does not read; the lab stops there, for its own sake. */
const memoryLimit = 64 * 1024 * 1024

export class ConsoleBridge implements LabConsole {
  readonly id: number
  readonly vmid: number | undefined
  readonly node: string
  readonly userid: string
  readonly port: number
  readonly upid: string
  readonly protocol: string | undefined
  bytesFromBackend = 0
  bytesToBackend = 0
  framesFromClient = 0
  largestFrameFromClient = 0
  pingsFromClient = 0
  buffered = 0
  frozen: string | undefined
  ended: string | undefined
  readonly #socket: TLSSocket
  readonly #listener: Listener
  #backend: Backend | undefined
  #buffer: Buffer = Buffer.alloc(0)
  #early: Buffer[] = []
  #readSize = firstRead
  #stalled: { fromClient: Buffer[]; fromBackend: Buffer[] } | undefined
  #backendEnd: string | undefined

  constructor(id: number, socket: TLSSocket, listener: Listener, protocol: string | undefined) {
    this.id = id
    this.#socket = socket
    this.#listener = listener
    this.vmid = listener.vmid
    this.node = listener.node
    this.userid = listener.userid
    this.port = listener.port
    this.upid = listener.task.upid
    this.protocol = protocol
  }

  /** The node where what it shows is. */
  get home(): string {
    return this.#listener.home()
  }

  get open(): boolean {
    return this.ended === undefined
  }

  /** Writes the 101 and connects to the guest; what the client sends meanwhile is kept. */
  start(key: string, bannerDelayMs: number): void {
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: WebSocket',
      'Connection: upgrade',
      `Sec-WebSocket-Accept: ${acceptKey(key)}`,
      ...(this.protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${this.protocol}`]),
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    this.#socket.once('close', () => this.#clientGone('client went away'))
    this.#socket.once('end', () => this.#clientGone('client went away'))
    if (bannerDelayMs > 0) setTimeout(() => void this.#connect(), bannerDelayMs)
    else void this.#connect()
  }

  receive(bytes: Buffer): void {
    if (!this.open || this.frozen !== undefined) return
    if (this.#stalled) {
      this.#stalled.fromClient.push(bytes)
      return
    }
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, bytes]) : bytes
    while (this.open) {
      const result = readFrame(this.#buffer)
      if (result.kind === 'more') return
      if (result.kind === 'violation') {
        this.frozen = result.reason
        this.#buffer = Buffer.alloc(0)
        return
      }
      this.#buffer = this.#buffer.subarray(result.size)
      this.#handle(result.frame)
    }
  }

  /** Ends both sides; what was already written to the client still goes out. */
  end(reason: string, exitstatus = 'OK'): void {
    if (!this.#close(reason)) return
    this.#listener.finish(exitstatus)
  }

  #clientGone(reason: string): void {
    if (this.#close(reason)) this.#listener.leave()
  }

  #close(reason: string): boolean {
    if (!this.open) return false
    this.ended = reason
    this.#backend?.end()
    this.#socket.end()
    return true
  }

  /** Ends it without another byte, as a crash of the worker would. */
  destroy(reason: string): void {
    this.end(reason)
    this.#socket.destroy()
  }

  stall(on: boolean): void {
    if (on) this.#stalled ??= { fromClient: [], fromBackend: [] }
    const held = this.#stalled
    if (on || !held) return
    this.#stalled = undefined
    for (const bytes of held.fromBackend) this.#deliver(bytes)
    for (const bytes of held.fromClient) this.receive(bytes)
    if (this.#backendEnd !== undefined) this.#finish(this.#backendEnd)
  }

  async #connect(): Promise<void> {
    if (!this.open) return
    try {
      const backend = await this.#listener.open(this.#listener.password, {
        data: (bytes) => this.#fromBackend(bytes),
        key: () => this.#listener.note('keys'),
        end: (exitstatus) => this.#finish(exitstatus),
      })
      if (!this.open) return backend.end()
      this.#backend = backend
      for (const bytes of this.#early) backend.write(bytes)
      this.#early = []
    } catch (error) {
      this.#listener.task.log.push(error instanceof Error ? error.message : String(error))
      this.end('the screen could not be opened', 'Failed to run vncproxy.')
    }
  }

  #finish(exitstatus: string): void {
    this.#backendEnd = exitstatus
    if (!this.#stalled) this.end('backend ended', exitstatus)
  }

  #fromBackend(bytes: Buffer): void {
    if (!this.open) return
    if (this.#stalled) this.#stalled.fromBackend.push(Buffer.from(bytes))
    else this.#deliver(bytes)
  }

  #deliver(bytes: Buffer): void {
    this.#listener.note('bytes')
    this.bytesFromBackend += bytes.length
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#readSize)
      at += piece.length
      if (piece.length === this.#readSize) this.#readSize = Math.min(piece.length * 2, largestRead)
      this.#send(writeFrame(opcodes.binary, piece))
    }
  }

  #send(frame: Buffer): void {
    this.buffered += frame.length
    this.#socket.write(frame, () => {
      this.buffered -= frame.length
      if (this.buffered < memoryLimit / 2) this.#backend?.resume()
    })
    if (this.buffered > memoryLimit) this.#backend?.pause()
    // A shell cannot be paused.
    if (this.buffered > 4 * memoryLimit) this.end('it held too much for the lab')
  }

  #handle({ opcode, payload }: ClientFrame): void {
    this.framesFromClient += 1
    this.largestFrameFromClient = Math.max(this.largestFrameFromClient, payload.length)
    if (opcode === opcodes.ping) {
      this.pingsFromClient += 1
      this.#socket.write(writeFrame(opcodes.pong, payload))
    } else if (opcode === opcodes.close) {
      this.#clientGone('client closed')
    } else if (opcode !== opcodes.pong) {
      this.#listener.note('bytes')
      this.bytesToBackend += payload.length
      if (this.#backend) this.#backend.write(payload)
      else this.#early.push(payload)
    }
  }
}
