/** One event of the stream; a comment has no name and says only that the line lives. */
export interface StreamEvent {
  readonly event: string
  readonly data: string
}

/** Cuts a stream of server-sent events into events, whatever pieces it arrives in (HTML standard, 9.2). */
export class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = []

  /** Takes the next piece and returns the events and comments that it completes. */
  push(text: string): StreamEvent[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#line(line))
  }

  #line(line: string): StreamEvent[] {
    if (line.startsWith(':')) return [{ event: '', data: '' }]
    if (line !== '') {
      const [field, value = ''] = line.split(/: ?(.*)/s, 2)
      if (field === 'event') this.#event = value
      if (field === 'data') this.#data.push(value)
      return []
    }
    if (this.#event === '') return []
    const event = { event: this.#event, data: this.#data.join('\n') }
    this.#event = ''
    this.#data = []
    return [event]
  }
}
