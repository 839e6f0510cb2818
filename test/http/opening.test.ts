/** How a screen is opened: in turns, with nothing ahead of time, and not for ever. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { join } from '../relay/chance.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { settle } from '../session/fake-clock.ts'
import { Rig } from './rig.ts'
import { PATH, Scene, SOCKET, until, VERSION } from './scene.ts'

/** Another browser at the same console. */
async function another(scene: Scene, path = PATH): Promise<MemoryPort> {
  const browser = new MemoryPort({ takesAll: true })
  await scene.rig.ask(path, { headers: SOCKET })
  scene.rig.upgrades.at(-1)?.open(browser)
  return browser
}

/** The browser's part of the handshake. */
const greet = (browser: MemoryPort): void => browser.arrive(join([VERSION, Uint8Array.of(1, 1)]))

async function dialed(scene: Scene, count: number): Promise<void> {
  await until(() => scene.screens.length === count, `dial ${count}`)
}

describe('two openings of one guest', () => {
  test('take turns up to the password, which QEMU has only once', async () => {
    const scene = new Scene(new Rig(), [true, true])
    await scene.rig.enter()
    await scene.connect()
    const second = await another(scene)
    await dialed(scene, 1)
    await settle()
    assert.equal(scene.proxyCalls, 1)
    await scene.screens[0]?.authenticate()
    await dialed(scene, 2)
    assert.equal(scene.proxyCalls, 2)
    await scene.screens[1]?.authenticate()
    for (const browser of [scene.browser, second]) greet(browser)
    await until(() => scene.screens.every(({ port }) => !port.isDestroyed), 'both')
    assert.deepEqual([scene.browser.closed, second.closed], [null, null])
  })

  test('cost PVE nothing where one has left before its turn', async () => {
    const scene = new Scene(new Rig(), [true])
    await scene.rig.enter()
    await scene.connect()
    await dialed(scene, 1)
    const second = await another(scene)
    await settle()
    const asked = scene.rig.home.calls.length
    second.end({ code: 1001, reason: '' })
    await scene.screens[0]?.authenticate()
    await settle()
    assert.equal(scene.rig.home.calls.length, asked)
    assert.equal(scene.screens.length, 1)
  })

  test('go on where the first comes to nothing', async () => {
    const scene = new Scene(new Rig(), [true, true])
    await scene.rig.enter()
    await scene.connect()
    await dialed(scene, 1)
    const second = await another(scene)
    scene.browser.end({ code: 1001, reason: '' })
    await dialed(scene, 2)
    await scene.screens[1]?.authenticate()
    greet(second)
    await settle()
    assert.equal(second.closed, null)
    assert.equal(scene.screens[0]?.port.isDestroyed, true)
  })
})

describe('an opening', () => {
  test('asks PVE for the console last, when nothing else is left to ask', async () => {
    const scene = new Scene()
    await scene.rig.enter()
    const before = scene.rig.home.calls.length
    await scene.connect()
    await dialed(scene, 1)
    const paths = scene.rig.home.calls.slice(before).map(({ path }) => path)
    assert.match(paths.at(-1) ?? '', /\/vncproxy$/)
    assert.equal(paths.filter((path) => path.endsWith('/vncproxy')).length, 1)
    assert.deepEqual(scene.dialed, ['192.0.2.1'])
  })

  test('ends where the screen says nothing for twenty seconds', async () => {
    const scene = new Scene()
    await scene.rig.enter()
    await scene.connect()
    greet(scene.browser)
    await dialed(scene, 1)
    await scene.screens[0]?.upgrade()
    await settle()
    scene.rig.clock.advance(19_999)
    await settle()
    assert.equal(scene.browser.closed, null)
    scene.rig.clock.advance(1)
    assert.deepEqual(await scene.closed(), [4504, 'host_timeout'])
    assert.equal(scene.screens[0]?.port.isDestroyed, true)
    assert.equal(scene.proxyCalls, 1)
  })

  test('ends where the browser says nothing for twenty seconds', async () => {
    const scene = new Scene()
    await scene.rig.enter()
    await scene.connect()
    await dialed(scene, 1)
    await scene.screens[0]?.authenticate()
    await settle()
    scene.rig.clock.advance(20_000)
    assert.deepEqual(await scene.closed(), [4507, 'too_slow'])
    assert.equal(scene.screens[0]?.port.isDestroyed, true)
  })

  test('that met a stale ticket is tried once more, and no more than once', async () => {
    const scene = new Scene(new Rig(), [true, true])
    await scene.rig.enter()
    await scene.connect()
    for (const count of [1, 2]) {
      await dialed(scene, count)
      const screen = scene.screens[count - 1]
      await until(() => (screen?.port.sent.length ?? 0) > 0, 'an upgrade')
      const head = 'HTTP/1.1 401 permission denied - invalid PVEVNC ticket\r\n\r\n'
      screen?.port.arrive(new TextEncoder().encode(head))
    }
    assert.deepEqual(await scene.closed(), [4502, 'pve_error'])
    assert.equal(scene.proxyCalls, 2)
  })
})
