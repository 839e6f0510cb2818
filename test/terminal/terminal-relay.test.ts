/** A terminal's relay with both ends in memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type BrowserLoss,
  type TerminalControl,
  type TerminalEnd,
  TerminalRelay,
} from '../../src/terminal/terminal-relay.ts'
import { Chance, join } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { FakeClock } from '../session/fake-clock.ts'

const RING = 512 * 1024
const WINDOW = 256 * 1024
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

class Rig {
  readonly clock = new FakeClock()
  readonly pve: MemoryPort
  readonly losses: BrowserLoss[] = []
  readonly ends: TerminalEnd[] = []
  readonly relay: TerminalRelay
  inputs = 0

  constructor(early = '', pve = new MemoryPort({ takesAll: true })) {
    this.pve = pve
    this.relay = new TerminalRelay(this.pve, ascii(early), {
      ...{ stallMs: 30_000, maxMessages: 10 },
      schedule: (run, ms) => this.clock.schedule(run, ms),
      now: () => this.clock.monotonic(),
      readControl: (text) => JSON.parse(text) as TerminalControl | null,
      onInput: () => this.inputs++,
      onBrowserLost: (loss) => this.losses.push(loss),
      onEnd: (end) => this.ends.push(end),
    })
    this.relay.start()
  }

  attach(browser: MemoryPort, received = 0): MemoryPort {
    this.relay.attach(browser, received, (position) => `ready at ${position}`)
    return browser
  }
}

const fast = (): MemoryPort => new MemoryPort({ takesAll: true })
const slow = (): MemoryPort => new MemoryPort({ highWater: 100_000, lowWater: 10_000 })
const control = (message: TerminalControl): string => JSON.stringify(message)
/** What a browser shows, and where it was told that something is missing. */
function shown(browser: MemoryPort): (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = []
  for (const message of browser.messages) {
    const last = parts.at(-1)
    const joins = message instanceof Uint8Array && last instanceof Uint8Array
    if (joins) parts[parts.length - 1] = join([last, message])
    else parts.push(message)
  }
  return parts
}

describe('a terminal and its browser', () => {
  test('is greeted with the position of the first byte, then gets the output', () => {
    const rig = new Rig('$ ')
    const browser = rig.attach(fast())
    rig.pve.arrive(ascii('hello'))
    assert.deepEqual(shown(browser), ['ready at 0', ascii('$ hello')])
    assert.equal(rig.relay.bytesOut, 7)
  })

  test('types, and asks for a size', () => {
    const rig = new Rig()
    const browser = rig.attach(fast())
    browser.arrive(ascii('ls\r'))
    browser.arrive(control({ type: 'resize', cols: 100, rows: 30 }))
    assert.deepEqual(rig.pve.sent, [ascii('0:3:ls\r'), ascii('1:100:30:')])
    assert.deepEqual([rig.relay.bytesIn, rig.inputs], [3, 1])
  })

  test('nonsense and floods lose the browser, not the terminal', () => {
    const rig = new Rig()
    rig.attach(fast()).arrive('null')
    const flooder = rig.attach(fast())
    for (let n = 0; n < 21; n++) flooder.arrive(ascii('x'))
    assert.deepEqual(rig.losses, [{ by: 'nonsense' }, { by: 'flood' }])
    assert.equal(rig.pve.sent.length, 20)
    assert.deepEqual(rig.ends, [])
  })

  test('says that somebody is there when nobody types', () => {
    const rig = new Rig()
    rig.clock.advance(30_000)
    assert.deepEqual(rig.pve.sent, [ascii('2')])
  })
})

describe('a browser that comes back', () => {
  test('goes on at the byte it had last', () => {
    const rig = new Rig()
    const first = rig.attach(fast())
    rig.pve.arrive(ascii('one '))
    first.end()
    assert.deepEqual(rig.losses, [{ by: 'end', end: { code: 1006, reason: '' } }])
    rig.pve.arrive(ascii('two '))
    const second = rig.attach(fast(), 4)
    rig.pve.arrive(ascii('three'))
    assert.deepEqual(shown(second), ['ready at 4', ascii('two three')])
    assert.equal(rig.relay.bytesOut, 13)
  })

  test('without memory gets all that is still there, and is told what is not', () => {
    const rig = new Rig()
    rig.pve.arrive(ascii('one'))
    assert.deepEqual(shown(rig.attach(fast())), ['ready at 0', ascii('one')])
    const more = new Chance(1).bytes(RING)
    rig.pve.arrive(more)
    const late = rig.attach(fast())
    assert.deepEqual(shown(late), ['ready at 3', '{"type":"skipped","bytes":3,"position":3}', more])
    assert.deepEqual(shown(rig.attach(fast(), 9e9))[0], 'ready at 3')
  })

  test('takes the place of one that is still there', () => {
    const rig = new Rig()
    const [first, second] = [rig.attach(fast()), rig.attach(fast())]
    rig.pve.arrive(ascii('x'))
    first.arrive(ascii('old'))
    first.end()
    second.arrive(ascii('new'))
    assert.deepEqual([first.sent, second.sent], [[], [ascii('x')]])
    assert.deepEqual(rig.pve.sent, [ascii('0:3:new')])
    assert.deepEqual(rig.losses, [])
  })
})

describe('a browser that lags behind', () => {
  test('misses nothing that the ring has', () => {
    const rig = new Rig()
    const browser = rig.attach(slow())
    const chance = new Chance(2)
    const pieces = Array.from({ length: 40 }, () => chance.bytes(chance.whole(1, 12_000)))
    for (const piece of pieces) rig.pve.arrive(piece)
    assert.ok(browser.peak < 200_000)
    while (browser.buffered > 0) browser.take(50_000)
    assert.deepEqual(shown(browser), ['ready at 0', join(pieces)])
    assert.equal(rig.pve.isPaused, false)
  })

  test('is told how much it missed, and goes on with a whole line', () => {
    const rig = new Rig()
    const browser = rig.attach(slow())
    const line = ascii(`${'x'.repeat(99)}\n`)
    for (let n = 0; n < 20_000; n++) rig.pve.arrive(line)
    const before = browser.messages.length
    browser.take()
    const [skipped, ...rest] = browser.messages.slice(before)
    const { bytes, position } = JSON.parse(skipped as string) as Record<string, number>
    assert.equal(position as number, 2_000_000 - 65_500)
    assert.deepEqual(join(rest as Uint8Array[]).slice(0, 100), line)
    assert.equal(join(rest as Uint8Array[]).length, 65_500)
    const given = join(browser.sent).length + (bytes as number)
    assert.equal(given, 2_000_000)
  })

  test('and says what it has got never has more than a second’s worth under way', () => {
    const rig = new Rig()
    const browser = rig.attach(fast())
    browser.arrive(control({ type: 'received', position: 0 }))
    const output = new Chance(3).bytes(WINDOW + 100_000)
    rig.pve.arrive(output)
    assert.equal(browser.allSent.length, WINDOW)
    browser.arrive(control({ type: 'received', position: 50_000 }))
    assert.equal(browser.allSent.length, WINDOW + 50_000)
    browser.arrive(control({ type: 'received', position: 150_000 }))
    assert.deepEqual(browser.allSent, output)
    // What it cannot have, and what it said before, changes nothing.
    browser.arrive(control({ type: 'received', position: 9e9 }))
    browser.arrive(control({ type: 'received', position: 10 }))
    rig.pve.arrive(new Uint8Array(2 * WINDOW))
    assert.equal(browser.allSent.length, 150_000 + WINDOW)
  })

  test('goes on after a gap although it has not got what was before', () => {
    const rig = new Rig()
    const browser = rig.attach(fast())
    browser.arrive(control({ type: 'received', position: 0 }))
    for (let n = 0; n < 40; n++) rig.pve.arrive(new Uint8Array(65_536).fill(10))
    browser.arrive(control({ type: 'received', position: WINDOW }))
    const [, skipped] = browser.texts
    const { position } = JSON.parse(skipped as string) as { position: number }
    browser.arrive(control({ type: 'received', position: WINDOW }))
    assert.equal(position + (browser.allSent.length - WINDOW), 40 * 65_536)
  })

  test('and takes nothing for too long is lost; the terminal goes on', () => {
    const rig = new Rig()
    const browser = rig.attach(slow())
    rig.pve.arrive(new Uint8Array(300_000))
    rig.clock.advance(29_999)
    browser.take(1000)
    rig.clock.advance(30_000)
    assert.deepEqual(rig.losses, [])
    rig.clock.advance(30_000)
    assert.deepEqual(rig.losses, [{ by: 'stall' }])
    assert.deepEqual(rig.ends, [])
    rig.pve.arrive(new Uint8Array(10))
    assert.equal(shown(rig.attach(fast(), 300_000)).length, 2)
  })
})

describe('a PVE', () => {
  test('that ends ends the terminal, once', () => {
    const rig = new Rig()
    rig.attach(fast())
    rig.pve.end()
    rig.relay.stop()
    assert.deepEqual(rig.ends, [{ by: 'pve', end: { code: 1006, reason: '' } }])
    assert.equal(rig.clock.waiting, 0)
  })

  test('that takes no keys makes the browser wait, and ends the terminal after a while', () => {
    const rig = new Rig('', new MemoryPort({ highWater: 10, lowWater: 2 }))
    const browser = rig.attach(fast())
    browser.arrive(ascii('more than ten'))
    assert.equal(browser.isPaused, true)
    rig.pve.take()
    assert.equal(browser.isPaused, false)
    browser.arrive(ascii('more than ten'))
    const second = rig.attach(fast())
    assert.equal(second.isPaused, true)
    rig.clock.advance(30_000)
    assert.deepEqual(rig.ends, [{ by: 'stall' }])
    assert.equal(rig.pve.isDestroyed, true)
  })

  test('is let go without a word when the console is over', () => {
    const rig = new Rig()
    const browser = rig.attach(fast())
    rig.relay.stop()
    assert.equal(rig.pve.isDestroyed, true)
    assert.deepEqual([rig.ends, rig.losses, rig.clock.waiting], [[], [], 0])
    browser.arrive(ascii('late'))
    assert.equal(rig.pve.sent.length, 0)
  })
})
