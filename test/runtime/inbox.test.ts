import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PortEnd, PortEvents } from '../../src/relay/port.ts'
import { Inbox } from '../../src/runtime/inbox.ts'
import { underSeeds } from '../relay/chance.ts'

const END: PortEnd = { code: 1000, reason: 'bye' }
const letter = (text: string): Uint8Array => new TextEncoder().encode(text)

/** An inbox and a diary of what its listener heard. */
function makeInbox(react: (entry: string, inbox: Inbox) => void = () => {}) {
  const heard: string[] = []
  const note = (entry: string): void => {
    heard.push(entry)
    react(entry, inbox)
  }
  const cuts: number[] = []
  const inbox: Inbox = new Inbox(() => cuts.push(heard.length))
  const events: PortEvents = {
    data: (bytes) => note(new TextDecoder().decode(bytes)),
    text: (message) => note(`"${message}"`),
    drain: () => note('drain'),
    end: ({ reason, error }) =>
      note(error instanceof Error ? `end ${error.message}` : `end ${reason}`),
  }
  return { inbox, events, heard, cuts }
}

describe('what arrives at a port', () => {
  test('waits until there is a listener and it flows', () => {
    const { inbox, events, heard } = makeInbox()
    inbox.message(letter('a'))
    inbox.receive(events)
    inbox.message('b')
    assert.deepEqual(heard, [])
    assert.equal(inbox.paused, true)
    assert.ok(inbox.heldBytes >= 2)
    inbox.resume()
    inbox.message(letter('c'))
    assert.deepEqual(heard, ['a', '"b"', 'c'])
    assert.equal(inbox.heldBytes, 0)
  })

  test('costs something even where it is empty', () => {
    const { inbox } = makeInbox()
    for (let n = 0; n < 100; n++) inbox.message(new Uint8Array())
    assert.ok(inbox.heldBytes >= 100)
  })

  test('stops in the middle of what was held when the listener pauses', () => {
    const { inbox, events, heard } = makeInbox((entry, it) => {
      if (entry === 'b') it.pause()
    })
    inbox.receive(events)
    for (const each of ['a', 'b', 'c', 'd']) inbox.message(letter(each))
    inbox.resume()
    assert.deepEqual(heard, ['a', 'b'])
    inbox.message(letter('e'))
    assert.ok(inbox.heldBytes >= 3)
    inbox.resume()
    assert.deepEqual(heard, ['a', 'b', 'c', 'd', 'e'])
  })

  test('keeps its order when the listener pauses and resumes within one call', () => {
    const { inbox, events, heard } = makeInbox((entry, it) => {
      if (entry !== 'a') return
      it.pause()
      it.resume()
    })
    inbox.receive(events)
    for (const each of ['a', 'b', 'c']) inbox.message(letter(each))
    inbox.end(END)
    inbox.resume()
    assert.deepEqual(heard, ['a', 'b', 'c', 'end bye'])
  })

  test('goes to the new listener once there is one', () => {
    const first = makeInbox()
    const second = makeInbox()
    first.inbox.receive(first.events)
    first.inbox.resume()
    first.inbox.message(letter('a'))
    first.inbox.receive(second.events)
    first.inbox.message(letter('b'))
    assert.deepEqual([first.heard, second.heard], [['a'], ['b']])
  })

  test('text that nobody listens to is dropped', () => {
    const { inbox, events, heard } = makeInbox()
    inbox.receive({ data: events.data, drain: events.drain, end: events.end })
    inbox.resume()
    inbox.message('text')
    assert.deepEqual(heard, [])
  })

  test('any mixture of arriving, pausing and resuming keeps all of it in order', () => {
    underSeeds(500, (chance) => {
      const { inbox, events, heard } = makeInbox((_, it) => {
        if (chance.isHeads(0.3)) it.pause()
      })
      inbox.receive(events)
      const sent = Array.from({ length: chance.whole(0, 30) }, (_, index) => String(index))
      for (const each of sent) {
        inbox.message(letter(each))
        if (chance.isHeads(0.3)) inbox.resume()
        if (chance.isHeads(0.2)) inbox.pause()
      }
      inbox.end(END)
      while (heard.at(-1) !== 'end bye') inbox.resume()
      assert.deepEqual(heard, [...sent, 'end bye'])
    })
  })
})

describe('the end of a port', () => {
  test('is told after all that is held, once', () => {
    const { inbox, events, heard } = makeInbox()
    inbox.receive(events)
    inbox.message(letter('a'))
    inbox.end(END)
    assert.deepEqual(heard, [])
    inbox.resume()
    inbox.end({ code: 1006, reason: 'again' })
    inbox.resume()
    inbox.message(letter('too late'))
    inbox.drain()
    assert.deepEqual(heard, ['a', 'end bye'])
  })

  test('is told at once where nothing is held, even to a listener that has paused', () => {
    const { inbox, events, heard } = makeInbox()
    inbox.receive(events)
    inbox.end(END)
    assert.deepEqual(heard, ['end bye'])
  })

  test('is told to who comes later too', () => {
    const first = makeInbox()
    const second = makeInbox()
    first.inbox.receive(first.events)
    first.inbox.end(END)
    first.inbox.receive(second.events)
    first.inbox.resume()
    assert.deepEqual([first.heard, second.heard], [['end bye'], ['end bye']])
  })

  test('waits for a listener', () => {
    const { inbox, events, heard } = makeInbox()
    inbox.end(END)
    inbox.resume()
    inbox.receive(events)
    inbox.resume()
    assert.deepEqual(heard, ['end bye'])
  })
})

describe('a throw of the listener', () => {
  const canary = (entry: string, where: string): void => {
    if (entry === where) throw new Error('canary')
  }
  for (const [what, act] of [
    ['data', (inbox: Inbox) => inbox.message(letter('x'))],
    ['text', (inbox: Inbox) => inbox.message('x')],
    ['drain', (inbox: Inbox) => inbox.drain()],
  ] as const) {
    test(`at ${what} cuts the connection, whose end names it`, () => {
      const where = what === 'data' ? 'x' : what === 'text' ? '"x"' : 'drain'
      const { inbox, events, heard, cuts } = makeInbox((entry) => canary(entry, where))
      inbox.receive(events)
      inbox.resume()
      act(inbox)
      assert.deepEqual(cuts, [1])
      inbox.end({ code: 1006, reason: '' })
      assert.deepEqual(heard, [where, 'end canary'])
    })
  }

  test('drops what was held, and what still arrives', () => {
    const { inbox, events, heard, cuts } = makeInbox((entry) => canary(entry, 'a'))
    inbox.receive(events)
    for (const each of ['a', 'b']) inbox.message(letter(each))
    inbox.resume()
    inbox.message(letter('c'))
    inbox.end(END)
    assert.deepEqual(heard, ['a', 'end canary'])
    assert.equal(cuts.length, 1)
  })
})
