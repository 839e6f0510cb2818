/** A seeded byte stream in place of a guest's screen: what goes out and comes in can be compared byte for byte. */
import { createCipheriv, createHash, type Hash, randomBytes } from 'node:crypto'
import type { Backend, BackendEvents } from './backend.ts'
import type { Blast, BlastOptions } from './lab.ts'
import type { Terminal, TerminalViewer } from './terminal.ts'
import { vncResponse } from './vnc-auth.ts'

const defaultChunk = 4096
/** ServerInit of a 64 x 64 screen in 32 bits called `blast`. */
const serverInit = Buffer.from(
  '00400040 20180001 00ff00ff 00ff1008 00000000 00000005 626c617374'.replaceAll(' ', ''),
  'hex',
)

/** The bytes of a stream: AES-CTR over zeros under the seed, so that any part can be made anywhere. */
export class SeededStream {
  readonly #cipher
  constructor(seed: number) {
    const key = createHash('sha256').update(`blast ${seed}`).digest()
    this.#cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  }

  next(bytes: number): Buffer {
    return this.#cipher.update(Buffer.alloc(bytes))
  }
}

export class BlastSource implements Blast {
  readonly bytes: number
  readonly sha256: string
  sent = 0
  received = 0
  readonly options: BlastOptions
  readonly #hash: Hash = createHash('sha256')
  readonly #stop: () => void

  constructor(options: BlastOptions, stop: () => void) {
    this.options = options
    this.bytes = options.bytes
    this.#stop = stop
    const stream = new SeededStream(options.seed)
    const hash = createHash('sha256')
    for (let left = options.bytes; left > 0; left -= 65_536) {
      hash.update(stream.next(Math.min(left, 65_536)))
    }
    this.sha256 = hash.digest('hex')
  }

  receive(bytes: Buffer): void {
    this.received += bytes.length
    this.#hash.update(bytes)
  }

  receivedSha256(): string {
    return this.#hash.copy().digest('hex')
  }

  stop(): void {
    this.#stop()
  }

  open(password: string, refuse: boolean, events: BackendEvents): Backend {
    const first = this.options.raw ? 'stream' : 'version'
    return new BlastBackend(this, password, refuse, events, first)
  }
}

/** The same stream as a terminal: it begins behind `OK`, and what counts as received is what was typed. */
export class BlastTerminal implements Terminal {
  readonly #source: BlastSource
  readonly #backends = new Map<TerminalViewer, Backend>()

  constructor(source: BlastSource) {
    this.#source = source
  }

  join(viewer: TerminalViewer): void {
    const events = { data: (bytes: Buffer) => viewer.data(bytes), end: () => viewer.end() }
    this.#backends.set(viewer, new BlastBackend(this.#source, '', false, events, 'stream'))
  }

  leave(viewer: TerminalViewer): void {
    this.#backends.get(viewer)?.end()
    this.#backends.delete(viewer)
  }

  type(viewer: TerminalViewer, bytes: Buffer): void {
    this.#backends.get(viewer)?.write(bytes)
  }

  resize(): void {}

  hold(viewer: TerminalViewer, on: boolean): void {
    const backend = this.#backends.get(viewer)
    if (on) backend?.pause()
    else backend?.resume()
  }
}

type State = 'version' | 'security' | 'response' | 'init' | 'stream' | 'ended'
const handshakeSizes = { version: 12, security: 1, response: 16, init: 1 } as const

class BlastBackend implements Backend {
  readonly #source: BlastSource
  readonly #password: string
  readonly #refuse: boolean
  readonly #events: BackendEvents
  readonly #challenge = randomBytes(16)
  readonly #stream: SeededStream
  #state: State
  #buffer: Buffer = Buffer.alloc(0)
  #left: number
  #paused = false
  #scheduled = false
  #waiting: boolean

  constructor(
    source: BlastSource,
    password: string,
    refuse: boolean,
    events: BackendEvents,
    first: 'version' | 'stream',
  ) {
    this.#source = source
    this.#password = password
    this.#refuse = refuse
    this.#events = events
    this.#stream = new SeededStream(source.options.seed)
    this.#left = source.options.bytes
    this.#waiting = source.options.waitForClient ?? false
    this.#state = first
    queueMicrotask(() => {
      if (first === 'stream') this.#schedule()
      else events.data(Buffer.from('RFB 003.008\n'))
    })
  }

  write(bytes: Buffer): void {
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, bytes]) : bytes
    while (this.#state !== 'stream' && this.#state !== 'ended') {
      const size = handshakeSizes[this.#state]
      if (this.#buffer.length < size) return
      const message = this.#buffer.subarray(0, size)
      this.#buffer = this.#buffer.subarray(size)
      this.#shake(message)
    }
    if (this.#state === 'ended' || this.#buffer.length === 0) return
    this.#source.receive(this.#buffer)
    this.#buffer = Buffer.alloc(0)
    this.#waiting = false
    this.#schedule()
  }

  end(): void {
    this.#state = 'ended'
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  #shake(message: Buffer): void {
    if (this.#state === 'version') {
      this.#state = 'security'
      this.#events.data(Buffer.from([1, 2]))
    } else if (this.#state === 'security') {
      this.#state = 'response'
      this.#events.data(this.#challenge)
    } else if (this.#state === 'response') {
      const right = vncResponse(this.#password, this.#challenge).equals(message) && !this.#refuse
      this.#state = right ? 'init' : 'ended'
      this.#events.data(Buffer.from([0, 0, 0, right ? 0 : 1]))
      if (!right) this.#events.end('Authentication failed')
    } else {
      this.#state = 'stream'
      this.#events.data(serverInit)
      this.#schedule()
    }
  }

  /** One turn of the event loop pumps a while, so that other connections get theirs. */
  #schedule(): void {
    if (this.#scheduled || this.#waiting) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    const chunk = this.#source.options.chunk ?? defaultChunk
    for (let turn = 0; turn < 32; turn += 1) {
      if (this.#state !== 'stream' || this.#paused || this.#left === 0) break
      const size = Math.min(chunk, this.#left)
      this.#left -= size
      this.#source.sent += size
      this.#events.data(this.#stream.next(size))
    }
    if (this.#state !== 'stream' || this.#paused) return // resume() goes on
    if (this.#left > 0) this.#schedule()
    else if (this.#source.options.end) {
      this.#state = 'ended'
      this.#events.end('OK')
    }
  }
}
