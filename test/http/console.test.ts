/** One console from the upgrade to its end, both ends in memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { no } from '../pve/fake-host.ts'
import { join } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { Rig } from './rig.ts'
import { ascii, type FakeScreen, PATH, Scene, SECRETS, SOCKET, until, VERSION } from './scene.ts'

describe('a console', () => {
  test('shows the browser RFB without a password, and passes bytes both ways', async () => {
    const scene = new Scene()
    const screen = await scene.live()
    assert.deepEqual(scene.browser.allSent, join([VERSION, Uint8Array.of(1, 1, 0, 0, 0, 0)]))
    // The shared flag is ours, whatever the browser's was.
    assert.deepEqual(screen.heard().slice(-1), Uint8Array.of(1))
    screen.say(ascii('picture'))
    scene.browser.arrive(ascii('\x04keys'))
    assert.deepEqual(scene.browser.allSent.slice(-7), ascii('picture'))
    assert.deepEqual(screen.heard().slice(-5), ascii('\x04keys'))
    assert.equal(scene.proxyCalls, 1)
    assert.deepEqual(scene.dialed, ['192.0.2.1'])
    assert.equal(scene.rig.deps.counts.open, 1)
    assert.doesNotMatch(scene.everythingTold() + scene.rig.lines.join(''), SECRETS)
  })

  test('is listed, and closed by its own person only', async () => {
    const scene = new Scene()
    const screen = await scene.live()
    const list = (await (await scene.rig.ask('/api/consoles')).json()) as { id: string }[]
    const id = list[0]?.id ?? ''
    const anna = scene.rig.cookie
    scene.rig.cookie = null
    await scene.rig.enter('home', 'berta')
    const foreign = await scene.rig.ask(`/api/consoles/${id}`, { method: 'DELETE' })
    assert.equal(foreign.status, 404)
    assert.equal(scene.browser.closed, null)
    scene.rig.cookie = anna
    await scene.rig.ask(`/api/consoles/${id}`, { method: 'DELETE' })
    assert.deepEqual(await scene.closed(), [1000, 'ended'])
    assert.equal(screen.port.isDestroyed, true)
  })

  const ends: [
    title: string,
    act: (scene: Scene, screen: FakeScreen) => unknown,
    code: number,
    reason: string,
  ][] = [
    ['signing out', ({ rig }) => rig.ask('/api/session', { method: 'DELETE' }), 4401, 'signed_out'],
    [
      'signing out of its host',
      ({ rig }) => rig.ask('/api/hosts/home/session', { method: 'DELETE' }),
      4401,
      'signed_out',
    ],
    [
      'a session that nobody uses',
      ({ rig }) => rig.clock.advance(7_300_000),
      4401,
      'session_expired',
    ],
    ['a stop of this server', ({ rig }) => rig.deps.sessions.endAll(), 1001, 'restarting'],
    ['text', ({ browser }) => browser.arrive('text'), 1003, 'binary_only'],
    [
      'a flood of messages',
      ({ browser }) => {
        for (let n = 0; n < 4001; n++) browser.arrive(Uint8Array.of(0))
      },
      1008,
      'too_fast',
    ],
    ['an end of PVE', (_, { port }) => port.end(), 4502, 'pve_closed'],
    [
      'a guest that was stopped',
      (scene, { port }) => {
        scene.status = 'stopped'
        port.end()
      },
      4409,
      'guest_not_running',
    ],
  ]
  for (const [title, act, code, reason] of ends) {
    test(`ends with ${code} ${reason} after ${title}`, async () => {
      const scene = new Scene()
      const screen = await scene.live()
      await act(scene, screen)
      assert.deepEqual(await scene.closed(), [code, reason])
      assert.equal((await scene.rig.deps.sessions.size) <= 1, true)
    })
  }

  test('asks a silent PVE for a sign of life, and ends when there is none', async () => {
    const scene = new Scene()
    const screen = await scene.live()
    const sent = screen.port.sent.length
    scene.rig.clock.advance(15_000)
    assert.equal(screen.port.sent.length, sent + 1)
    scene.rig.clock.advance(15_000)
    assert.deepEqual(await scene.closed(), [4502, 'pve_closed'])
  })

  test('that nobody uses is kept awake, which is no act of its person', async () => {
    const scene = new Scene()
    const screen = await scene.live()
    const heard = screen.heard().length
    const wait = (ms: number): void => {
      for (let left = ms; left > 0; left -= 10_000) {
        scene.rig.clock.advance(10_000)
        screen.pong()
      }
    }
    wait(290_000)
    assert.equal(screen.heard().length, heard)
    wait(10_000)
    assert.deepEqual(screen.heard().slice(heard), Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 1, 0, 1))
    wait(3_600_000)
    assert.equal(screen.heard().length, heard + 13 * 10)
    assert.equal(scene.browser.closed, null)
    wait(3_600_000)
    assert.deepEqual(await scene.closed(), [4401, 'session_expired'])
  })

  test('keeps the session of who types', async () => {
    const scene = new Scene()
    const screen = await scene.live()
    for (let hour = 0; hour < 4; hour++) {
      for (let left = 3_600_000; left > 0; left -= 10_000) {
        scene.rig.clock.advance(10_000)
        screen.pong()
      }
      scene.browser.arrive(Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 0x61))
    }
    assert.equal(scene.browser.closed, null)
  })

  test('lets PVE go when the browser leaves', async () => {
    const scene = new Scene()
    const screen = await scene.live()
    scene.browser.end({ code: 1001, reason: '' })
    assert.ok(screen.port.isDestroyed || screen.port.closed !== null)
    assert.equal(scene.rig.deps.counts.open, 0)
    assert.equal(scene.browser.closed, null)
  })
})

describe('the password of a screen', () => {
  test('that is refused once is asked for once more', async () => {
    const scene = new Scene(new Rig(), [false, true])
    await scene.live()
    await until(() => scene.screens.length === 2, 'a second dial')
    await scene.screens[1]?.greet()
    assert.equal(scene.proxyCalls, 2)
    assert.equal(scene.browser.closed, null)
    assert.equal(scene.screens[0]?.port.isDestroyed, true)
  })

  test('that is refused twice ends the console', async () => {
    const scene = new Scene(new Rig(), [false, false])
    await scene.live()
    await until(() => scene.screens.length === 2, 'a second dial')
    await scene.screens[1]?.greet()
    assert.deepEqual(await scene.closed(), [4502, 'rfb_failed'])
    assert.equal(scene.proxyCalls, 2)
  })
})

describe('a console that cannot be', () => {
  const rows: [
    title: string,
    path: string,
    code: number,
    reason: string,
    prepare?: (scene: Scene) => void,
  ][] = [
    ['on an unknown host', '/api/hosts/x/guests/100/console?kind=vnc', 4404, 'no_such_host'],
    [
      'on a host without a sign-in',
      '/api/hosts/lab/guests/100/console?kind=vnc',
      4401,
      'not_signed_in',
    ],
    ['of an unknown kind', '/api/hosts/home/guests/100/console?kind=spice', 4400, 'bad_request'],
    [
      'of a number that is none',
      '/api/hosts/home/guests/1e3/console?kind=vnc',
      4400,
      'bad_request',
    ],
    [
      'of a guest that is not there',
      '/api/hosts/home/guests/999/console?kind=vnc',
      4404,
      'no_such_guest',
    ],
    [
      'of a guest that is off',
      PATH,
      4409,
      'guest_not_running',
      (scene) => {
        scene.status = 'stopped'
      },
    ],
    [
      'without a display',
      PATH,
      4404,
      'no_such_console',
      (scene) => {
        scene.config = { vga: 'none' }
        scene.status = 'stopped'
      },
    ],
    [
      'while this server stops',
      PATH,
      1001,
      'restarting',
      ({ rig }) => {
        rig.isStopping = true
      },
    ],
    [
      'in a session that is over',
      PATH,
      4401,
      'session_expired',
      ({ rig }) => rig.deps.sessions.endAll(),
    ],
    [
      'where the host does not answer',
      PATH,
      4500,
      'internal',
      ({ rig }) => {
        rig.dialing = () => Promise.reject(new TypeError('canary'))
      },
    ],
    [
      'where PVE says no',
      PATH,
      4403,
      'forbidden',
      ({ rig }) => {
        rig.home.answering = () => no(403, 'Permission check failed')
      },
    ],
  ]
  for (const [title, path, code, reason, prepare] of rows) {
    test(`is told why: ${title}`, async () => {
      const scene = new Scene()
      await scene.rig.enter()
      prepare?.(scene)
      await scene.connect(path)
      const [closedWith, said = ''] = await scene.closed()
      assert.equal(closedWith, code)
      assert.equal(said.split(' ')[0], reason)
      assert.ok(said.length <= 123)
    })
  }

  for (const limit of ['consolesPerSession', 'consolesPerHost', 'consoles'] as const) {
    test(`is told why: one more than the limit ${limit}`, async () => {
      const scene = new Scene(new Rig('', { [limit]: 1 }))
      await scene.live()
      const second = new MemoryPort({ takesAll: true })
      await scene.rig.ask(PATH, { headers: SOCKET })
      scene.rig.upgrades.at(-1)?.open(second)
      assert.deepEqual(second.closed, { code: 4429, reason: 'too_many_consoles' })
      assert.equal(scene.rig.deps.counts.open, 1)
    })
  }
})
