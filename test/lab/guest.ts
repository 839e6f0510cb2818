/** One guest: its place, its power state and the screen behind its consoles. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Backend, BackendEvents } from './backend.ts'
import { type BlastSource, BlastTerminal } from './blast.ts'
import { GuestTerminals, serialSockets } from './guest-terminals.ts'
import type { GuestOptions, LabGuest, LabKey, ScreenKind } from './lab.ts'
import { QemuMachine } from './qemu.ts'
import { RfbScreen } from './rfb-screen.ts'
import { RfbServer } from './rfb-server.ts'
import type { Terminal } from './terminal.ts'

/** Pixels a VNC terminal was asked for. */
export interface Size {
  readonly width: number | undefined
  readonly height: number | undefined
}

export interface GuestSetup {
  readonly options: GuestOptions
  readonly screen: ScreenKind
  /** Exists, and is the guest's own. */
  readonly directory: string
  /** Whether its terminals are real shells. */
  readonly shells: boolean
  /** Host time in ms. */
  readonly now: () => number
  /** How long in real ms a console lasts whose command fails. */
  readonly shortLifeMs: () => number
  /** Ends the guest's consoles. */
  readonly dropConsoles: (reason: string) => void
}

export class Guest implements LabGuest {
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  readonly name: string
  readonly screen: ScreenKind
  readonly options: GuestOptions
  node: string
  lock: string | undefined
  /** VNC authentications still to be refused. */
  refusals = 0
  blast: BlastSource | undefined
  startedAt = 0
  readonly #setup: GuestSetup
  readonly #machine: QemuMachine | undefined
  /** Without a machine: what runs in its place. */
  #display: RfbScreen | undefined
  readonly #terminals: GuestTerminals
  #input = ''
  #size = { columns: 0, rows: 0 }
  #keys: LabKey[] = []
  #paused = false

  constructor(setup: GuestSetup) {
    const { options } = setup
    this.#setup = setup
    this.options = options
    this.vmid = options.vmid
    this.type = options.type ?? 'qemu'
    this.name = options.name
    this.node = options.node
    this.screen = setup.screen
    this.#machine = setup.screen === 'qemu' ? this.#makeMachine() : undefined
    const home = join(setup.directory, 'home')
    mkdirSync(home)
    const { shells } = setup
    this.#terminals = new GuestTerminals({ options, machine: this.#machine, home, shells })
  }

  get running(): boolean {
    return this.#machine?.running ?? this.#display !== undefined
  }

  get status(): 'running' | 'stopped' {
    return this.running ? 'running' : 'stopped'
  }

  get qmpstatus(): string {
    if (!this.running) return 'stopped'
    return this.#paused ? 'paused' : 'running'
  }

  get pid(): number | undefined {
    return this.#machine?.pid
  }

  /** Whole seconds since the start. */
  get uptime(): number {
    return this.running ? Math.floor((this.#setup.now() - this.startedAt) / 1000) : 0
  }

  /** True when the VNC console is a terminal in a window (vncterm) instead of a graphics card. */
  get hasTerminalScreen(): boolean {
    return this.type === 'lxc' || (this.options.vga ?? '').startsWith('serial')
  }

  received(): readonly LabKey[] {
    return this.#machine?.received() ?? this.#keys
  }

  receivedText(): string {
    const printable = this.received().filter(({ ascii }) => ascii >= 0x20 && ascii < 0x7f)
    return String.fromCharCode(...printable.map(({ ascii }) => ascii))
  }

  terminalInput(): string {
    return this.#input
  }

  terminalSize(): { columns: number; rows: number } {
    return this.#size
  }

  /** Something was typed into a text console. */
  noteInput(bytes: Buffer): void {
    this.#input += bytes.toString()
  }

  noteSize(columns: number, rows: number): void {
    this.#size = { columns, rows }
  }

  async start(): Promise<void> {
    if (this.running) return
    this.#paused = false
    this.startedAt = this.#setup.now()
    this.#keys = []
    this.#input = ''
    if (this.#machine) await this.#machine.start()
    else this.#display = new RfbScreen(`QEMU (${this.name})`, this.vmid, this.#keys)
    this.#terminals.start()
  }

  async stop(): Promise<void> {
    await this.#machine?.stop()
    this.#display?.endAll('guest stopped')
    this.#terminals.stop()
    this.#display = undefined
    this.#setup.dropConsoles('guest stopped')
  }

  /** Asks the guest itself to power off; false when it does not within `timeoutMs`. */
  async shutdown(timeoutMs: number): Promise<boolean> {
    if (this.#machine?.running) return await this.#machine.powerDown(timeoutMs)
    await this.stop()
    return true
  }

  async reset(): Promise<void> {
    await this.#machine?.run('system_reset')
  }

  async freeze(on: boolean): Promise<void> {
    await this.#machine?.run(on ? 'stop' : 'cont')
    this.#paused = on
  }

  migrate(node: string): void {
    this.node = node
    this.#setup.dropConsoles('guest migrated')
  }

  /** What a VNC console is connected to. Throws PVE's words when the guest does not run or has no screen. */
  async openScreen(password: string, size: Size, events: BackendEvents): Promise<Backend> {
    if (!this.running && !this.hasTerminalScreen) throw new Error(this.#notRunning())
    const refuse = this.refusals > 0
    if (refuse) this.refusals -= 1
    if (this.blast) return this.blast.open(password, refuse, events)
    if (this.hasTerminalScreen) return this.#openTerminalScreen(password, size, refuse, events)
    if (this.#machine) return await this.#machine.openScreen(password, refuse, events)
    if (this.options.vga === 'none') {
      const command = `VM ${this.vmid} qmp command 'set_password'`
      throw new Error(`${command} failed - Could not set password`)
    }
    if (this.#display) return new RfbServer(this.#display, password, refuse, events)
    throw new Error(this.#notRunning())
  }

  /** vncterm shows whatever its command prints, and ends with it. */
  #openTerminalScreen(
    password: string,
    size: Size,
    refuse: boolean,
    events: BackendEvents,
  ): Backend {
    const screen = terminalScreen(this.vmid, this.#keys, size)
    const server = new RfbServer(screen, password, refuse, events)
    if (!this.running) setTimeout(() => server.end('OK'), this.#setup.shortLifeMs())
    return server
  }

  /** The terminal of its text consoles, or the text that is shown in its place. `wish` names a serial port. */
  openTerminal(wish: string | undefined): Terminal | string {
    return this.blast ? new BlastTerminal(this.blast) : this.#terminals.open(wish)
  }

  #notRunning(): string {
    return `${this.type === 'qemu' ? 'VM' : 'CT'} ${this.vmid} not running`
  }

  #makeMachine(): QemuMachine {
    const { options, directory, dropConsoles } = this.#setup
    const machine = new QemuMachine(directory, {
      vmid: this.vmid,
      name: this.name,
      display: options.vga !== 'none',
      serials: serialSockets(options),
      program: options.program ?? 'echo',
    })
    machine.onExit = () => {
      this.#terminals.stop()
      dropConsoles('guest stopped')
    }
    return machine
  }
}

/** Each call of vncterm has a screen of its own in the size that was asked for. */
export function terminalScreen(seed: number, keys: LabKey[], { width, height }: Size): RfbScreen {
  return new RfbScreen('VNC Command Terminal', seed, keys, width, height)
}
