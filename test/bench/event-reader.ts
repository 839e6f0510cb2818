/** A browser's stream of events, of which only sizes and kinds are looked at. */
import type { Ours } from './ours.ts'

export class EventReader {
  readonly #abort: AbortController
  readonly #seen: Record<string, number> = {}
  #wake: () => void = () => {}
  bytes = 0

  private constructor(abort: AbortController) {
    this.#abort = abort
  }

  static async open(server: Ours): Promise<EventReader> {
    const abort = new AbortController()
    const response = await server.stream('/api/events', abort.signal)
    const reader = new EventReader(abort)
    void reader.#read(response)
    return reader
  }

  get snapshot(): Promise<void> {
    return this.#until(() => this.#count('snapshot') > 0)
  }

  /** Resolves once there were so many changes. */
  changes(count: number): Promise<void> {
    return this.#until(() => this.#count('change') >= count)
  }

  close(): void {
    this.#abort.abort()
  }

  #count(kind: string): number {
    return this.#seen[kind] ?? 0
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    let kind = ''
    try {
      for await (const chunk of response.body ?? []) {
        this.bytes += chunk.length
        rest += decoder.decode(chunk, { stream: true })
        const lines = rest.split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          if (line.startsWith('event: ')) kind = line.slice('event: '.length)
          // An empty line ends an event; a comment has none of its own.
          if (line === '') this.#seen[kind] = this.#count(kind) + 1
          if (line === '') kind = ''
        }
        this.#wake()
      }
    } catch (error) {
      // It was closed from here.
      if (!this.#abort.signal.aborted) throw error
    }
  }
}
