/** A small shell on a pseudo terminal, as containers, serial ports and nodes have behind their text consoles. */

export interface TerminalViewer {
  data(bytes: Buffer): void
  end(): void
}

export interface TerminalOptions {
  /** First lines each new session shows. */
  readonly banner: string
  readonly prompt: string
  /** A serial port serves one client at a time; later ones wait in silence. */
  readonly exclusive?: boolean
  /** Ask for a name first, as nodes do to everybody but root. */
  readonly login?: boolean
}

const backspaces = ['\b', '\x7f']
const help = 'commands: help, echo TEXT, size, lines N, exit'
/** `lines N` stops there, so that a slip of the finger does not fill the lab's memory. */
const mostLines = 100_000

export class Terminal {
  columns = 80
  rows = 20
  /** Everything typed so far, over all viewers. */
  input = ''
  readonly #options: TerminalOptions
  readonly #viewers: TerminalViewer[] = []
  #line = ''
  #loggedIn: boolean

  constructor(options: TerminalOptions) {
    this.#options = options
    this.#loggedIn = !options.login
  }

  /** The first output a viewer gets. */
  join(viewer: TerminalViewer): Buffer {
    this.#viewers.push(viewer)
    const silent = this.#options.exclusive && this.#viewers.length > 1
    return Buffer.from(silent ? '' : this.#greeting())
  }

  leave(viewer: TerminalViewer): void {
    const index = this.#viewers.indexOf(viewer)
    if (index < 0) return
    this.#viewers.splice(index, 1)
    if (index === 0 && this.#options.exclusive) this.#print(this.#greeting())
  }

  /** Ends every session. */
  end(): void {
    for (const viewer of this.#viewers.splice(0)) viewer.end()
  }

  type(viewer: TerminalViewer, bytes: Buffer): void {
    if (this.#options.exclusive && this.#viewers[0] !== viewer) return
    const text = bytes.toString()
    this.input += text
    for (const character of text) this.#key(character)
  }

  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
  }

  #greeting(): string {
    return `${this.#options.banner}\r\n${this.#prompt()}${this.#line}`
  }

  #prompt(): string {
    return this.#loggedIn ? this.#options.prompt : 'login: '
  }

  #key(character: string): void {
    if (character === '\r') {
      const line = this.#line.trim()
      this.#line = ''
      this.#print('\r\n')
      this.#run(line)
    } else if (backspaces.includes(character)) {
      if (this.#line !== '') this.#print('\b \b')
      this.#line = [...this.#line].slice(0, -1).join('')
    } else if (character >= ' ') {
      this.#line += character
      this.#print(character)
    }
  }

  #run(line: string): void {
    if (!this.#loggedIn) this.#loggedIn = line !== ''
    else if (line === 'exit') {
      this.end()
      return
    } else this.#print(this.#output(line))
    this.#print(this.#prompt())
  }

  #output(line: string): string {
    const [command = '', rest = ''] = line.split(/ (.*)/)
    if (command === '') return ''
    if (command === 'help') return `${help}\r\n`
    if (command === 'echo') return `${rest}\r\n`
    if (command === 'size') return `${this.columns} x ${this.rows}\r\n`
    if (command !== 'lines') return `${command}: command not found\r\n`
    const count = Math.min(Number(rest) || 0, mostLines)
    return Array.from({ length: count }, (_, index) => `line ${index + 1}\r\n`).join('')
  }

  #print(text: string): void {
    const bytes = Buffer.from(text)
    const viewers = this.#options.exclusive ? this.#viewers.slice(0, 1) : this.#viewers
    for (const viewer of viewers) viewer.data(bytes)
  }
}
