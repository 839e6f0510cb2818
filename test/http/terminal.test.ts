/** Terminals from the upgrade to their end, both ends in memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ascii, until } from './scene.ts'
import { type Browser, closing, PATH, TerminalScene, TICKET } from './terminal-scene.ts'

describe('a terminal', () => {
  test('gives its page clean bytes, and nothing of PVE’s', async () => {
    const scene = new TerminalScene()
    const { browser, terminal, ready } = await scene.live()
    assert.deepEqual(terminal.heard, [`anna@pam:${TICKET}\n`])
    assert.deepEqual([ready.position, ready.resumed], [0, false])
    assert.equal(browser.messages[0], browser.texts[0])
    browser.arrive(ascii('ls\r'))
    terminal.say('ls\r\nfile')
    assert.equal(browser.shown, '$ ls\r\nfile')
    assert.deepEqual(terminal.heard.slice(1), ['0:3:ls\r'])
    const seen = browser.texts.join() + browser.shown + scene.rig.lines.join('')
    assert.doesNotMatch(seen, /canary|PVEVNC|5901|192\.0\.2/)
  })

  test('has the size that its page asked for meanwhile, and not what it typed', async () => {
    const scene = new TerminalScene()
    await scene.rig.enter()
    const browser = await scene.connect()
    browser.arrive('{"type":"resize","cols":90,"rows":20}')
    browser.arrive('{"type":"resize","cols":132,"rows":43}')
    browser.arrive(ascii('rm -rf'))
    await (await scene.dialed(1)).agree()
    await until(() => browser.texts.length > 0, 'ready')
    assert.deepEqual(scene.terminals[0]?.heard.slice(1), ['1:132:43:'])
  })

  const asked: [what: string, query: string, body: string][] = [
    ['the first port', '', 'serial=serial0'],
    ['the port that was named', '&serial=2', 'serial=serial2'],
  ]
  for (const [what, query, body] of asked) {
    test(`of a VM is asked for at ${what}`, async () => {
      const scene = new TerminalScene()
      await scene.live(PATH + query)
      const call = scene.rig.home.calls.find(({ path }) => path.endsWith('/termproxy'))
      assert.equal(call?.path, '/api2/json/nodes/pve1/qemu/100/termproxy')
      assert.equal(call?.body, body)
    })
  }

  test('of a node is asked for at the node, and is what nodes have', async () => {
    const scene = new TerminalScene()
    await scene.live('/api/hosts/home/nodes/pve1/console')
    const call = scene.rig.home.calls.find(({ path }) => path.endsWith('/termproxy'))
    assert.equal(call?.path, '/api2/json/nodes/pve1/termproxy')
    assert.deepEqual(
      (await scene.list()).map(({ kind, node, vmid }) => [kind, node, vmid]),
      [['terminal', 'pve1', undefined]],
    )
  })

  const refused: [what: string, path: string, code: number, reason: string][] = [
    ['a port that the VM does not have', `${PATH}&serial=1`, 4404, 'no_such_console'],
    ['a port that no VM has', `${PATH}&serial=4`, 4400, 'bad_request'],
    ['another kind', PATH.replace('terminal', 'spice'), 4400, 'bad_request'],
    ['a label that is too long', `${PATH}&label=${'x'.repeat(33)}`, 4400, 'bad_request'],
    ['a node that cannot be', '/api/hosts/home/nodes/a%2Fb/console', 4404, 'no_such_node'],
    ['a host that is not there', PATH.replace('home', 'moon'), 4404, 'no_such_host'],
    ['a host without a sign-in', PATH.replace('home', 'lab'), 4401, 'not_signed_in'],
  ]
  for (const [what, path, code, reason] of refused) {
    test(`is not opened for ${what}`, async () => {
      const scene = new TerminalScene()
      await scene.rig.enter()
      assert.deepEqual(await closing(await scene.connect(path)), [code, reason])
      assert.equal(scene.terminals.length, 0)
      assert.equal(scene.rig.deps.counts.open, 0)
    })
  }

  test('whose ticket was minted under yesterday’s key is asked for once more', async () => {
    const scene = new TerminalScene()
    await scene.rig.enter()
    const browser = await scene.connect()
    const first = await scene.dialed(1)
    await until(() => first.port.sent.length > 0, 'an upgrade')
    first.port.arrive(ascii('HTTP/1.1 401 permission denied - invalid PVEVNC ticket\r\n\r\n'))
    await (await scene.dialed(2)).agree()
    await until(() => browser.texts.length > 0, 'ready')
  })

  test('that is not one is said so', async () => {
    const scene = new TerminalScene()
    await scene.rig.enter()
    const browser = await scene.connect()
    await (await scene.dialed(1)).agree('RFB 003.008\n')
    assert.deepEqual(await closing(browser), [4502, 'pve_error'])
    assert.equal(scene.terminals[0]?.port.isDestroyed, true)
  })

  const losses: [what: string, act: (browser: Browser) => void, code: number, reason: string][] = [
    ['nonsense', (browser) => browser.arrive('{"type":"shout"}'), 4400, 'bad_request'],
    [
      'a flood',
      (browser) => {
        for (let n = 0; n < 4001; n++) browser.arrive(ascii('x'))
      },
      1008,
      'too_fast',
    ],
  ]
  for (const [what, act, code, reason] of losses) {
    test(`is not opened for a browser that sends ${what}`, async () => {
      const scene = new TerminalScene()
      await scene.rig.enter()
      const browser = await scene.connect()
      act(browser)
      assert.deepEqual(await closing(browser), [code, reason])
      assert.equal(scene.rig.deps.counts.open, 0)
    })

    test(`outlives a browser that sends ${what}`, async () => {
      const scene = new TerminalScene()
      const { browser, terminal, ready } = await scene.live()
      act(browser)
      assert.deepEqual(await closing(browser), [code, reason])
      assert.equal(terminal.port.isDestroyed, false)
      const next = await scene.resume(ready, 2)
      await until(() => next.texts.length > 0, 'ready')
      assert.equal(next.told[0]?.resumed, true)
    })
  }
})

test('how many look at a guest is in the list, whoever they are', async () => {
  const scene = new TerminalScene()
  await scene.live()
  scene.rig.cookie = null
  await scene.rig.enter('home', 'berta')
  await scene.live()
  for (let n = 0; n < 2; n++) await scene.live('/api/hosts/home/nodes/pve1/console')
  assert.deepEqual(
    (await scene.list()).map(({ viewers }) => viewers),
    [2, 1, 1],
  )
})
