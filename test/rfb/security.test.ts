import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  BrowserHandshake,
  PveHandshake,
  RfbError,
  type RfbHandshake,
  SHARED_CLIENT_INIT,
} from '../../src/rfb/security.ts'
import { answerChallenge } from '../../src/rfb/vnc-auth.ts'
import { Chance, join, oneByOne } from '../relay/chance.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
const VERSION = ascii('RFB 003.008\n')
const CHALLENGE = new Chance(1).bytes(16)
const OK = new Uint8Array(4)
const REFUSED = Uint8Array.of(0, 0, 0, 1)

/** A reason as RFC 6143 section 7.2.2 sends it, in front of it its length. */
function reason(text: string): Uint8Array {
  const bytes = ascii(text)
  return join([Uint8Array.of(0, 0, bytes.length >> 8, bytes.length & 0xff), bytes])
}

interface Outcome {
  readonly sent: Uint8Array
  readonly rest: Uint8Array
  readonly done: boolean
}

function feed(handshake: RfbHandshake, pieces: readonly Uint8Array[]): Outcome {
  const sent = pieces.map((piece) => handshake.read(piece) ?? new Uint8Array())
  return { sent: join(sent), rest: handshake.takeRest(), done: handshake.done }
}

/** Every way a stream may be cut that matters: not at all, everywhere, and once at each place. */
function cuts(stream: Uint8Array): Uint8Array[][] {
  const once = Array.from({ length: stream.length - 1 }, (_, index) => [
    stream.slice(0, index + 1),
    stream.slice(index + 1),
  ])
  return [[stream], oneByOne(stream), ...once]
}

function refusal(kind: RfbError['kind'], message?: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof RfbError && error.kind === kind && (message?.test(error.message) ?? true)
}

describe('toward PVE', () => {
  const rows: [title: string, stream: Uint8Array[], sent: Uint8Array[]][] = [
    [
      'QEMU: one type, a challenge',
      [VERSION, Uint8Array.of(1, 2), CHALLENGE, OK],
      [VERSION, Uint8Array.of(2), answerChallenge(CHALLENGE, 'pa55word')],
    ],
    [
      'the password is asked for among other types',
      [VERSION, Uint8Array.of(4, 19, 1, 2, 5), CHALLENGE, OK],
      [VERSION, Uint8Array.of(2), answerChallenge(CHALLENGE, 'pa55word')],
    ],
    [
      'no password is asked for',
      [VERSION, Uint8Array.of(2, 19, 1), OK],
      [VERSION, Uint8Array.of(1)],
    ],
  ]
  for (const [title, stream, sent] of rows) {
    test(`${title}: however it is cut`, () => {
      for (const pieces of cuts(join(stream))) {
        const outcome = feed(new PveHandshake('pa55word'), pieces)
        assert.deepEqual(outcome.sent, join(sent))
        assert.deepEqual(outcome.rest, new Uint8Array())
        assert.equal(outcome.done, true)
      }
    })
  }

  test('nothing is sent before the server has spoken, and each step waits for the whole of its own', () => {
    const handshake = new PveHandshake('x')
    assert.equal(handshake.read(VERSION.slice(0, 11)), null)
    assert.deepEqual(handshake.read(VERSION.slice(11)), VERSION)
    assert.equal(handshake.read(Uint8Array.of(2, 19)), null)
    assert.deepEqual(handshake.read(Uint8Array.of(2)), Uint8Array.of(2))
    assert.equal(handshake.read(CHALLENGE.slice(0, 15)), null)
    assert.equal(handshake.read(CHALLENGE.slice(15))?.length, 16)
    assert.equal(handshake.read(OK.slice(0, 3)), null)
    assert.equal(handshake.done, false)
    assert.equal(handshake.read(OK.slice(3)), null)
    assert.equal(handshake.done, true)
  })

  test('what came behind the handshake is kept', () => {
    const stream = join([VERSION, Uint8Array.of(1, 2), CHALLENGE, OK, ascii('behind')])
    const handshake = new PveHandshake('x')
    handshake.read(stream)
    assert.deepEqual(handshake.takeRest(), ascii('behind'))
    assert.deepEqual(handshake.takeRest(), new Uint8Array())
  })

  const wrong: [title: string, stream: Uint8Array[], kind: RfbError['kind'], message?: RegExp][] = [
    ['version 3.3', [ascii('RFB 003.003\n')], 'version'],
    ['version 3.7', [ascii('RFB 003.007\n')], 'version'],
    ['version 4.0', [ascii('RFB 004.000\n')], 'version'],
    ['no RFB at all', [ascii('SSH-2.0-OpenSSH')], 'version'],
    ['only types that are not spoken', [VERSION, Uint8Array.of(2, 19, 16)], 'security', /19, 16/],
    [
      'no types, but a reason',
      [VERSION, Uint8Array.of(0), reason('Too many authentication failures')],
      'refused',
      /^Too many authentication failures$/,
    ],
    [
      'a wrong password at QEMU, which ends its reason with a zero byte',
      [VERSION, Uint8Array.of(1, 2), CHALLENGE, REFUSED, reason('Authentication failed\0')],
      'refused',
      /^Authentication failed$/,
    ],
    [
      'a result beyond 1',
      [VERSION, Uint8Array.of(1, 2), CHALLENGE, Uint8Array.of(0, 0, 0, 2), reason('no')],
      'refused',
    ],
    [
      'a refusal without words',
      [VERSION, Uint8Array.of(1, 2), CHALLENGE, REFUSED, reason('')],
      'refused',
      /^$/,
    ],
    [
      'a reason that would steer a terminal',
      [VERSION, Uint8Array.of(0), reason('\x1b[2Jno\n\x07')],
      'refused',
      /^\[2Jno$/,
    ],
    [
      'a reason longer than any',
      [VERSION, Uint8Array.of(0), Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
      'too_long',
    ],
    ['more than a handshake can have', [VERSION, new Uint8Array(5000).fill(2)], 'too_long'],
  ]
  for (const [title, stream, kind, message] of wrong) {
    test(`${title} ends it`, () => {
      for (const pieces of [[join(stream)], oneByOne(join(stream)), stream]) {
        // Only the first piece is as long as all; a byte at a time runs into the step before.
        if (title.startsWith('more than') && pieces.length > 2) continue
        const run = () => feed(new PveHandshake('x'), pieces)
        assert.throws(run, refusal(kind, message))
      }
    })
  }

  test('the password is in nothing that is sent or said', () => {
    const outcome = feed(new PveHandshake('hunter42'), [
      VERSION,
      Uint8Array.of(1, 2),
      CHALLENGE,
      OK,
    ])
    assert.ok(!new TextDecoder('latin1').decode(outcome.sent).includes('hunter42'))
  })
})

describe('toward the browser', () => {
  const greeting = new BrowserHandshake().greeting

  test('it is greeted with RFB 3.8', () => {
    assert.deepEqual(greeting, VERSION)
  })

  for (const shared of [0, 1]) {
    test(`it is offered None alone, and its ClientInit ${shared} is swallowed`, () => {
      const stream = join([VERSION, Uint8Array.of(1), Uint8Array.of(shared), ascii('behind')])
      for (const pieces of cuts(stream)) {
        const outcome = feed(new BrowserHandshake(), pieces)
        assert.deepEqual(outcome.sent, Uint8Array.of(1, 1, 0, 0, 0, 0))
        assert.deepEqual(outcome.rest, ascii('behind'))
        assert.equal(outcome.done, true)
      }
    })
  }

  const wrong: [title: string, stream: Uint8Array[], kind: RfbError['kind']][] = [
    ['version 3.3', [ascii('RFB 003.003\n')], 'version'],
    ['HTTP', [ascii('GET / HTTP/1.1\r\n')], 'version'],
    ...[0, 2, 16, 19, 255].map((type): [string, Uint8Array[], RfbError['kind']] => [
      `security type ${type}`,
      [VERSION, Uint8Array.of(type)],
      'security',
    ]),
    ['more than a handshake can have', [new Uint8Array(5000)], 'too_long'],
  ]
  for (const [title, stream, kind] of wrong) {
    test(`a browser that answers with ${title} is refused`, () => {
      assert.throws(() => feed(new BrowserHandshake(), stream), refusal(kind))
    })
  }

  test('whatever a browser sends, it is never told another type than None', () => {
    const chance = new Chance(3)
    for (let n = 0; n < 300; n++) {
      const handshake = new BrowserHandshake()
      const noise = chance.bytes(chance.whole(1, 30))
      const stream = chance.isHeads() ? join([VERSION, noise]) : noise
      const sent: Uint8Array[] = []
      try {
        for (const byte of oneByOne(stream)) sent.push(handshake.read(byte) ?? new Uint8Array())
      } catch (error) {
        assert.ok(error instanceof RfbError)
      }
      const told = join(sent).toHex()
      assert.ok('010100000000'.startsWith(told), told)
    }
  })

  test('the screen is asked to be shared', () => {
    assert.deepEqual(SHARED_CLIENT_INIT, Uint8Array.of(1))
  })
})
