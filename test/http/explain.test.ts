/** Why a console ended, as far as PVE can be asked: each cause with the code and reason its browser is told. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostAnswer } from '../../src/pve/host.ts'
import type { Call } from '../../src/pve/http-client.ts'
import { no, ok } from '../pve/fake-host.ts'
import { settle } from '../session/fake-clock.ts'
import { type FakeScreen, PATH, Scene, untilLooked } from './scene.ts'
import { closing, TerminalScene } from './terminal-scene.ts'

/** What PVE knows of guest 100 when it is asked. */
class Answers {
  node = 'pve1'
  nodeStatus = 'online'
  listed = true
  status: HostAnswer | Promise<HostAnswer> = ok({ status: 'running' })
  rights: Record<string, number> = { 'VM.Audit': 1, 'VM.Console': 1 }
  task: { status: string; exitstatus?: string } = { status: 'stopped', exitstatus: 'OK' }
  log: readonly string[] = ['TASK OK']
  /** Calls since the console ended. */
  readonly asked: string[] = []

  answer({ path }: Call): HostAnswer | Promise<HostAnswer> | undefined {
    this.asked.push(path.replace('/api2/json/', ''))
    if (path.endsWith('/cluster/resources')) {
      const guest = { type: 'qemu', vmid: 100, node: this.node, name: 'x', status: 'running' }
      const node = { type: 'node', node: this.node, status: this.nodeStatus }
      return ok([...(this.listed ? [guest] : []), node])
    }
    if (path.endsWith('/access/permissions')) return ok({ '/': this.rights })
    if (path.endsWith('/status/current')) return this.status
    if (/\/tasks\/.*\/status$/.test(path)) return ok(this.task)
    if (/\/tasks\/.*\/log\?/.test(path)) return ok(this.log.map((t, n) => ({ n: n + 1, t })))
    return undefined
  }

  /** From now on PVE answers so. */
  takeOver({ home }: Scene['rig']): void {
    const { answering } = home
    home.answering = (call) => this.answer(call) ?? answering(call)
  }
}

type Change = (answers: Answers) => void

const NEVER = new Promise<HostAnswer>(() => {})

async function endOfScreen(change: Change, config = {}, before: (scene: Scene) => void = () => {}) {
  const scene = new Scene()
  scene.config = config
  const screen = await scene.live()
  before(scene)
  const answers = new Answers()
  change(answers)
  answers.takeOver(scene.rig)
  screen.port.end()
  return { answers, closed: await scene.closed() }
}

/** The opening of a screen that ends behind the upgrade. */
async function endOfOpening(change: Change): Promise<unknown> {
  const scene = new Scene()
  await scene.rig.enter()
  await scene.connect()
  const [screen] = await dialed(scene)
  const answers = new Answers()
  change(answers)
  answers.takeOver(scene.rig)
  await screen.upgrade()
  screen.port.end()
  return scene.closed()
}

async function dialed(scene: Scene): Promise<[FakeScreen]> {
  await untilLooked(scene.rig.clock, () => scene.screens.length > 0, 'a dial')
  return [scene.screens[0] ?? assert.fail('nothing was dialled')]
}

async function endOfTerminal(change: Change, words = ''): Promise<unknown> {
  const scene = new TerminalScene()
  const { browser, terminal } = await scene.live()
  if (words !== '') terminal.say(words)
  const answers = new Answers()
  change(answers)
  answers.takeOver(scene.rig)
  terminal.port.end()
  return closing(browser, scene.rig.clock)
}

const nothing: Change = () => {}
const running: Change = (answers) => {
  answers.task = { status: 'running' }
}

describe('a screen that PVE ended', () => {
  const rows: [about: string, change: Change, code: number, reason: string][] = [
    ['of a guest that is well', nothing, 4502, 'pve_closed'],
    [
      'of a guest that is off',
      (answers) => {
        answers.status = ok({ status: 'stopped' })
      },
      4409,
      'guest_not_running',
    ],
    [
      'of a guest that is locked',
      (answers) => {
        answers.status = ok({ status: 'running', lock: 'migrate' })
      },
      4409,
      'guest_locked',
    ],
    [
      'of a guest that is locked by what goes on beside it, where nothing else explains it',
      (answers) => {
        answers.status = ok({ status: 'running', lock: 'backup' })
      },
      4409,
      'guest_locked',
    ],
    [
      'of a guest that is off and locked',
      (answers) => {
        answers.status = ok({ status: 'stopped', lock: 'backup' })
      },
      4409,
      'guest_locked',
    ],
    [
      'of a guest that was hibernated',
      (answers) => {
        answers.status = ok({ status: 'stopped', lock: 'suspended' })
      },
      4409,
      'guest_not_running',
    ],
    [
      'of a guest that has moved, locked as it still is',
      (answers) => {
        answers.node = 'pve2'
        answers.status = no(500, "Configuration file 'x' does not exist")
      },
      4410,
      'guest_moved',
    ],
    [
      'of a guest that was deleted',
      (answers) => {
        answers.listed = false
      },
      4404,
      'no_such_guest',
    ],
    [
      'of a guest that may not be seen any more',
      (answers) => {
        answers.listed = false
        answers.rights = {}
      },
      4403,
      'forbidden',
    ],
    [
      'on a node that is down, although its guests still run in the list',
      (answers) => {
        answers.nodeStatus = 'offline'
        answers.status = NEVER
      },
      4503,
      'node_unreachable',
    ],
    [
      'on a node that cannot be reached',
      (answers) => {
        answers.status = no(595, 'No route to host')
      },
      4503,
      'node_unreachable',
    ],
    [
      'where the state may not be known',
      (answers) => {
        answers.status = no(403, 'Permission check failed')
      },
      4502,
      'pve_closed',
    ],
    [
      'where PVE does not say in time',
      (answers) => {
        answers.status = NEVER
      },
      4502,
      'pve_closed',
    ],
  ]
  for (const [about, change, code, reason] of rows) {
    test(`${about}: ${code} ${reason}`, async () => {
      const patient = new Scene()
      const screen = await patient.live()
      const answers = new Answers()
      change(answers)
      answers.takeOver(patient.rig)
      screen.port.end()
      // Never longer than four seconds, whatever PVE does.
      for (let left = 4000; left > 0 && !patient.browser.closed; left -= 500) {
        for (let turn = 0; turn < 20; turn++) await settle()
        patient.rig.clock.advance(500)
      }
      await settle()
      assert.notEqual(patient.browser.closed, null)
      assert.deepEqual(await patient.closed(), [code, reason])
      assert.ok(answers.asked.length <= 8, answers.asked.join(' '))
    })
  }

  test('is looked at once more, for a process takes a moment to go', async () => {
    let asked = 0
    const { closed } = await endOfScreen((answers) => {
      const { answer } = answers
      answers.answer = (call) => {
        if (!call.path.endsWith('/status/current')) return answer.call(answers, call)
        return ok({ status: asked++ === 0 ? 'running' : 'stopped' })
      }
    })
    assert.deepEqual(closed, [4409, 'guest_not_running'])
    assert.equal(asked, 2)
  })

  test('of a VM is never said to have ended by itself', async () => {
    assert.deepEqual((await endOfScreen(nothing)).closed, [4502, 'pve_closed'])
  })

  test('that shows a serial port has ended when its task has', async () => {
    const serial = { vga: 'serial0', serial0: 'socket' }
    assert.deepEqual((await endOfScreen(nothing, serial)).closed, [1000, 'ended'])
    assert.deepEqual((await endOfScreen(running, serial)).closed, [4502, 'pve_closed'])
  })

  test('that shows a serial port ends where nobody types for half an hour', async () => {
    const serial = { vga: 'serial0', serial0: 'socket' }
    const away = ({ rig, screens }: Scene): void => {
      for (let left = 180; left > 0; left--) {
        rig.clock.advance(10_000)
        screens[0]?.pong()
      }
    }
    const { closed } = await endOfScreen(nothing, serial, away)
    assert.deepEqual(closed, [4502, 'pve_idle_limit'])
    assert.deepEqual((await endOfScreen(nothing, {}, away)).closed, [4502, 'pve_closed'])
  })
})

describe('an opening that ends behind the upgrade is told from its task', () => {
  const failed =
    (...log: string[]): Change =>
    (answers) => {
      answers.task = { status: 'stopped', exitstatus: 'Failed to run vncproxy.' }
      answers.log = [...log, 'TASK ERROR: Failed to run vncproxy.']
    }
  const rows: [about: string, change: Change, code: number, reason: string][] = [
    ['not running', failed('VM 100 not running'), 4409, 'guest_not_running'],
    [
      'no display',
      failed("VM 100 qmp command 'set_password' failed - Could not set password"),
      4404,
      'no_such_console',
    ],
    [
      'no display that answers',
      failed("unable to connect to socket '/var/run/qemu-server/100.vnc' - No such file"),
      4404,
      'no_such_console',
    ],
    ['no serial port', failed('unable to find a serial interface'), 4404, 'no_such_console'],
    [
      'a port of its node',
      failed("wrong serial type on interface 'serial0'"),
      4404,
      'no_such_console',
    ],
    ['no quorum', failed('cluster not ready - no quorum?'), 4502, 'no_quorum'],
    ['a lock', failed('VM is locked (backup)'), 4409, 'guest_locked'],
    [
      'a node that cannot be reached',
      failed('ssh: connect to host 10.0.0.2 port 22: No route to host'),
      4503,
      'node_unreachable',
    ],
    ['a node that is not known', failed('Host key verification failed.'), 4503, 'node_unreachable'],
    ['nothing known', failed('something else'), 4502, 'pve_closed'],
    [
      'a task that may not be read',
      (answers) => {
        answers.task = { status: 'odd' }
      },
      4502,
      'pve_closed',
    ],
  ]
  for (const [about, change, code, reason] of rows) {
    test(`${about}: ${code} ${reason}`, async () => {
      assert.deepEqual(await endOfOpening(change), [code, reason])
    })
  }
})

describe('a terminal that PVE ended', () => {
  const rows: [about: string, change: Change, words: string, code: number, reason: string][] = [
    ['with its shell', nothing, 'logout\r\n', 1000, 'ended'],
    [
      'with its shell, during a backup',
      (answers) => {
        answers.status = ok({ status: 'running', lock: 'backup' })
      },
      'logout\r\n',
      1000,
      'ended',
    ],
    ['while its shell goes on', running, '', 4502, 'pve_closed'],
    [
      'with its guest',
      (answers) => {
        answers.status = ok({ status: 'stopped' })
      },
      '',
      4409,
      'guest_not_running',
    ],
    ['without a shell', nothing, 'VM 100 not running\r\n', 4409, 'guest_not_running'],
    [
      'without a container',
      nothing,
      'lxc-console: 100: x.c: 200 is not running\r\n',
      4409,
      'guest_not_running',
    ],
    ['without a port', nothing, 'unable to find a serial interface\r\n', 4404, 'no_such_console'],
    [
      'without that port',
      nothing,
      "serial interface 'serial1' is not configured\r\n",
      4404,
      'no_such_console',
    ],
    ['after a guest said so', nothing, `${'x'.repeat(600)}VM 7 not running\r\n`, 1000, 'ended'],
  ]
  for (const [about, change, words, code, reason] of rows) {
    test(`${about}: ${code} ${reason}`, async () => {
      assert.deepEqual(await endOfTerminal(change, words), [code, reason])
    })
  }
})

describe('an opening that PVE refuses is told from its words', () => {
  const rows: [refusal: HostAnswer, code: number, reason: string][] = [
    [no(500, 'unable to find free port (5900-6000)'), 4502, 'ports_exhausted'],
    [no(500, 'cluster not ready - no quorum?'), 4502, 'no_quorum'],
    [no(500, "Timeout while waiting for port '5900' to get ready!"), 4504, 'host_timeout'],
    [no(595, 'Connection refused'), 4503, 'node_unreachable'],
    [no(596, 'Connection timed out'), 4503, 'node_unreachable'],
    [no(403, 'Permission check failed (/vms/100, VM.Console)'), 4403, 'forbidden'],
    [no(500, 'something else'), 4502, 'pve_error'],
  ]
  for (const [refusal, code, reason] of rows) {
    test(`${refusal.status} ${refusal.reason}: ${code} ${reason}`, async () => {
      const scene = new Scene()
      await scene.rig.enter()
      const { answering } = scene.rig.home
      scene.rig.home.answering = (call) =>
        call.path.endsWith('/vncproxy') ? refusal : answering(call)
      await scene.connect(PATH)
      assert.deepEqual(await scene.closed(), [code, reason])
      assert.equal(scene.screens.length, 0)
    })
  }
})
