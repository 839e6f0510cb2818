/** Reads server-sent events as a browser does, whole ones only. */
export interface ServerEvent {
  /** Empty for a comment. */
  readonly event: string
  /** The JSON of its data; null for a comment. */
  readonly data: unknown
}

export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  #text = ''
  /** Sees each event as it is read. */
  onEvent: (event: ServerEvent) => void = () => {}
  /** Characters read so far. */
  length = 0

  constructor(answer: Response) {
    if (!answer.body) throw new Error('an answer without a body')
    this.#reader = answer.body.getReader()
  }

  /** The next event or comment; null when the stream has ended. */
  async next(): Promise<ServerEvent | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const block = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        const event = parse(block)
        this.onEvent(event)
        return event
      }
      const { done, value } = await this.#reader.read()
      if (done) return null
      const piece = this.#decoder.decode(value, { stream: true })
      this.length += piece.length
      this.#text += piece
    }
  }

  /** The data of the next event of this name; others before it are passed over. */
  async nextOf<T>(event: string): Promise<T> {
    for (;;) {
      const next = await this.next()
      if (!next) throw new Error(`the stream ended before a ${event}`)
      if (next.event === event) return next.data as T
    }
  }

  /** Reads on to the end, whatever comes. */
  async drain(): Promise<void> {
    while (await this.next());
  }

  /** The browser goes away. */
  cancel(): Promise<void> {
    return this.#reader.cancel()
  }
}

function parse(block: string): ServerEvent {
  if (block.startsWith(':')) return { event: '', data: null }
  const lines = block.split('\n').map((line) => line.split(/: (.*)/s, 2))
  const field = (name: string) => lines.find(([key]) => key === name)?.[1] ?? ''
  return { event: field('event'), data: JSON.parse(field('data')) }
}
