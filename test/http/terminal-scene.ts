/** A page, this server and a terminal behind PVE, all in memory. */
import assert from 'node:assert/strict'
import { acceptFor } from '../../src/ws/handshake.ts'
import { ok } from '../pve/fake-host.ts'
import { join } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import type { FakeClock } from '../session/fake-clock.ts'
import { readClientFrames, serverFrame } from '../ws/server-frame.ts'
import { Rig } from './rig.ts'
import { ascii, SOCKET, UPID, until, untilLooked } from './scene.ts'

export const PATH = '/api/hosts/home/guests/100/console?kind=terminal'
export const TICKET = 'PVEVNC:662A1B2C::canary'

/** PVE's terminal proxy: agrees to the WebSocket, then to whoever has the ticket. */
export class FakeTerminal {
  readonly port = new MemoryPort({ takesAll: true })

  /** Frames that came in since the upgrade, as text. */
  get heard(): string[] {
    const frames = readClientFrames(join(this.port.sent.slice(1)))
    return frames.filter(({ opcode }) => opcode === 2).map(({ payload }) => text(payload))
  }

  say(words: string): void {
    this.port.arrive(serverFrame(2, ascii(words)))
  }

  async agree(words = 'OK$ '): Promise<void> {
    await until(() => this.port.sent.length > 0, 'an upgrade')
    const key = /Sec-WebSocket-Key: (\S+)/.exec(text(this.port.sent[0] ?? new Uint8Array()))?.[1]
    const head = `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key ?? '')}\r\n\r\n`
    this.port.arrive(ascii(head))
    await until(() => this.heard.length > 0, 'the first line')
    this.say(words)
  }
}

/** A port that tells its end while it is being closed, as Bun's does. */
export class Browser extends MemoryPort {
  constructor() {
    super({ takesAll: true })
  }

  override close(code?: number, reason?: string): void {
    super.close(code, reason)
    this.end({ code: code ?? 1005, reason: reason ?? '' })
  }

  get told(): Record<string, unknown>[] {
    return this.texts.map((message) => JSON.parse(message) as Record<string, unknown>)
  }

  get shown(): string {
    return text(this.allSent)
  }
}

export class TerminalScene {
  readonly rig: Rig
  readonly terminals: FakeTerminal[] = []
  status = 'running'

  constructor(file = '') {
    this.rig = new Rig(file)
    const { answering } = this.rig.home
    this.rig.home.answering = (call) => {
      const isStatus = call.path.endsWith('/status/current')
      if (isStatus) return ok({ status: this.status })
      if (/\/config(\?|$)/.test(call.path)) return ok({ serial0: 'socket', serial2: 'socket' })
      if (!call.path.endsWith('/termproxy')) return answering(call)
      return ok({ ticket: TICKET, port: 5901, user: 'anna@pam', upid: UPID })
    }
    this.rig.dialing = async ({ hostname }) => {
      const terminal = new FakeTerminal()
      this.terminals.push(terminal)
      return { port: terminal.port, address: hostname }
    }
  }

  async connect(path = PATH): Promise<Browser> {
    const browser = new Browser()
    const before = this.rig.upgrades.length
    await this.rig.ask(path, { headers: SOCKET })
    assert.equal(this.rig.upgrades.length, before + 1)
    this.rig.upgrades.at(-1)?.open(browser)
    return browser
  }

  /** The terminal that was dialled last. */
  async dialed(count: number): Promise<FakeTerminal> {
    await until(() => this.terminals.length === count, `dial ${count}`)
    return this.terminals[count - 1] as FakeTerminal
  }

  /** One that runs. */
  async live(path = PATH): Promise<{ browser: Browser; terminal: FakeTerminal; ready: Ready }> {
    if (!this.rig.cookie) await this.rig.enter()
    const browser = await this.connect(path)
    const terminal = await this.dialed(this.terminals.length + 1)
    await terminal.agree()
    await until(() => browser.texts.length > 0, 'ready')
    return { browser, terminal, ready: browser.told[0] as unknown as Ready }
  }

  async resume(ready: Pick<Ready, 'console' | 'secret'>, received = 0): Promise<Browser> {
    const browser = await this.connect(`${PATH}&resume=1`)
    const { console, secret } = ready
    browser.arrive(JSON.stringify({ type: 'resume', console, secret, received }))
    return browser
  }

  /** Time in which PVE answers pings, as it does by itself. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 10_000) {
      this.rig.clock.advance(Math.min(left, 10_000))
      for (const { port } of this.terminals) port.arrive(serverFrame(10, new Uint8Array()))
    }
  }

  async list(): Promise<Record<string, unknown>[]> {
    return (await (await this.rig.ask('/api/consoles')).json()) as Record<string, unknown>[]
  }
}

export interface Ready {
  readonly console: string
  readonly secret: string
  readonly position: number
  readonly resumed: boolean
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** How it was closed; `clock` where PVE is asked why. */
export async function closing(
  browser: Browser,
  clock?: FakeClock,
): Promise<[number | undefined, string | undefined]> {
  const isClosed = (): boolean => browser.closed !== null
  await (clock ? untilLooked(clock, isClosed, 'a close') : until(isClosed, 'a close'))
  return [browser.closed?.code, browser.closed?.reason]
}
