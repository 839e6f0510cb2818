/** One guest: its place, its power state and the screen behind its consoles. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Backend, BackendEvents } from './backend.ts'
import type { BlastSource } from './blast.ts'
import type { GuestOptions, LabGuest, LabKey, ScreenKind } from './lab.ts'
import { QemuMachine } from './qemu.ts'
import { RfbScreen } from './rfb-screen.ts'
import { RfbServer } from './rfb-server.ts'
import { Terminal } from './terminal.ts'

/** Pixels a VNC terminal was asked for. */
export interface Size {
  readonly width: number | undefined
  readonly height: number | undefined
}

export interface GuestSetup {
  readonly options: GuestOptions
  readonly screen: ScreenKind
  readonly directory: string
  /** Host time in ms. */
  readonly now: () => number
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
  #terminal: Terminal | undefined
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
    if (setup.screen === 'rfb') return
    const directory = join(setup.directory, String(options.vmid))
    mkdirSync(directory)
    this.#machine = new QemuMachine(directory, options.vmid, options.name)
    this.#machine.onExit = () => setup.dropConsoles('guest stopped')
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

  /** What was typed into its text consoles. */
  terminalInput(): string {
    return this.#terminal?.input ?? ''
  }

  terminalSize(): { columns: number; rows: number } {
    return { columns: this.#terminal?.columns ?? 0, rows: this.#terminal?.rows ?? 0 }
  }

  async start(): Promise<void> {
    if (this.running) return
    this.#paused = false
    this.startedAt = this.#setup.now()
    this.#keys = []
    this.#terminal = this.#makeTerminal()
    if (this.#machine) await this.#machine.start()
    else this.#display = new RfbScreen(`QEMU (${this.name})`, this.vmid, this.#keys)
  }

  async stop(): Promise<void> {
    await this.#machine?.stop()
    this.#display?.endAll('guest stopped')
    this.#terminal?.end()
    this.#terminal = undefined
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

  /** What a VNC console is connected to. Throws when the guest does not run or has no screen. */
  async openScreen(password: string, size: Size, events: BackendEvents): Promise<Backend> {
    if (!this.running) throw new Error(this.#notRunning())
    if (this.options.vga === 'none') throw new Error('VNC display not configured')
    const refuse = this.refusals > 0
    if (refuse) this.refusals -= 1
    if (this.blast) return this.blast.open(password, refuse, events)
    if (this.hasTerminalScreen) {
      const screen = terminalScreen(this.vmid, this.#keys, size)
      return new RfbServer(screen, password, refuse, events)
    }
    if (this.#machine) return await this.#machine.openScreen(password, refuse, events)
    if (this.#display) return new RfbServer(this.#display, password, refuse, events)
    throw new Error(this.#notRunning())
  }

  /** The terminal of its text consoles, or the text that is shown in its place. */
  openTerminal(): Terminal | string {
    if (!this.running) return this.#notRunning()
    return this.#terminal ?? 'unable to find a serial interface'
  }

  #notRunning(): string {
    return `${this.type === 'qemu' ? 'VM' : 'CT'} ${this.vmid} not running`
  }

  /** A container has one session that all its viewers share; a VM's serial port serves one client. */
  #makeTerminal(): Terminal | undefined {
    if (this.type === 'lxc') {
      const banner = `lab container ${this.vmid} ${this.name} - try: help`
      return new Terminal({ banner, prompt: `root@${this.name}:~# ` })
    }
    if (!this.options.serial0) return undefined
    const banner = `lab guest ${this.vmid} ${this.name} on ttyS0 - try: help`
    return new Terminal({ banner, prompt: `${this.name}> `, exclusive: true })
  }
}

/** Each call of vncterm has a screen of its own in the size that was asked for. */
export function terminalScreen(seed: number, keys: LabKey[], { width, height }: Size): RfbScreen {
  return new RfbScreen('VNC Command Terminal', seed, keys, width, height)
}
