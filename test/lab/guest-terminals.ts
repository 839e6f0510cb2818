/** The text consoles of one guest: a container's session, a virtual machine's serial ports. */
import type { GuestOptions } from './lab.ts'
import type { QemuMachine } from './qemu.ts'
import { echoProgram, type Program, shellProgram } from './shell.ts'
import { MachineTerminal, SerialTerminal, SharedTerminal, type Terminal } from './terminal.ts'

/** Lines of the configuration by name, for instance serial0: socket. */
export function serialLines(options: GuestOptions): Readonly<Record<string, string>> {
  return { ...(options.serial0 ? { serial0: 'socket' } : {}), ...options.serials }
}

/** Ports that are sockets, by number. */
export function serialSockets(options: GuestOptions): number[] {
  const lines = Object.entries(serialLines(options)).filter(([, device]) => device === 'socket')
  return lines.map(([name]) => Number(name.slice('serial'.length))).sort()
}

export interface GuestTerminalsSetup {
  readonly options: GuestOptions
  readonly machine: QemuMachine | undefined
  /** An existing directory, where its shells are at home. */
  readonly home: string
  /** Without shells what is typed is only said back. */
  readonly shells: boolean
}

export class GuestTerminals {
  readonly #setup: GuestTerminalsSetup
  #session: SharedTerminal | undefined
  #ports = new Map<number, Terminal>()

  constructor(setup: GuestTerminalsSetup) {
    this.#setup = setup
  }

  /** The guest starts to run. */
  start(): void {
    const { options, machine } = this.#setup
    if (options.type === 'lxc') {
      this.#session = new SharedTerminal(this.#program(`root@${options.name}:~# `))
      return
    }
    for (const port of serialSockets(options)) this.#ports.set(port, this.#makePort(port, machine))
  }

  /** The guest is gone. */
  stop(): void {
    this.#session?.end()
    for (const port of this.#ports.values()) if (port instanceof SerialTerminal) port.end()
    this.#session = undefined
    this.#ports.clear()
  }

  /** What a text console shows; or the words that PVE has in its place. `wish` is a port by its name. */
  open(wish: string | undefined): Terminal | string {
    const { type, vmid, vga = '' } = this.#setup.options
    if (type === 'lxc') return this.#session ?? containerNotRunning(vmid)
    const lines = serialLines(this.#setup.options)
    const named = wish ?? (/^serial\d$/.test(vga) ? vga : undefined)
    const [socket] = serialSockets(this.#setup.options)
    if (named === undefined && socket === undefined) return 'unable to find a serial interface'
    const chosen = named ?? `serial${socket}`
    if (lines[chosen] === undefined) return `serial interface '${chosen}' is not configured`
    if (lines[chosen] !== 'socket') return `wrong serial type on interface '${chosen}'`
    return this.#ports.get(Number(chosen.slice('serial'.length))) ?? `VM ${vmid} not running`
  }

  #makePort(port: number, machine: QemuMachine | undefined): Terminal {
    if (machine) return new MachineTerminal(port, () => machine.openSerial(port))
    return new SerialTerminal(port, this.#program(`${this.#setup.options.name}> `))
  }

  #program(prompt: string): Program {
    const { home, shells } = this.#setup
    return shells ? shellProgram(prompt, home) : echoProgram(home)
  }
}

function containerNotRunning(vmid: number): string {
  const where = `lxc-console: ${vmid}: ../src/lxc/tools/lxc_console.c: main: 129`
  return `${where} ${vmid} is not running\r\n\x1b[999H\r\n[EOF - dtach terminating]`
}
