import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { join } from './chance.ts'
import { NOTHING, Rig, STALL } from './relay-rig.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('passing on', () => {
  test('what each side had sent before goes first', () => {
    const rig = new Rig()
    rig.pve.arrive(ascii('later'))
    rig.browser.arrive(ascii('later'))
    rig.started(ascii('keys '), ascii('picture '))
    assert.deepEqual(rig.pve.allSent, ascii('keys later'))
    assert.deepEqual(rig.browser.allSent, ascii('picture later'))
  })

  test('all that the browser typed is shown to the watcher, also what came before', () => {
    const rig = new Rig().started(ascii('early'))
    rig.browser.arrive(ascii('late'))
    assert.deepEqual(join(rig.typed), ascii('earlylate'))
  })

  test('bytes are counted in both directions', () => {
    const rig = new Rig().started(ascii('12'), ascii('123'))
    rig.browser.arrive(ascii('4'))
    rig.pve.arrive(ascii('56789'))
    assert.equal(rig.relay.bytesIn, 3)
    assert.equal(rig.relay.bytesOut, 8)
  })
})

describe('backpressure', () => {
  const sides = [
    ['browser', 'pve'],
    ['pve', 'browser'],
  ] as const
  for (const [sink, source] of sides) {
    test(`a ${sink} that is full stops the ${source}, until it has drained`, () => {
      const rig = new Rig({ highWater: 8, lowWater: 2 }).started()
      rig[source].arrive(ascii('12345678'))
      assert.equal(rig[source].isPaused, true)
      assert.equal(rig[sink].isPaused, false)
      rig[sink].take(5)
      assert.equal(rig[source].isPaused, true)
      rig[sink].take(2)
      assert.equal(rig[source].isPaused, false)
    })

    test(`a ${sink} that is full from the start stops the ${source} all the same`, () => {
      const early = ascii('12345678')
      const rig = new Rig({ highWater: 8 }, { maxMessages: 1000 })
      for (let n = 0; n < 50; n++) rig[source].arrive(ascii('abcd'))
      rig.started(...(source === 'browser' ? [early, NOTHING] : ([NOTHING, early] as const)))
      for (let n = 0; n < 50; n++) rig[source].arrive(ascii('abcd'))
      assert.ok(rig[sink].buffered <= 8 + 4, `${rig[sink].buffered} bytes are queued`)
      assert.equal(rig.by, undefined)
    })

    test(`a ${sink} that takes nothing for the whole of the time is named`, () => {
      const rig = new Rig({ highWater: 8 }).started()
      rig[source].arrive(ascii('12345678'))
      rig.clock.advance(STALL - 1)
      assert.equal(rig.by, undefined)
      rig.clock.advance(1)
      assert.deepEqual(rig.ends, [{ by: 'stall', side: sink }])
      assert.equal(rig.pve.isDestroyed, true)
    })

    test(`a ${sink} that takes a byte now and then is slow, and no more`, () => {
      const rig = new Rig({ highWater: 100, lowWater: 2 }).started()
      rig[source].arrive(new Uint8Array(100))
      for (let n = 0; n < 20; n++) {
        rig.clock.advance(STALL - 1)
        rig[sink].take(1)
      }
      assert.equal(rig.by, undefined)
      rig.clock.advance(2 * STALL)
      assert.equal(rig.by, 'stall')
    })

    test(`a ${sink} that has drained owes nothing, however long nothing happens`, () => {
      const rig = new Rig({ highWater: 8 }).started()
      rig[source].arrive(ascii('12345678'))
      rig[sink].take()
      rig.clock.advance(100 * STALL)
      assert.equal(rig.by, undefined)
      assert.equal(rig.clock.waiting, 0)
    })
  }
})

describe('the end', () => {
  test('the browser leaves: PVE is closed behind its last bytes, and told with the reason', () => {
    const rig = new Rig().started()
    rig.browser.end({ code: 1001, reason: 'away' })
    assert.deepEqual(rig.ends, [{ by: 'browser', end: { code: 1001, reason: 'away' } }])
    assert.notEqual(rig.pve.closed, null)
    assert.equal(rig.pve.isDestroyed, false)
    assert.equal(rig.clock.waiting, 0)
  })

  test('what the browser had sent before it left was passed on', () => {
    const rig = new Rig()
    rig.browser.arrive(ascii('last keys'))
    rig.browser.end()
    rig.started()
    assert.deepEqual(rig.pve.allSent, ascii('last keys'))
    assert.equal(rig.by, 'browser')
  })

  test('PVE ends: at once when nothing waits for the browser', () => {
    const rig = new Rig({ takesAll: true }).started()
    rig.pve.end({ code: 1006, reason: 'cut' })
    assert.deepEqual(rig.ends, [{ by: 'pve', end: { code: 1006, reason: 'cut' } }])
  })

  test('PVE ends: not before the browser has taken all of it', () => {
    const rig = new Rig({ highWater: 8, lowWater: 2 }).started()
    rig.pve.arrive(ascii('last picture'))
    rig.pve.end()
    assert.equal(rig.by, undefined)
    rig.browser.take(11)
    rig.clock.advance(1000)
    assert.equal(rig.by, undefined)
    rig.browser.take(1)
    rig.clock.advance(1000)
    assert.equal(rig.by, 'pve')
    assert.deepEqual(rig.browser.allSent, ascii('last picture'))
  })

  test('PVE ends before it began, with bytes that nobody has read: they arrive all the same', () => {
    const rig = new Rig({ highWater: 1000 })
    rig.pve.arrive(ascii('one '))
    rig.pve.arrive(ascii('two'))
    rig.pve.end()
    rig.started()
    rig.browser.take()
    rig.clock.advance(1000)
    assert.deepEqual(rig.browser.allSent, ascii('one two'))
    assert.equal(rig.by, 'pve')
  })

  test('PVE ends, and the browser takes nothing more: then it is the browser that is too slow', () => {
    const rig = new Rig({ highWater: 8 }).started()
    rig.pve.arrive(ascii('1234'))
    rig.pve.end()
    rig.clock.advance(2 * STALL)
    assert.deepEqual(rig.ends, [{ by: 'stall', side: 'browser' }])
  })

  test('the browser leaves while what PVE had sent waits for it', () => {
    const rig = new Rig({ highWater: 8 }).started()
    rig.pve.arrive(ascii('1234'))
    rig.pve.end()
    rig.browser.end()
    rig.clock.advance(2 * STALL)
    assert.equal(rig.by, 'browser')
  })

  test('text is no part of a stream of bytes', () => {
    const rig = new Rig().started()
    rig.browser.arrive('text')
    assert.equal(rig.by, 'text')
    assert.equal(rig.pve.isDestroyed, true)
    assert.deepEqual(rig.pve.sent, [])
  })

  test('nothing is passed on after the end', () => {
    const rig = new Rig().started()
    rig.browser.arrive('text')
    rig.browser.arrive(ascii('more'))
    rig.pve.arrive(ascii('more'))
    assert.deepEqual(rig.pve.sent, [])
    assert.deepEqual(rig.browser.sent, [])
    assert.equal(rig.by, 'text')
  })

  test('a browser that had left before the start gets nothing, and PVE is closed', () => {
    const rig = new Rig()
    rig.browser.end()
    rig.pve.arrive(ascii('picture'))
    rig.started()
    assert.equal(rig.by, 'browser')
    assert.notEqual(rig.pve.closed, null)
    assert.equal(rig.clock.waiting, 0)
  })

  test('stop() says nothing to anybody, cuts PVE and leaves the browser open', () => {
    const rig = new Rig({ highWater: 8 }).started()
    rig.pve.arrive(ascii('12345678'))
    rig.relay.stop()
    rig.relay.stop()
    assert.equal(rig.pve.isDestroyed, true)
    assert.equal(rig.browser.isDestroyed, false)
    assert.equal(rig.browser.closed, null)
    assert.equal(rig.clock.waiting, 0)
    rig.browser.end()
    rig.clock.advance(2 * STALL)
    assert.deepEqual(rig.ends, [])
  })

  test('stop() while the browser still takes what PVE had sent leaves no timer', () => {
    const rig = new Rig({ highWater: 8 }).started()
    rig.pve.arrive(ascii('1234'))
    rig.pve.end()
    rig.relay.stop()
    assert.equal(rig.clock.waiting, 0)
  })

  test('a throw of the watcher ends the browser and this relay, nothing else', () => {
    const canary = new Error('canary')
    const rig = new Rig(
      {},
      {
        onBrowserData() {
          throw canary
        },
      },
    ).started()
    rig.browser.arrive(ascii('x'))
    assert.equal(rig.browser.hadThrow, true)
    assert.equal(rig.ends.length, 1)
    const [end] = rig.ends
    assert.ok(end?.by === 'browser' && end.end.error === canary)
    assert.notEqual(rig.pve.closed, null)
  })
})
