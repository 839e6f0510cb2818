import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { authLine, InputFramer } from '../../src/terminal/input-framer.ts'
import { type Chance, join, underSeeds } from '../relay/chance.ts'

const READ = 4096
const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
const ascii = (string: string): Uint8Array => new TextEncoder().encode(string)

/** PVE's proxy as it reads: at most 4096 bytes of what has arrived, and a header cut there is lost. */
class Termproxy {
  readonly typed: Uint8Array[] = []
  readonly sizes: string[] = []
  #arrived: Uint8Array[] = []
  #inputLeft = 0

  /** One frame, which arrives whole. */
  arrive(frame: Uint8Array): void {
    this.#arrived.push(frame)
  }

  get hasMore(): boolean {
    return this.#arrived.length > 0
  }

  readOnce(): void {
    const all = join(this.#arrived)
    this.#arrived = all.length > READ ? [all.subarray(READ)] : []
    this.#take(all.subarray(0, READ))
  }

  #take(read: Uint8Array): void {
    let at = 0
    while (at < read.length) {
      if (this.#inputLeft > 0) {
        const piece = read.slice(at, at + this.#inputLeft)
        this.#inputLeft -= piece.length
        at += piece.length
        this.typed.push(piece)
        continue
      }
      const head = text(read.subarray(at, at + 40))
      const input = /^0:(\d+):/.exec(head)
      const size = /^1:(\d+:\d+):/.exec(head)
      if (input) this.#inputLeft = Number(input[1])
      if (size) this.sizes.push(size[1] as string)
      const isCut = /^[01](:\d*)*$/.test(head) && !input && !size
      at += isCut ? read.length : ((input ?? size)?.[0].length ?? 1)
    }
  }
}

describe('input for a terminal', () => {
  let now = 0
  const framer = (): InputFramer => new InputFramer(() => now)

  test('goes out at once, its length in bytes', () => {
    assert.deepEqual(framer().input(ascii('ls\r')).map(text), ['0:3:ls\r'])
    assert.deepEqual(framer().input(ascii('한')).map(text), [`0:3:${text(ascii('한'))}`])
    assert.deepEqual(framer().resize(132, 43).map(text), ['1:132:43:'])
  })

  test('that is long leaves in pieces of exactly one read each', () => {
    const frames = framer().input(new Uint8Array(10_000).fill(97))
    const [first = new Uint8Array(), ...blocks] = frames
    assert.match(text(first), /^2+$/)
    assert.deepEqual(
      blocks.map((block) => block.length),
      [READ, READ, READ],
    )
    assert.ok(blocks.every((block) => /^0:\d+:a+2*$/.test(text(block))))
  })

  test('is loose again once the proxy had time to read everything', () => {
    const one = framer()
    one.input(new Uint8Array(5000))
    assert.equal(one.input(ascii('a'))[0]?.length, READ)
    now += 1000
    assert.deepEqual(one.input(ascii('a')).map(text), ['0:1:a'])
  })

  test('says that somebody is there only when nothing else did', () => {
    const one = framer()
    assert.deepEqual(one.keepAlive(), ascii('2'))
    one.input(ascii('a'))
    assert.equal(one.keepAlive(), null)
    now += 1000
    assert.deepEqual(one.keepAlive(), ascii('2'))
  })

  test('arrives complete and in order, wherever the proxy’s reads end', () => {
    underSeeds(100, (chance) => {
      now = 0
      const one = framer()
      const proxy = new Termproxy()
      const meant: Uint8Array[] = []
      const sizes: string[] = []
      for (let n = chance.whole(1, 60); n > 0; n--) {
        const frames = chance.isHeads(0.15)
          ? resizeBy(one, chance, sizes)
          : inputBy(one, chance, meant)
        for (const frame of frames) {
          proxy.arrive(frame)
          if (chance.isHeads(0.4)) proxy.readOnce()
        }
        if (!chance.isHeads(0.1)) continue
        while (proxy.hasMore) proxy.readOnce()
        now += 1000
      }
      while (proxy.hasMore) proxy.readOnce()
      assert.deepEqual(join(proxy.typed), join(meant))
      assert.deepEqual(proxy.sizes, sizes)
    })
  })
})

function inputBy(framer: InputFramer, chance: Chance, meant: Uint8Array[]): Uint8Array[] {
  const bytes = chance.bytes(chance.isHeads(0.8) ? chance.whole(1, 40) : chance.whole(1, 9000))
  meant.push(bytes)
  return framer.input(bytes)
}

function resizeBy(framer: InputFramer, chance: Chance, sizes: string[]): Uint8Array[] {
  const [cols, rows] = [chance.whole(1, 500), chance.whole(1, 500)]
  sizes.push(`${cols}:${rows}`)
  return framer.resize(cols, rows)
}

test('the first line names who sits at the terminal, the ticket as it is', () => {
  const ticket = 'AB:C#D%E:PVEVNC:1::a+b/c='
  assert.equal(text(authLine('anna@pam', ticket)), `anna@pam:${ticket}\n`)
})
