/** A TCP or TLS socket of Bun's with a queue in front, for both ends of a measurement. */
import type { Socket } from 'bun'

export interface Wire {
  readonly port: number
  /** The authority of the certificate; without, the connection is plain. */
  readonly ca?: string
}

type Raw = Socket<Link | undefined>

/** Bytes to send: `block` over and over, until nothing is left. */
interface Job {
  readonly block: Buffer
  left: number
  at: number
  readonly done: () => void
}

export class Link {
  readonly #raw: Raw
  readonly #jobs: Job[] = []
  onData: (bytes: Buffer) => void = () => {}
  onClose: () => void = () => {}
  closed = false

  constructor(raw: Raw) {
    this.#raw = raw
  }

  /** Connects; rejects when there is no connection or the certificate is not of the authority. */
  static async connect({ port, ca }: Wire): Promise<Link> {
    const { promise, resolve, reject } = Promise.withResolvers<Link>()
    await Bun.connect<Link | undefined>({
      hostname: '127.0.0.1',
      port,
      ...(ca === undefined ? {} : { tls: { ca, rejectUnauthorized: true } }),
      data: undefined,
      socket: {
        ...HANDLERS,
        open(raw) {
          raw.data = new Link(raw)
          if (ca === undefined) resolve(raw.data)
        },
        handshake(raw, success, error) {
          if (success && raw.data) resolve(raw.data)
          else reject(error ?? new Error('no TLS'))
        },
        connectError: (_, error) => reject(error),
      },
    })
    return promise
  }

  send(bytes: Buffer): void {
    void this.flow(bytes, bytes.length)
  }

  /** Sends `block` over and over, `total` bytes in all, behind what was sent before. */
  flow(block: Buffer, total: number): Promise<void> {
    return new Promise((done) => {
      this.#jobs.push({ block, left: total, at: 0, done })
      if (this.#jobs.length === 1) this.drained()
    })
  }

  pause(): void {
    this.#raw.pause()
  }

  resume(): void {
    this.#raw.resume()
  }

  end(): void {
    this.#raw.end()
  }

  destroy(): void {
    this.#raw.terminate()
  }

  drained(): void {
    for (let job = this.#jobs[0]; job; job = this.#jobs[0]) {
      while (job.left > 0) {
        const length = Math.min(job.block.length - job.at, job.left)
        const sent = this.#write(job.block.subarray(job.at, job.at + length))
        job.left -= sent
        job.at = (job.at + sent) % job.block.length
        if (sent < length) return
      }
      this.#jobs.shift()
      job.done()
    }
  }

  #write(bytes: Buffer): number {
    return this.closed ? bytes.length : Math.max(0, this.#raw.write(bytes))
  }
}

/** What a listener and a dialler do alike. */
export const HANDLERS = {
  data: (raw: Raw, bytes: Buffer) => raw.data?.onData(bytes),
  drain: (raw: Raw) => raw.data?.drained(),
  end: (raw: Raw) => void raw.end(),
  error: () => {},
  close(raw: Raw) {
    const link = raw.data
    if (!link) return
    link.closed = true
    link.onClose()
  },
}
