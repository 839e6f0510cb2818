import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ClientMessages } from '../../src/rfb/client-messages.ts'
import { join, oneByOne, underSeeds } from '../relay/chance.ts'

const zeros = (length: number): number[] => Array<number>(length).fill(0)

interface Message {
  readonly title: string
  readonly bytes: Uint8Array
  readonly isInput: boolean
}

function message(title: string, isInput: boolean, ...bytes: number[]): Message {
  return { title, isInput, bytes: Uint8Array.from(bytes) }
}

/** An extended clipboard message of this action; `length` is that of its flags and what follows. */
function extended(title: string, isInput: boolean, action: number, length: number): Message {
  const head = [6, 0, 0, 0, 0xff, 0xff, (0x10000 - length) >> 8, (0x10000 - length) & 0xff]
  const body = [action, 0, 0, 1, ...zeros(length - 4)]
  return message(`extended ClientCutText ${title}`, isInput, ...head, ...body)
}

const MESSAGES: readonly Message[] = [
  message('SetPixelFormat', false, 0, ...zeros(19)),
  message('SetEncodings of none', false, 2, 0, 0, 0),
  message('SetEncodings of three', false, 2, 0, 0, 3, ...zeros(12)),
  message('SetEncodings of 256', false, 2, 0, 1, 0, ...zeros(1024)),
  message('FramebufferUpdateRequest', false, 3, 1, ...zeros(8)),
  message('KeyEvent', true, 4, 1, 0, 0, 0, 0, 0xff, 0x0d),
  message('KeyEvent of a release', false, 4, 0, 0, 0, 0, 0, 0xff, 0xe3),
  message('PointerEvent', true, 5, 1, 0, 10, 0, 20),
  message('PointerEvent with more buttons', true, 5, 0x81, 0, 10, 0, 20, 1),
  message('ClientCutText of nothing', true, 6, 0, 0, 0, 0, 0, 0, 0),
  message('ClientCutText of five', true, 6, 0, 0, 0, 0, 0, 0, 5, 4, 4, 4, 4, 4),
  extended('of what it can', false, 0x01, 6),
  extended('that asks', false, 0x02, 4),
  extended('that peeks', false, 0x04, 4),
  extended('of a copy', true, 0x08, 4),
  extended('with a text', true, 0x10, 300),
  message('extended ClientCutText without flags', true, 6, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 1, 2),
  message('EnableContinuousUpdates', false, 150, ...zeros(9)),
  message('fence of nothing', false, 248, 0, 0, 0, 0, 0, 0, 0, 0),
  message('fence of two', false, 248, 0, 0, 0, 0, 0, 0, 0, 2, 4, 4),
  message('xvp', false, 250, 0, 1, 2),
  message('SetDesktopSize without screens', false, 251, 0, 4, 0, 3, 0, 0, 0),
  message('SetDesktopSize of two screens', false, 251, 0, 4, 0, 3, 0, 2, 0, ...zeros(32)),
  message('QEMU extended KeyEvent of a release', false, 255, 0, 0, 0, ...zeros(8)),
  message('QEMU extended KeyEvent', true, 255, 0, 0, 1, 0, 0, 0, 97, 0, 0, 0, 30),
]

describe('the messages of an RFB client', () => {
  for (const { title, bytes, isInput } of MESSAGES) {
    test(`${title} is ${isInput ? '' : 'no '}input, and its end is known`, () => {
      const whole = new ClientMessages()
      assert.equal(whole.read(bytes), isInput)
      assert.equal(whole.atBorder, true)

      const slow = new ClientMessages()
      let heard = false
      for (const [index, byte] of oneByOne(bytes).entries()) {
        heard = slow.read(byte) || heard
        assert.equal(slow.atBorder, index === bytes.length - 1, `after byte ${index}`)
      }
      assert.equal(heard, isInput)
    })
  }

  test('input is found among other messages, and only once per message', () => {
    const messages = new ClientMessages()
    const [, , , , request, key] = MESSAGES.map(({ bytes }) => bytes)
    assert.ok(request && key)
    assert.equal(messages.read(join([request, key.slice(0, 3)])), true)
    assert.equal(messages.read(key.slice(3)), false)
    assert.equal(messages.read(request), false)
  })

  test('any stream, cut anywhere, is followed from border to border', () => {
    underSeeds(400, (chance) => {
      const chosen = Array.from(
        { length: chance.whole(1, 12) },
        () => MESSAGES[chance.whole(0, MESSAGES.length - 1)] as Message,
      )
      const stream = join(chosen.map(({ bytes }) => bytes))
      const messages = new ClientMessages()
      let heard = false
      for (const piece of chance.cut(stream, 30)) heard = messages.read(piece) || heard
      assert.equal(messages.atBorder, true)
      assert.equal(
        heard,
        chosen.some(({ isInput }) => isInput),
      )
    })
  })

  const strange: [title: string, bytes: number[]][] = [
    ['an unknown type', [77]],
    ['the type that RFC 6143 leaves out', [1]],
    ['QEMU audio', [255, 1, 0, 0]],
  ]
  for (const [title, bytes] of strange) {
    test(`after ${title} everything is input, and no border is known`, () => {
      const messages = new ClientMessages()
      assert.equal(messages.read(Uint8Array.from(bytes)), true)
      assert.equal(messages.atBorder, false)
      assert.equal(messages.read(Uint8Array.of(0)), true)
      assert.equal(messages.read(Uint8Array.of(3, 1, ...zeros(8))), true)
      assert.equal(messages.atBorder, false)
    })
  }

  test('an empty read before anything strange is no input', () => {
    const messages = new ClientMessages()
    assert.equal(messages.read(new Uint8Array()), false)
    assert.equal(messages.atBorder, true)
  })

  test('the longest clipboard does not make it lose count', () => {
    const messages = new ClientMessages()
    assert.equal(messages.read(Uint8Array.of(6, 0, 0, 0, 0x80, 0, 0, 0, 0x10, 0, 0, 1)), true)
    assert.equal(messages.read(new Uint8Array(1000)), false)
    assert.equal(messages.atBorder, false)
  })
})
