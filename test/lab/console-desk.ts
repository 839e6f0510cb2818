/** The virtual ports of a host's nodes and the consoles behind them. */
import type { TLSSocket } from 'node:tls'
import type { OpenBackend } from './backend.ts'
import type { LabClock } from './clock.ts'
import { ConsoleBridge } from './console-bridge.ts'
import { ApiError } from './schema.ts'
import type { Task, TaskList } from './tasks.ts'

const firstPort = 5900
const lastPort = 5999
/** Ms for which vncterm outlives its last client, with its port. */
const vnctermStaysMs = 10_000

/** What happens on a console: bytes either way, or keys of the person's. */
export type Activity = 'bytes' | 'keys'

export interface ListenerSpec {
  readonly node: string
  readonly vmid: number | undefined
  /** The node where what it shows is, which may be another than the one that listens. */
  readonly home: () => string
  readonly userid: string
  readonly port: number
  readonly password: string
  readonly task: Task
  readonly open: OpenBackend
  /** How long it waits for the console, in the host's time from the call on. */
  readonly waitMs: number
  /** Ends the console after so long without this; undefined: never. */
  readonly idle?: { readonly without: Activity; readonly ms: number }
  /** vncterm keeps its port while it runs, `qm vncproxy` frees it at once. */
  readonly keepsPort: boolean
}

/** A listener, and later what its console needs of it. */
export interface Listener extends ListenerSpec {
  note(activity: Activity): void
  /** Since when what its limit counts has not happened, in the host's time. */
  idleSince(): number
  /** Somebody connected: no more waiting. */
  connected(): void
  /** Its client has gone: vncterm waits a while for another. */
  leave(): void
  finish(exitstatus: string): void
}

export class ConsoleDesk {
  readonly consoles: ConsoleBridge[] = []
  readonly #clock: LabClock
  readonly #tasks: TaskList
  /** Key: node and port. A reserved port has no listener yet; a kept one has none any more. */
  readonly #ports = new Map<string, Listener | undefined>()
  readonly #stalled = new Set<number>()

  constructor(clock: LabClock, tasks: TaskList) {
    this.#clock = clock
    this.#tasks = tasks
  }

  /** Takes the lowest free port of a node; throws PVE's 500 when there is none. */
  reserve(node: string): number {
    for (let port = firstPort; port <= lastPort; port += 1) {
      if (this.#ports.has(at(node, port))) continue
      this.#ports.set(at(node, port), undefined)
      return port
    }
    throw new ApiError(500, 'unable to find free port (5900-6000)')
  }

  /** Listens on a reserved port for exactly one console. */
  listen(spec: ListenerSpec): void {
    const place = at(spec.node, spec.port)
    const cancel = this.#clock.after(spec.waitMs, () => listener.finish('connection timed out'))
    let idleSince = this.#clock.now()
    const listener: Listener = {
      ...spec,
      note: (activity) => {
        if (activity === spec.idle?.without) idleSince = this.#clock.now()
      },
      idleSince: () => idleSince,
      connected: cancel,
      leave: () => {
        if (spec.keepsPort) this.#clock.after(vnctermStaysMs, () => listener.finish('OK'))
        else listener.finish('OK')
      },
      finish: (exitstatus) => {
        cancel()
        if (this.#ports.get(place) === listener || spec.keepsPort) this.#ports.delete(place)
        this.#tasks.finish(spec.task, exitstatus)
      },
    }
    spec.task.stop = () => listener.finish('unexpected status')
    this.#ports.set(place, listener)
  }

  /** True when something waits there; asking does not take it. */
  isListening(node: string, port: number): boolean {
    return this.#ports.get(at(node, port)) !== undefined
  }

  /** Connects a client to what listens there; the listener is gone afterwards. */
  connect(
    node: string,
    port: number,
    socket: TLSSocket,
    handshake: { key: string; protocol: string | undefined; bannerDelayMs: number },
  ): ConsoleBridge {
    const place = at(node, port)
    const listener = this.#ports.get(place)
    if (!listener) throw new Error(`nothing listens on ${place}`)
    if (listener.keepsPort) this.#ports.set(place, undefined)
    else this.#ports.delete(place)
    listener.connected()
    if (listener.idle) listener.note(listener.idle.without)
    const id = this.consoles.length + 1
    const bridge = new ConsoleBridge(id, socket, listener, handshake.protocol)
    this.consoles.push(bridge)
    listener.task.stop = () => bridge.end('task stopped', 'unexpected status')
    if (listener.vmid !== undefined && this.#stalled.has(listener.vmid)) bridge.stall(true)
    this.#watchIdle(listener, bridge)
    bridge.start(handshake.key, handshake.bannerDelayMs)
    return bridge
  }

  /** Open consoles of a guest. */
  openOf(vmid: number): ConsoleBridge[] {
    return this.consoles.filter((bridge) => bridge.open && bridge.vmid === vmid)
  }

  /** Stalls or releases a guest's consoles, also those opened later. */
  stall(vmid: number, on: boolean): void {
    if (on) this.#stalled.add(vmid)
    else this.#stalled.delete(vmid)
    for (const bridge of this.openOf(vmid)) bridge.stall(on)
  }

  releaseAll(): void {
    for (const vmid of [...this.#stalled]) this.stall(vmid, false)
  }

  endAll(): void {
    for (const bridge of this.consoles) bridge.destroy('lab closed')
  }

  #watchIdle(listener: Listener, bridge: ConsoleBridge): void {
    const { idle } = listener
    if (idle === undefined || !bridge.open) return
    const since = this.#clock.now() - listener.idleSince()
    if (since >= idle.ms) bridge.end('idle')
    else this.#clock.after(idle.ms - since, () => this.#watchIdle(listener, bridge))
  }
}

function at(node: string, port: number): string {
  return `${node}:${port}`
}
