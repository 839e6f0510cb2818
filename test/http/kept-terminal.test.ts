/** Terminals that wait for their page, and who gets them back. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryPort } from '../relay/memory-port.ts'
import { settle } from '../session/fake-clock.ts'
import { ascii, SOCKET, until } from './scene.ts'
import { type Browser, closing, PATH, type Ready, TerminalScene } from './terminal-scene.ts'

describe('a kept terminal', () => {
  test('waits for its page, which finds all that was printed meanwhile', async () => {
    const scene = new TerminalScene()
    const { browser, terminal, ready } = await scene.live(`${PATH}&label=tab1`)
    browser.end({ code: 1001, reason: '' })
    terminal.say('meanwhile')
    const [waiting] = await scene.list()
    assert.deepEqual([waiting?.kept, waiting?.label, waiting?.viewers], [true, 'tab1', 0])
    const next = await scene.resume(ready, 2)
    await until(() => next.texts.length > 0, 'ready')
    assert.deepEqual(next.told, [{ ...ready, type: 'ready', position: 2, resumed: true }])
    assert.equal(next.shown, 'meanwhile')
    next.arrive(ascii('x'))
    assert.deepEqual(terminal.heard.slice(1), ['0:1:x'])
    assert.equal(scene.terminals.length, 1)
    assert.deepEqual(
      (await scene.list()).map(({ id, kept, viewers }) => [id, kept, viewers]),
      [[ready.console, undefined, 1]],
    )
    assert.equal(scene.rig.deps.counts.open, 1)
  })

  test('ends after its time, and its page gets another one', async () => {
    const scene = new TerminalScene('session.keep_terminals = "60s"')
    const { browser, terminal, ready } = await scene.live()
    browser.end()
    scene.pass(59_999)
    assert.equal(terminal.port.isDestroyed, false)
    scene.rig.clock.advance(1)
    assert.equal(terminal.port.isDestroyed, true)
    assert.equal(scene.rig.deps.counts.open, 0)
    const next = await scene.resume(ready, 2)
    await (await scene.dialed(2)).agree()
    await until(() => next.texts.length > 0, 'ready')
    assert.equal(next.told[0]?.resumed, false)
    assert.notEqual(next.told[0]?.console, ready.console)
    assert.equal(next.shown, '$ ')
    assert.equal(scene.rig.deps.counts.open, 1)
  })

  test('does not end while its page is there again', async () => {
    const scene = new TerminalScene()
    const { browser, terminal, ready } = await scene.live()
    browser.end()
    await scene.resume(ready)
    await until(() => scene.rig.deps.counts.open === 1, 'one console')
    scene.pass(3_600_000)
    assert.equal(terminal.port.isDestroyed, false)
  })

  for (const code of [1000, 1005]) {
    test(`is none when its page was closed on purpose with ${code}`, async () => {
      const scene = new TerminalScene()
      const { browser, terminal } = await scene.live()
      browser.end({ code, reason: '' })
      assert.equal(terminal.port.isDestroyed, true)
      assert.deepEqual(await scene.list(), [])
    })
  }

  test('is none where that is switched off', async () => {
    const scene = new TerminalScene('session.keep_terminals = "0s"')
    const { browser, terminal, ready } = await scene.live()
    browser.end()
    assert.equal(terminal.port.isDestroyed, true)
    await scene.resume(ready)
    await (await scene.dialed(2)).agree()
  })

  test('goes to the page that came last; the other is told so', async () => {
    const scene = new TerminalScene()
    const { browser, terminal, ready } = await scene.live()
    const next = await scene.resume(ready)
    assert.deepEqual(await closing(browser), [1000, 'taken_over'])
    await until(() => next.texts.length > 0, 'ready')
    assert.equal(terminal.port.isDestroyed, false)
    assert.equal((await scene.list()).length, 1)
  })

  test('ends when the shell does, and its page is told', async () => {
    const scene = new TerminalScene()
    const { browser, terminal } = await scene.live()
    terminal.port.end()
    assert.deepEqual(await closing(browser, scene.rig.clock), [1000, 'ended'])
    assert.equal(scene.rig.deps.counts.open, 0)
  })

  test('that a page took nothing from is kept, and its page told why', async () => {
    const scene = new TerminalScene()
    const { terminal, ready } = await scene.live()
    const slow = new MemoryPort({ highWater: 10, lowWater: 2 })
    await scene.rig.ask(`${PATH}&resume=1`, { headers: SOCKET })
    scene.rig.upgrades.at(-1)?.open(slow)
    slow.arrive(
      JSON.stringify({
        ...ready,
        type: 'resume',
        received: 2,
        resumed: undefined,
        position: undefined,
      }),
    )
    await until(() => slow.texts.length > 0, 'ready')
    terminal.say('more than it takes')
    scene.rig.clock.advance(30_000)
    await until(() => slow.closed !== null, 'a close')
    assert.deepEqual(slow.closed, { code: 4507, reason: 'too_slow' })
    assert.equal(terminal.port.isDestroyed, false)
  })
})

describe('nobody gets a terminal', () => {
  type Claim = (ready: Ready) => Pick<Ready, 'console' | 'secret'>
  const claims: [what: string, claim: Claim][] = [
    ['by another secret', ({ console }) => ({ console, secret: 'A'.repeat(22) })],
    ['by a shorter secret', ({ console, secret }) => ({ console, secret: secret.slice(1) })],
    ['under another name', ({ secret }) => ({ console: 'x', secret })],
  ]
  for (const [what, claim] of claims) {
    test(what, async () => {
      const scene = new TerminalScene()
      const { browser, ready } = await scene.live()
      const next = await scene.resume(claim(ready))
      await (await scene.dialed(2)).agree()
      await until(() => next.texts.length > 0, 'ready')
      assert.equal(next.told[0]?.resumed, false)
      assert.equal(browser.closed, null)
    })
  }

  test('of another session, although it knows the secret', async () => {
    const scene = new TerminalScene()
    const { browser, ready } = await scene.live()
    scene.rig.cookie = null
    await scene.rig.enter('home', 'anna')
    await scene.resume(ready)
    await (await scene.dialed(2)).agree()
    assert.equal(browser.closed, null)
  })

  test('of another guest', async () => {
    const scene = new TerminalScene()
    const { browser, ready } = await scene.live()
    const next = await scene.connect('/api/hosts/home/nodes/pve1/console?resume=1')
    const { console, secret } = ready
    next.arrive(JSON.stringify({ type: 'resume', console, secret, received: 0 }))
    await scene.dialed(2)
    assert.equal(browser.closed, null)
  })

  const firsts: [what: string, act: (browser: Browser) => void][] = [
    [
      'says something else first',
      (browser) => browser.arrive('{"type":"resize","cols":1,"rows":1}'),
    ],
    ['types first', (browser) => browser.arrive(ascii('x'))],
  ]
  for (const [what, act] of firsts) {
    test(`back who ${what}`, async () => {
      const scene = new TerminalScene()
      await scene.rig.enter()
      const browser = await scene.connect(`${PATH}&resume=1`)
      act(browser)
      assert.deepEqual(await closing(browser), [4400, 'bad_request'])
      assert.deepEqual(await scene.list(), [])
    })
  }

  test('back who says nothing for twenty seconds, whose line is too slow', async () => {
    const scene = new TerminalScene()
    await scene.rig.enter()
    const browser = await scene.connect(`${PATH}&resume=1`)
    scene.rig.clock.advance(19_999)
    await settle()
    assert.equal(browser.closed, null)
    scene.rig.clock.advance(1)
    assert.deepEqual(await closing(browser), [4507, 'too_slow'])
    assert.deepEqual(await scene.list(), [])
  })

  test('back after the session, and what waits for one is told so at once', async () => {
    const scene = new TerminalScene()
    const { browser, terminal, ready } = await scene.live()
    browser.end()
    const waiting = await scene.connect(`${PATH}&resume=1`)
    const cookie = scene.rig.cookie
    await scene.rig.ask('/api/session', { method: 'DELETE' })
    assert.deepEqual(await closing(waiting), [4401, 'signed_out'])
    assert.equal(terminal.port.isDestroyed, true)
    scene.rig.cookie = cookie
    const late = await scene.resume(ready)
    assert.deepEqual(await closing(late), [4401, 'session_expired'])
    assert.equal(scene.rig.deps.counts.open, 0)
  })

  test('by opening more of those that wait than a session may have', async () => {
    const scene = new TerminalScene('limits.consoles_per_session = 2')
    await scene.rig.enter()
    for (let n = 0; n < 4; n++) await scene.connect(`${PATH}&resume=1`)
    const fifth = await scene.connect(`${PATH}&resume=1`)
    assert.deepEqual(await closing(fifth), [4429, 'too_many_consoles'])
  })

  test('anew beyond the limit, when the kept one is gone', async () => {
    const scene = new TerminalScene('limits.consoles_per_session = 1')
    const { ready } = await scene.live()
    const second = await scene.resume({ ...ready, secret: 'x' })
    assert.deepEqual(await closing(second), [4429, 'too_many_consoles'])
    assert.equal(scene.rig.deps.counts.open, 1)
  })
})
