/** Tickets that end while consoles run: nobody notices, unless PVE itself says that it is over. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { type Inside, startInside } from './inside.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const SECOND = 1000
const MINUTE = 60_000
const HOUR = 3_600_000
/** Of the key "a". */
const KEY = 0x61

describe('renewal of tickets', () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost
  let inside: Inside
  let visitor: Visitor

  before(async () => {
    lab = await startLab({ screens: 'rfb', authFailureDelayMs: 0 })
    alpha = lab.host('alpha')
    beta = lab.host('beta')
    inside = await startInside(lab, 'session.idle = "0s"\nsession.max = "7d"')
  })
  after(async () => {
    await inside.close()
    await lab.close()
  })
  afterEach(async () => {
    for (const host of lab.hosts) {
      await host.faults.clear()
      host.settings.ticketLifeMs = 2 * HOUR
    }
    await visitor.request('DELETE', '/api/session')
  })

  const enter = async (): Promise<void> => {
    visitor = new Visitor(inside.url, { record: false })
    await visitor.signIn('alpha', alpha.account('root@pam'))
    await visitor.signIn('beta', beta.account('root@pam'))
  }

  /** An open console that says so as soon as it is none any more. */
  const open = async (host: LabHost, vmid = 100) => {
    const console = await visitor.console(host.key, vmid)
    await console.handshake()
    const state = { console, closed: '' }
    void console.closed.then(({ code, reason }) => {
      state.closed = `${code} ${reason}`
    })
    return state
  }

  const types = async (host: LabHost, console: RfbVisitor): Promise<void> => {
    const count = host.guest(100).received().length
    console.type(KEY)
    await until('the guest to read a key', () => host.guest(100).received().length > count)
  }

  const tickets = (host: LabHost): number =>
    host.requests.filter(({ path }) => path === '/access/ticket').length

  /** What the list says of the host: nothing, or its problem's code. */
  const problem = async ({ key }: LabHost): Promise<string> => {
    const answer = await visitor.request('GET', '/api/guests')
    if (answer.status !== 200) return ((await answer.json()) as { code: string }).code
    const { problems } = (await answer.json()) as { problems: { host: string; code: string }[] }
    return problems.find(({ host }) => host === key)?.code ?? ''
  }

  it('goes unnoticed for ten minutes of tickets that live one, at most twice a minute', async () => {
    for (const host of lab.hosts) host.settings.ticketLifeMs = MINUTE
    await enter()
    const [one, two] = [await open(alpha), await open(beta)]
    const errors: string[] = []
    let counted = [alpha, beta].map(tickets)
    const perMinute: number[] = []
    await inside.pass(10 * MINUTE, SECOND, async (passed) => {
      if (passed % (5 * SECOND) === 0) {
        for (const host of lab.hosts) errors.push(await problem(host))
      }
      if (passed % (30 * SECOND) === 0) {
        await types(alpha, one.console)
        await types(beta, two.console)
      }
      if (passed % MINUTE === 0) {
        const now = [alpha, beta].map(tickets)
        perMinute.push(...now.map((count, index) => count - (counted[index] ?? 0)))
        counted = now
      }
    })
    assert.deepEqual([...new Set(errors)], [''])
    assert.deepEqual([one.closed, two.closed], ['', ''])
    assert.equal(perMinute.length, 20)
    for (const count of perMinute) assert.ok(count <= 2, `${perMinute}`)
    const sum = perMinute.reduce((all, count) => all + count, 0)
    assert.ok(sum >= 30 && sum <= 40, `${sum} renewals`)
  })

  it('goes unnoticed over the daily change of PVE’s key, and the next day’s', async () => {
    await enter()
    const { console, closed } = await open(alpha)
    for (let day = 0; day < 2; day++) {
      alpha.rotateKeys()
      await inside.pass(2.5 * HOUR, 20 * SECOND, async (passed) => {
        if (passed % (10 * MINUTE) !== 0) return
        assert.equal(await problem(alpha), '')
        await types(alpha, console)
      })
    }
    assert.equal(closed, '')
    // A console that is opened with the new key works as well.
    ;(await open(alpha)).console.close()
  })

  it('that fails for a while drops nothing, and is made up for', async () => {
    alpha.settings.ticketLifeMs = MINUTE
    await enter()
    const state = await open(alpha)
    alpha.faults.answer({ path: '/access/ticket', cut: true })
    const failed = tickets(alpha)
    await inside.pass(50 * SECOND, SECOND)
    assert.ok(tickets(alpha) - failed >= 3)
    assert.equal(await problem(alpha), '')
    await alpha.faults.clear()
    await inside.pass(3 * MINUTE, SECOND, async (passed) => {
      if (passed % (30 * SECOND) === 0) assert.equal(await problem(alpha), '')
    })
    await types(alpha, state.console)
    assert.equal(state.closed, '')
  })

  it('that comes too late touches no console until PVE says no, and then only that host’s', async () => {
    alpha.settings.ticketLifeMs = MINUTE
    await enter()
    const [here, there] = [await open(alpha), await open(beta)]
    alpha.faults.answer({ path: '/access/ticket', status: 500, reason: 'no such luck' })
    await inside.pass(2 * MINUTE, SECOND)
    // The ticket is dead. Nobody has asked PVE for anything yet.
    await types(alpha, here.console)
    assert.equal(here.closed, '')
    // PVE is broken, which is not a refusal.
    assert.equal(await problem(alpha), 'pve_error')
    await types(alpha, here.console)
    assert.equal(here.closed, '')
    await alpha.faults.clear()
    const before = tickets(alpha)
    assert.equal(await problem(alpha), 'session_expired')
    await until('the console to be told', () => here.closed !== '')
    assert.equal(here.closed, '4401 session_expired')
    assert.equal(tickets(alpha) - before, 2)
    assert.equal(there.closed, '')
    await types(beta, there.console)
    // In place: the same person goes on where it was.
    await visitor.signIn('alpha', alpha.account('root@pam'))
    const again = await open(alpha)
    await types(alpha, again.console)
    assert.equal(there.closed, '')
  })

  for (const [what, ms] of [
    ['ahead', 2 * HOUR],
    ['far ahead', 30 * HOUR],
  ] as const) {
    it(`that a host whose clock jumps ${what} makes impossible is not tried in a loop`, async () => {
      await enter()
      const [here, there] = [await open(alpha), await open(beta)]
      alpha.advance(ms)
      const before = tickets(alpha)
      assert.equal(await problem(alpha), 'session_expired')
      await until('the console to be told', () => here.closed !== '')
      assert.equal(here.closed, '4401 session_expired')
      await inside.pass(10 * MINUTE, 10 * SECOND, async () => {
        await visitor.request('GET', '/api/guests')
      })
      assert.equal(tickets(alpha) - before, 2)
      assert.equal(there.closed, '')
    })
  }

  for (const hours of [2, -2]) {
    it(`and sessions do not mind that our own clock is set by ${hours} h`, async () => {
      await enter()
      const state = await open(alpha)
      const [asked, expires] = [tickets(alpha), await ends()]
      inside.clock.jumpWall(hours * HOUR)
      assert.equal(await problem(alpha), '')
      assert.ok(Math.abs((await ends()) - expires - hours * HOUR) < 10 * SECOND)
      await inside.pass(10 * MINUTE, 20 * SECOND)
      assert.equal(await problem(alpha), '')
      assert.equal(tickets(alpha), asked)
      await types(alpha, state.console)
      assert.equal(state.closed, '')
      inside.clock.jumpWall(-hours * HOUR)
    })
  }

  const ends = async (): Promise<number> => {
    const answer = await visitor.request('GET', '/api/session')
    return Date.parse(((await answer.json()) as { expires: string }).expires)
  }
})
