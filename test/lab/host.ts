/** One host of the lab: its nodes' listeners, the state behind them and what tests see of it. */
import { X509Certificate } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeKeyPair } from '../../src/certificate.ts'
import { AccountBook } from './account-book.ts'
import { ApiExchange, splitTarget } from './api.ts'
import { Authority, type NodeCertificate } from './authority.ts'
import { BlastSource } from './blast.ts'
import { LabClock } from './clock.ts'
import { ConsoleDesk } from './console-desk.ts'
import { FaultSwitch } from './fault-switch.ts'
import { type Connection, Front } from './front.ts'
import { Guest } from './guest.ts'
import { type Exchange, HttpSession } from './http-session.ts'
import type { IdentityProvider } from './identity-provider.ts'
import type {
  Blast,
  BlastOptions,
  GuestOptions,
  HostOptions,
  LabAccount,
  LabHost,
  LabNode,
  LabRequest,
  LabSettings,
  ScreenKind,
} from './lab.ts'
import { OpenIdDesk } from './openid-desk.ts'
import { ResourceFeed } from './resource-feed.ts'
import { SigningKeys } from './signing-keys.ts'
import { TaskList } from './tasks.ts'
import { TicketOffice } from './ticket-office.ts'
import type { RequestHead } from './wire.ts'
import type { World } from './world.ts'

export interface HostSetup {
  readonly options: HostOptions
  /** A directory of the host's own. */
  readonly directory: string
  readonly screens: ScreenKind
  readonly authFailureDelayMs: number
  readonly provider: IdentityProvider
  readonly shells: boolean
}

export class Host implements LabHost {
  readonly requests: LabRequest[] = []
  readonly connections: Connection[] = []
  readonly faults: FaultSwitch
  readonly settings: LabSettings
  readonly caFile: string
  readonly nodes: readonly LabNode[]
  readonly #world: World
  readonly #office: TicketOffice
  readonly #guests: Map<number, Guest>

  private constructor(
    world: World,
    guests: Map<number, Guest>,
    caFile: string,
    nodes: readonly LabNode[],
  ) {
    this.#world = world
    this.#guests = guests
    this.#office = world.office
    this.settings = world.settings
    this.caFile = caFile
    this.nodes = nodes
    this.faults = new FaultSwitch(world.fronts, world.desk, guests)
  }

  static async start(setup: HostSetup): Promise<Host> {
    const { options, directory } = setup
    const holder: { host?: Host } = {}
    const [authority, ticketKeys] = await Promise.all([Authority.make(), makeKeyPair('rsa-2048')])
    const clock = new LabClock()
    const openid = new OpenIdDesk(options.openid ?? [], setup.provider, clock)
    const keys = new SigningKeys(ticketKeys, clock)
    const tasks = new TaskList(clock)
    const desk = new ConsoleDesk(clock, tasks)
    const settings = defaultSettings(setup.authFailureDelayMs)
    const guests = makeGuests(setup, clock, desk, settings)
    const certificates = new Map<string, string>()
    const fronts: Front[] = []
    for (const node of options.nodes) {
      const issued = await authority.issue(node)
      certificates.set(node, issued.cert)
      const front = new Front({
        ...{ node, cert: issued.cert, key: issued.key },
        register: (name) => required(holder.host).#register(name),
        serve: (socket, connection) =>
          void new HttpSession(
            socket,
            connection,
            (head, from) => required(holder.host).#begin(node, head, from),
            () => clock.now(),
          ),
      })
      await front.start()
      fronts.push(front)
    }
    const world: World = {
      ...{ options, clock, keys, tasks, desk, guests, settings, fronts, certificates, openid },
      office: new TicketOffice(keys, clock, options.generation, settings),
      book: new AccountBook(options.version, openid.realms, clock),
      feed: new ResourceFeed(
        clock,
        () => guests.values(),
        () => settings.resourcesLagMs,
      ),
      authority,
      pending: [],
      startedAt: clock.now(),
      shells: setup.shells,
      home: makeDirectory(directory, 'home'),
    }
    const caFile = join(directory, 'ca.pem')
    writeFileSync(caFile, authority.pem)
    const host = new Host(
      world,
      guests,
      caFile,
      fronts.map((front) => describeNode(front, certificates)),
    )
    holder.host = host
    const running = options.guests.filter((guest) => guest.running)
    try {
      await Promise.all(running.map(({ vmid }) => host.guest(vmid).start()))
    } catch (error) {
      await host.close()
      throw error
    }
    host.publishResources()
    return host
  }

  get key(): string {
    return this.#world.options.key
  }

  get generation() {
    return this.#world.options.generation
  }

  get version(): string {
    return this.#world.options.version
  }

  get url(): string {
    return required(this.nodes[0]).url
  }

  get caPem(): string {
    return this.#world.authority.pem
  }

  issue(name: string): Promise<NodeCertificate> {
    return this.#world.authority.issue(name)
  }

  get accounts(): readonly LabAccount[] {
    return this.#world.book.accounts
  }

  get guests(): readonly Guest[] {
    return [...this.#world.guests.values()]
  }

  get consoles() {
    return this.#world.desk.consoles
  }

  get accepted(): number {
    return this.connections.length
  }

  get secrets() {
    const { book, openid } = this.#world
    return this.#office.secrets([...book.credentials(), ...openid.credentials()])
  }

  get pending(): readonly string[] {
    return this.#world.pending
  }

  account(userid: string): LabAccount {
    return required(this.#world.book.find(userid), `account ${userid}`)
  }

  setAccess(userid: string, path: string, granted: Readonly<Record<string, 0 | 1>>): void {
    this.#world.book.setAccess(userid, path, granted)
  }

  guest(vmid: number): Guest {
    return required(this.#world.guests.get(vmid), `guest ${vmid}`)
  }

  totp(userid: string): string {
    return this.#world.book.totp(userid)
  }

  now(): number {
    return this.#world.clock.now()
  }

  advance(ms: number): void {
    this.#world.clock.advance(ms)
  }

  async deleteGuest(vmid: number): Promise<void> {
    await this.guest(vmid).stop()
    this.#guests.delete(vmid)
  }

  rotateKeys(): void {
    this.#world.keys.rotate()
  }

  publishResources(): void {
    this.#world.feed.publish()
  }

  blast(vmid: number, options: BlastOptions): Blast {
    const guest = this.guest(vmid)
    const source = new BlastSource(options, () => {
      if (guest.blast === source) guest.blast = undefined
    })
    guest.blast = source
    return source
  }

  async close(): Promise<void> {
    const { desk, clock, fronts } = this.#world
    desk.endAll()
    await Promise.all(this.guests.map((guest) => guest.stop()))
    clock.stop()
    for (const front of fronts) front.stop()
  }

  #register(node: string): Connection {
    const connection: Connection = {
      ...{ id: this.connections.length + 1, node, open: true, secure: false },
      ...{ applicationBytesReceived: 0, requests: 0 },
    }
    this.connections.push(connection)
    return connection
  }

  #begin(node: string, head: RequestHead, connection: Connection): Exchange {
    const { path } = splitTarget(head.target)
    const record = {
      ...{ node, method: head.method, target: head.target, path, headers: head.headers },
      ...{ params: {} as Record<string, string>, body: '', status: 0 },
      ...{ at: Date.now(), connection: connection.id },
    }
    this.requests.push(record)
    const exchange = new ApiExchange(this.#world, node, head, (status, params, body) =>
      Object.assign(record, { status, params, body }),
    )
    return {
      bodyLimit: exchange.bodyLimit,
      open: () => exchange.open(),
      call: async (body) =>
        (await this.faults.intercept(node, head.method, path)) ?? (await exchange.call(body)),
      answered: (status) => exchange.answered(status),
    }
  }
}

function makeGuests(
  setup: HostSetup,
  clock: LabClock,
  desk: ConsoleDesk,
  settings: LabSettings,
): Map<number, Guest> {
  const guests = setup.options.guests.map((options) => {
    const guest = new Guest({
      options,
      screen: screenOf(options, setup.screens),
      directory: makeDirectory(setup.directory, String(options.vmid)),
      shells: setup.shells,
      now: () => clock.now(),
      shortLifeMs: () => settings.stoppedConsoleMs,
      dropConsoles: (reason) => {
        for (const bridge of desk.openOf(options.vmid)) bridge.end(reason)
      },
    })
    return [options.vmid, guest] as const
  })
  return new Map(guests)
}

/** Containers and serial displays are terminals in PVE, never QEMU's own screen. */
function screenOf(options: GuestOptions, screens: ScreenKind): ScreenKind {
  if (options.screen) return options.screen
  const terminal = options.type === 'lxc' || (options.vga ?? '').startsWith('serial')
  return terminal ? 'rfb' : screens
}

function makeDirectory(parent: string, name: string): string {
  const directory = join(parent, name)
  mkdirSync(directory)
  return directory
}

function defaultSettings(authFailureDelayMs: number): LabSettings {
  return {
    authFailureDelayMs,
    latencyMs: 0,
    resourcesLagMs: 10_000,
    bannerDelayMs: 0,
    stoppedConsoleMs: 200,
    ticketLifeMs: 7_200_000,
    powerTaskMs: 50,
    quorate: true,
  }
}

function describeNode(front: Front, certificates: ReadonlyMap<string, string>): LabNode {
  const fingerprint = new X509Certificate(certificates.get(front.node) ?? '').fingerprint256
  const sha256 = fingerprint.replaceAll(':', '').toLowerCase()
  const url = `https://127.0.0.1:${front.port}`
  return { name: front.node, port: front.port, url, fingerprint, sha256 }
}

function required<T>(value: T | undefined, what = 'what the lab was not asked for'): T {
  if (value === undefined) throw new Error(`there is no ${what}`)
  return value
}
