/** Several windows of one browser, on one clock, that hear each other. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Leadership, type Word } from '../../web/model/leadership.ts'
import { FakeClock } from '../session/fake-clock.ts'

class Browser {
  readonly clock = new FakeClock()
  readonly windows = new Map<string, Window>()
  readonly hellos: string[] = []

  open(id: string): Window {
    const window = new Window(id, this)
    this.windows.set(id, window)
    return window
  }

  /** Words take a moment, as between processes. */
  deliver(from: Window, word: Word): void {
    this.clock.schedule(() => {
      for (const window of this.windows.values()) {
        if (window !== from && !window.deaf) window.hear(word)
      }
    }, 5)
  }

  /** Time passes; leaders say something every fifteen seconds. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1000)
      if (Math.round(this.clock.monotonic() / 1000) % 15 !== 0) continue
      for (const window of this.windows.values()) window.speak()
    }
  }

  get leaders(): string[] {
    return [...this.windows.values()].filter(({ leads }) => leads).map(({ id }) => id)
  }
}

class Window {
  readonly id: string
  readonly leadership: Leadership
  /** It hears and says nothing: its browser has put it to sleep. */
  deaf = false
  /** What it was told by whom it follows. */
  readonly heard: string[] = []
  leads = false
  readonly #browser: Browser

  constructor(id: string, browser: Browser) {
    this.id = id
    this.#browser = browser
    this.leadership = new Leadership({
      id,
      schedule: (run, ms) => browser.clock.schedule(() => this.deaf || run(), ms),
      random: () => (id.charCodeAt(0) % 10) / 10,
      send: (word) => {
        if (!this.deaf) browser.deliver(this, word)
      },
      onLead: (leads) => {
        this.leads = leads
      },
      onHello: () => {
        browser.hellos.push(id)
        this.speak()
      },
    })
  }

  hear(word: Word): void {
    if (this.leadership.hear(word)) this.heard.push(word.from)
  }

  speak(): void {
    if (this.leads && !this.deaf) this.#browser.deliver(this, this.leadership.word())
  }

  see(seen: boolean): void {
    this.leadership.see(seen)
  }

  close(): void {
    this.leadership.leave()
    this.#browser.windows.delete(this.id)
  }
}

describe('the windows of a browser', () => {
  test('have one leader, the first that was there', () => {
    const browser = new Browser()
    const first = browser.open('a')
    first.see(true)
    assert.deepEqual(browser.leaders, [])
    browser.clock.advance(120)
    assert.deepEqual(browser.leaders, ['a'])
    for (const id of 'bcdefgh') browser.open(id).see(true)
    browser.pass(300)
    assert.deepEqual(browser.leaders, ['a'])
    assert.deepEqual(browser.hellos, Array(7).fill('a'), 'each newcomer was told what is known')
  })

  test('agree on one where several begin at once', () => {
    for (const order of ['abc', 'cba', 'bca']) {
      const browser = new Browser()
      for (const id of order) browser.open(id).see(true)
      browser.pass(60)
      assert.equal(browser.leaders.length, 1, order)
    }
  })

  test('have another within a moment when the leader closes', () => {
    const browser = new Browser()
    for (const id of 'abc') {
      browser.open(id).see(true)
      browser.clock.advance(200)
    }
    browser.windows.get('a')?.close()
    browser.clock.advance(200)
    assert.equal(browser.leaders.length, 1)
  })

  test('notice a leader that has gone without a word', () => {
    const browser = new Browser()
    for (const id of 'abc') {
      browser.open(id).see(true)
      browser.clock.advance(200)
    }
    const first = browser.windows.get('a') as Window
    first.deaf = true
    browser.pass(30)
    assert.deepEqual(browser.leaders, ['a'], 'not before it is clear')
    browser.pass(10)
    assert.equal(browser.leaders.length, 2, 'the sleeper still thinks that it leads')
    first.deaf = false
    first.speak()
    browser.clock.advance(20)
    assert.equal(browser.leaders.length, 1, 'and learns better when it wakes')
    assert.notEqual(browser.leaders[0], 'a')
  })

  test('keep their leader while it is out of sight for a moment, and change it after', () => {
    const browser = new Browser()
    const [first, second] = [browser.open('a'), browser.open('b')]
    first.see(true)
    browser.clock.advance(200)
    first.see(false)
    second.see(true)
    browser.pass(29)
    assert.deepEqual(browser.leaders, ['a'])
    browser.pass(3)
    assert.deepEqual(browser.leaders, ['b'])
    first.see(true)
    browser.pass(60)
    assert.deepEqual(browser.leaders, ['b'])
  })

  test('keep a leader that comes back in time', () => {
    const browser = new Browser()
    const only = browser.open('a')
    only.see(true)
    browser.clock.advance(200)
    only.see(false)
    browser.pass(20)
    only.see(true)
    browser.pass(60)
    assert.deepEqual(browser.leaders, ['a'])
  })

  test('have no leader once none of them is seen', () => {
    const browser = new Browser()
    for (const id of 'ab') browser.open(id).see(true)
    browser.pass(5)
    for (const window of browser.windows.values()) window.see(false)
    browser.pass(60)
    assert.deepEqual(browser.leaders, [])
    assert.equal(browser.clock.waiting, 0)
    browser.windows.get('b')?.see(true)
    browser.clock.advance(120)
    assert.deepEqual(browser.leaders, ['b'])
  })

  test('believe the leader alone', () => {
    const browser = new Browser()
    const [first, second] = [browser.open('a'), browser.open('b')]
    first.see(true)
    browser.clock.advance(200)
    second.see(true)
    first.speak()
    browser.clock.advance(10)
    assert.equal(second.leadership.hear({ kind: 'lead', from: 'z', term: 0 }), false)
    assert.equal(first.leadership.hear({ kind: 'lead', from: 'A', term: 1 }), false)
    assert.deepEqual(browser.leaders, ['a'])
    assert.deepEqual([...new Set(second.heard)], ['a'])
  })

  test('leave for good when they have no use for news', () => {
    const browser = new Browser()
    const [first, second] = [browser.open('a'), browser.open('b')]
    first.see(true)
    browser.clock.advance(200)
    second.see(true)
    second.leadership.leave()
    first.leadership.leave()
    browser.pass(60)
    assert.deepEqual(browser.leaders, [])
    assert.equal(browser.clock.waiting, 0)
  })
})
