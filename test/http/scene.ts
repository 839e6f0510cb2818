/** A browser, this server and a screen behind PVE, all in memory. */
import assert from 'node:assert/strict'
import { acceptFor } from '../../src/ws/handshake.ts'
import { ok } from '../pve/fake-host.ts'
import { join, oneByOne } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import type { FakeClock } from '../session/fake-clock.ts'
import { readClientFrames, serverFrame } from '../ws/server-frame.ts'
import { ORIGIN, Rig } from './rig.ts'

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
export const VERSION = ascii('RFB 003.008\n')
export const SECRETS = /PVEVNC|hunter42|5901|192\.0\.2|secret/
export const SOCKET = {
  Origin: ORIGIN,
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
export const UPID = 'UPID:pve1:0000A1B2:00C3D4E5:662A1B2C:vncproxy:100:anna@pam:'
export const PATH = '/api/hosts/home/guests/100/console?kind=vnc'

/** Waits for something that only promises stand in the way of. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 5000 && !isSo(); turn++) await Promise.resolve()
  assert.ok(isSo(), what)
}

/** The same for something that is waited for by the clock too: one second look takes less than a second. */
export async function untilLooked(
  clock: FakeClock,
  isSo: () => boolean,
  what: string,
): Promise<void> {
  for (let turn = 0; turn < 1000 && !isSo(); turn++) await Promise.resolve()
  if (!isSo()) clock.advance(999)
  await until(isSo, what)
}

/** A screen behind PVE: agrees to the WebSocket, then speaks RFB in frames of one byte. */
export class FakeScreen {
  readonly port = new MemoryPort({ takesAll: true })
  readonly #accepts: boolean
  #read = 0

  constructor(accepts: boolean) {
    this.#accepts = accepts
  }

  say(bytes: Uint8Array): void {
    for (const byte of oneByOne(bytes)) this.port.arrive(serverFrame(2, byte))
  }

  /** Payload that came in since the upgrade. */
  heard(): Uint8Array {
    const frames = readClientFrames(join(this.port.sent.slice(1)))
    return join(frames.map(({ payload }) => payload))
  }

  async #hears(length: number): Promise<void> {
    this.#read += length
    await until(() => this.heard().length >= this.#read, `${this.#read} bytes`)
  }

  /** Agrees to the WebSocket. */
  async upgrade(): Promise<void> {
    await until(() => this.port.sent.length > 0, 'an upgrade')
    const key = /Sec-WebSocket-Key: (\S+)/.exec(new TextDecoder().decode(this.port.sent[0]))?.[1]
    const head = `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key ?? '')}\r\n\r\n`
    this.port.arrive(ascii(head))
  }

  /** The answer to a sign of life that was asked for. */
  pong(): void {
    this.port.arrive(serverFrame(10, new Uint8Array()))
  }

  /** The same, and the browser behind it, whose first word comes when it has said its own. */
  async greet(): Promise<void> {
    await this.authenticate()
    if (this.#accepts) await this.#hears(1)
  }

  /** Agrees to the WebSocket and judges the password. */
  async authenticate(): Promise<void> {
    await this.upgrade()
    this.say(VERSION)
    await this.#hears(12)
    this.say(Uint8Array.of(1, 2))
    await this.#hears(1)
    this.say(new Uint8Array(16))
    await this.#hears(16)
    if (this.#accepts) {
      this.say(new Uint8Array(4))
    } else {
      this.say(join([Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2), ascii('no')]))
    }
  }
}

export class Scene {
  readonly rig: Rig
  readonly browser = new MemoryPort({ takesAll: true })
  readonly screens: FakeScreen[] = []
  readonly dialed: string[] = []
  status = 'running'
  /** What the guest's configuration says of its consoles. */
  config: Readonly<Record<string, unknown>> = {}

  constructor(rig = new Rig(), accepts: readonly boolean[] = [true]) {
    this.rig = rig
    const rest = [...accepts]
    const { answering } = rig.home
    rig.home.answering = (call) => {
      if (call.path.endsWith('/status/current')) return ok({ status: this.status })
      if (call.path.endsWith('/config?current=1')) return ok(this.config)
      if (!call.path.endsWith('/vncproxy')) return answering(call)
      const ticket = 'PVEVNC:662A1B2C::secret'
      return ok({ ticket, port: 5901, password: 'hunter42', user: 'anna@pam', upid: UPID })
    }
    rig.dialing = async ({ hostname }) => {
      this.dialed.push(hostname)
      const screen = new FakeScreen(rest.shift() ?? assert.fail('dialed once more'))
      this.screens.push(screen)
      return { port: screen.port, address: hostname }
    }
  }

  get proxyCalls(): number {
    return this.rig.home.calls.filter(({ path }) => path.endsWith('/vncproxy')).length
  }

  /** Upgrades and hands the socket over. */
  async connect(path = PATH): Promise<void> {
    await this.rig.ask(path, { headers: SOCKET })
    const upgrade = this.rig.upgrades.at(-1) ?? assert.fail('it was not upgraded')
    upgrade.open(this.browser)
  }

  async closed(): Promise<[code: number | undefined, reason: string | undefined]> {
    await untilLooked(this.rig.clock, () => this.browser.closed !== null, 'a close')
    assert.equal(this.rig.deps.counts.open, 0)
    assert.doesNotMatch(this.everythingTold(), SECRETS)
    return [this.browser.closed?.code, this.browser.closed?.reason]
  }

  everythingTold(): string {
    const told = new TextDecoder('latin1').decode(this.browser.allSent)
    return told + JSON.stringify(this.browser.closed)
  }

  /** A console that runs. */
  async live(): Promise<FakeScreen> {
    await this.rig.enter()
    await this.connect()
    for (const byte of oneByOne(join([VERSION, Uint8Array.of(1, 1)]))) this.browser.arrive(byte)
    await until(() => this.screens.length > 0, 'a dial')
    const [screen] = this.screens
    assert.ok(screen)
    await screen.greet()
    return screen
  }
}
