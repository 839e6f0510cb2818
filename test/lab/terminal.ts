/** What stands behind text consoles: shells that viewers share, have for themselves or take turns at. */
import type { Socket } from 'node:net'
import { firstSize, type Program, Shell } from './shell.ts'

export interface TerminalViewer {
  data(bytes: Buffer): void
  end(): void
}

export interface Terminal {
  join(viewer: TerminalViewer): void
  leave(viewer: TerminalViewer): void
  type(viewer: TerminalViewer, bytes: Buffer): void
  resize(viewer: TerminalViewer, columns: number, rows: number): void
  /** Flow control for the sake of the lab's own memory, where there is any; PVE has none. */
  hold?(viewer: TerminalViewer, on: boolean): void
}

const detachKey = 0x1c
/** What dtach says at the bottom of the screen when it leaves. */
const parting = (words: string) => Buffer.from(`\x1b[999H\r\n[${words}]\r\n`)

/**
 * A container's: one session in dtach, which begins with its first viewer, outlives them all and is typed into by
 * each of them. Ctrl-\ takes one viewer out.
 */
export class SharedTerminal implements Terminal {
  readonly #program: Program
  readonly #viewers = new Set<TerminalViewer>()
  #shell: Shell | undefined

  constructor(program: Program) {
    this.#program = program
  }

  join(viewer: TerminalViewer): void {
    this.#viewers.add(viewer)
    if (!this.#shell) {
      this.#shell = this.#start()
      return
    }
    // Nothing is told again of what was printed before.
    this.#shell.resize(firstSize.columns, firstSize.rows)
    this.#shell.redraw()
  }

  leave(viewer: TerminalViewer): void {
    this.#viewers.delete(viewer)
  }

  type(viewer: TerminalViewer, bytes: Buffer): void {
    if (bytes[0] === detachKey) this.#dismiss(viewer, 'detached')
    else this.#shell?.write(bytes)
  }

  resize(_: TerminalViewer, columns: number, rows: number): void {
    this.#shell?.resize(columns, rows)
  }

  /** Ends the session. */
  end(): void {
    this.#shell?.hangUp()
    this.#shell = undefined
    for (const viewer of this.#viewers) this.#dismiss(viewer, 'EOF - dtach terminating')
  }

  #start(): Shell {
    return new Shell(this.#program, {
      data: (bytes) => {
        for (const viewer of this.#viewers) viewer.data(bytes)
      },
      end: () => this.end(),
    })
  }

  #dismiss(viewer: TerminalViewer, words: string): void {
    this.#viewers.delete(viewer)
    viewer.data(parting(words))
    viewer.end()
  }
}

/** A node's: each viewer has one, which ends with the viewer. */
export class OwnTerminal implements Terminal {
  readonly #program: Program
  readonly #shells = new Map<TerminalViewer, Shell>()

  constructor(program: Program) {
    this.#program = program
  }

  join(viewer: TerminalViewer): void {
    const shell = new Shell(this.#program, {
      data: (bytes) => viewer.data(bytes),
      end: () => viewer.end(),
    })
    this.#shells.set(viewer, shell)
  }

  leave(viewer: TerminalViewer): void {
    this.#shells.get(viewer)?.hangUp()
    this.#shells.delete(viewer)
  }

  type(viewer: TerminalViewer, bytes: Buffer): void {
    this.#shells.get(viewer)?.write(bytes)
  }

  resize(viewer: TerminalViewer, columns: number, rows: number): void {
    this.#shells.get(viewer)?.resize(columns, rows)
  }
}

/** The first words of `qm terminal`, whether or not the port is free. */
const greeting = (port: number) =>
  Buffer.from(`starting serial terminal on interface serial${port}\r\n`)

/** A serial port without a machine behind it: a shell that runs as long as its guest and hears one viewer at a time. */
export class SerialTerminal implements Terminal {
  readonly #port: number
  readonly #viewers: TerminalViewer[] = []
  readonly #shell: Shell

  constructor(port: number, program: Program) {
    this.#port = port
    this.#shell = new Shell(program, {
      // What nobody reads is lost on a serial line.
      data: (bytes) => this.#viewers[0]?.data(bytes),
      end: () => undefined,
    })
  }

  join(viewer: TerminalViewer): void {
    viewer.data(greeting(this.#port))
    this.#viewers.push(viewer)
  }

  leave(viewer: TerminalViewer): void {
    const index = this.#viewers.indexOf(viewer)
    if (index >= 0) this.#viewers.splice(index, 1)
  }

  type(viewer: TerminalViewer, bytes: Buffer): void {
    if (this.#viewers[0] === viewer) this.#shell.write(bytes)
  }

  /** A serial line has no size. */
  resize(): void {}

  end(): void {
    this.#shell.hangUp()
    for (const viewer of this.#viewers.splice(0)) viewer.end()
  }
}

/** A serial port of a real machine, which serves one client at a time by itself. */
export class MachineTerminal implements Terminal {
  readonly #port: number
  readonly #connect: () => Socket
  readonly #sockets = new Map<TerminalViewer, Socket>()

  constructor(port: number, connect: () => Socket) {
    this.#port = port
    this.#connect = connect
  }

  join(viewer: TerminalViewer): void {
    viewer.data(greeting(this.#port))
    const socket = this.#connect()
    this.#sockets.set(viewer, socket)
    socket.on('data', (bytes: Buffer) => viewer.data(bytes))
    socket.on('error', () => socket.destroy()) // the machine is gone
    socket.once('close', () => viewer.end())
  }

  leave(viewer: TerminalViewer): void {
    this.#sockets.get(viewer)?.destroy()
    this.#sockets.delete(viewer)
  }

  type(viewer: TerminalViewer, bytes: Buffer): void {
    this.#sockets.get(viewer)?.write(bytes)
  }

  /** A serial line has no size. */
  resize(): void {}
}
