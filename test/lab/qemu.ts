/** A real virtual machine: QEMU with the lab's boot sector, as `qm start` would run it but without KVM. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import type { Backend, BackendEvents } from './backend.ts'
import { diskFor } from './boot-sector.ts'
import { pause } from './clock.ts'
import type { GuestProgram, LabKey } from './lab.ts'
import { Qmp } from './qmp.ts'

const binary = 'qemu-system-x86_64'
/** `qm vncproxy` hands on at most that many bytes at a time. */
const pumpBytes = 4096

/** Makes a process die with its parent, so that a killed test run leaves no machines behind. */
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']
const canDieWithParent = works(...dieWithParent, 'true')

function works(...[command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** True when this machine can run the lab's guests. */
export function hasQemu(): boolean {
  return works(binary, '--version')
}

export interface Hardware {
  readonly vmid: number
  readonly name: string
  /** Whether there is a graphics card, and so a VNC server. */
  readonly display: boolean
  /** Serial ports that are sockets, by number. The guest answers on the first, COM1. */
  readonly serials: readonly number[]
  readonly program: GuestProgram
}

export class QemuMachine {
  readonly #directory: string
  readonly #hardware: Hardware
  #child: ChildProcess | undefined
  #qmp: Qmp | undefined
  #runs = 0
  /** Called when the process has gone, for whatever reason. */
  onExit: () => void = () => undefined

  /** `directory` must exist and be the machine's own. */
  constructor(directory: string, hardware: Hardware) {
    this.#directory = directory
    this.#hardware = hardware
  }

  /** True from the moment its monitor answers. */
  get running(): boolean {
    return this.#qmp !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  async start(): Promise<void> {
    this.#runs += 1
    const { vmid, name, serials, program } = this.#hardware
    const disk = this.#file('img')
    const banner = `lab guest ${vmid} ${name} - type, and it answers`
    writeFileSync(disk, Buffer.concat([diskFor(program, banner), Buffer.alloc(1024 * 1024 - 512)]))
    const log = openSync(this.#file('log'), 'w')
    const [command = binary, ...leading] = canDieWithParent ? [...dieWithParent, binary] : [binary]
    const child = spawn(
      command,
      [
        ...leading,
        ...['-accel', 'tcg', '-m', '32', '-nodefaults', '-no-user-config'],
        ...['-name', name, '-drive', `if=ide,format=raw,file=${disk}`, '-boot', 'c'],
        ...['-usb', '-device', 'usb-tablet'],
        ...this.#displayArguments(),
        ...['-qmp', `unix:${this.#file('qmp')},server=on,wait=off`],
        ...['-debugcon', `file:${this.#file('keys')}`],
        ...serials.flatMap((port) => this.#serialArguments(port)),
      ],
      { stdio: ['ignore', 'ignore', log] },
    )
    closeSync(log)
    this.#child = child
    child.once('error', () => this.#gone(child))
    child.once('exit', () => this.#gone(child))
    this.#qmp = await Qmp.connect(this.#file('qmp'), () => this.#child === child)
  }

  /** Ends the process at once, as `qm stop` does in the end. */
  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  run(command: string, args?: object): Promise<unknown> {
    return this.#qmp?.run(command, args) ?? Promise.reject(new Error('not running'))
  }

  /** What QEMU itself says it is doing: running, paused, ... */
  async qmpStatus(): Promise<string> {
    const answer = (await this.run('query-status')) as { status: string }
    return answer.status
  }

  /** Presses the power button; false when the guest is still there after `timeoutMs`. */
  async powerDown(timeoutMs: number): Promise<boolean> {
    await this.run('system_powerdown')
    const deadline = Date.now() + timeoutMs
    while (this.running && Date.now() < deadline) await pause(20)
    return !this.running
  }

  /** Keys the guest read since it was started, as it reports them. */
  received(): LabKey[] {
    const report = this.#file('keys')
    if (!existsSync(report)) return []
    const lines = readFileSync(report, 'latin1').match(/^[0-9A-F]{4}$/gm) ?? []
    return lines.map((line) => ({
      scancode: parseInt(line.slice(0, 2), 16),
      ascii: parseInt(line.slice(2), 16),
    }))
  }

  /**
   * Sets the one VNC password the machine has, for 30 s, and connects, as `qm vncproxy` does. Throws its words
   * where there is no VNC server.
   */
  async openScreen(password: string, wrong: boolean, events: BackendEvents): Promise<Backend> {
    const set = wrong ? randomBytes(6).toString('base64') : password
    await this.#setPassword({ protocol: 'vnc', password: set })
    await this.run('expire_password', { protocol: 'vnc', time: '+30' })
    const socket = net.connect(this.#file('vnc'))
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += pumpBytes) {
        events.data(bytes.subarray(at, at + pumpBytes))
      }
    })
    socket.on('error', () => socket.destroy()) // QEMU was killed
    socket.once('close', () => events.end('OK'))
    await once(socket, 'connect')
    return {
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.destroy(),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
    }
  }

  /** Connects to a serial port, which serves one client at a time: a later one waits in silence. */
  openSerial(port: number): net.Socket {
    return net.connect(this.#file(`com${port + 1}`))
  }

  async #setPassword(given: object): Promise<void> {
    try {
      await this.run('set_password', given)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`VM ${this.#hardware.vmid} qmp command 'set_password' failed - ${why}`)
    }
  }

  /** A file or socket of this run of the machine. */
  #file(name: string): string {
    return join(this.#directory, `${this.#runs}.${name}`)
  }

  #displayArguments(): string[] {
    if (!this.#hardware.display) return ['-vga', 'none', '-display', 'none']
    return ['-vga', 'std', '-vnc', `unix:${this.#file('vnc')},password=on`]
  }

  #serialArguments(port: number): string[] {
    const name = `com${port + 1}`
    const socket = `socket,id=${name},path=${this.#file(name)},server=on,wait=off`
    return ['-chardev', socket, '-device', `isa-serial,chardev=${name},index=${port}`]
  }

  #gone(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = undefined
    this.#qmp?.close()
    this.#qmp = undefined
    this.onExit()
  }
}
