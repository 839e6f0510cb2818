/** A client of QEMU's monitor protocol (QMP) on a unix socket: one command at a time. */
import { once } from 'node:events'
import net from 'node:net'
import { pause } from './clock.ts'

type Reply = { readonly return?: unknown; readonly error?: { readonly desc?: string } }
interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

export class Qmp {
  readonly #socket: net.Socket
  readonly #waiting: Waiting[] = []
  #text = ''

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#receive(bytes.toString()))
    socket.on('error', () => socket.destroy()) // QEMU was killed
    socket.once('close', () => {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error('QEMU is gone'))
    })
  }

  /** Connects as soon as QEMU listens; throws after `timeoutMs` or when `alive` says no. */
  static async connect(path: string, alive: () => boolean, timeoutMs = 10_000): Promise<Qmp> {
    const deadline = Date.now() + timeoutMs
    while (alive() && Date.now() < deadline) {
      const socket = net.connect(path)
      try {
        await once(socket, 'connect')
        const qmp = new Qmp(socket)
        await qmp.run('qmp_capabilities')
        return qmp
      } catch {
        socket.destroy() // not listening yet
        await pause(10)
      }
    }
    throw new Error('QEMU did not start')
  }

  run(execute: string, args: object = {}): Promise<unknown> {
    if (this.#socket.destroyed) return Promise.reject(new Error('QEMU is gone'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#text += text
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      const reply = JSON.parse(line) as Reply
      if (reply.return === undefined && reply.error === undefined) continue // greeting or event
      const waiting = this.#waiting.shift()
      if (reply.error) waiting?.reject(new Error(reply.error.desc ?? 'QMP error'))
      else waiting?.resolve(reply.return)
    }
  }
}
