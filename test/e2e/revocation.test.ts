/** A session that ends while its console is being opened: whatever is under way, nothing of it survives. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { type Inside, startInside } from './inside.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

/** Ms that a screen's first word takes where nobody is to hear it. */
const NEVER = 60_000

/** A step on the way to a console that is held up, and how it is seen to be under way. */
interface Step {
  readonly what: string
  readonly query?: string
  readonly vmid?: number
  readonly hold: (host: LabHost, until: Promise<void>) => void
  readonly reached: (host: LabHost, from: number) => boolean
}

const asked = (path: RegExp) => (host: LabHost, from: number) =>
  host.requests.slice(from).some((request) => path.test(request.path) && request.status === 0)

const bothAsked = (host: LabHost, from: number): boolean => {
  const paths = host.requests.slice(from).map(({ path }) => path)
  return ['/status/current', '/config'].every((end) => paths.some((path) => path.endsWith(end)))
}

function held(path: RegExp): Pick<Step, 'hold' | 'reached'> {
  return { hold: (host, until) => void host.faults.answer({ path, until }), reached: asked(path) }
}

const TERMINAL = { query: '?kind=terminal', vmid: 200 }
const STEPS: readonly Step[] = [
  { what: 'where the guest is', ...held(/^\/cluster\/resources$/) },
  // The two are asked at a time, so both have to be under way.
  { what: 'whether it runs', ...held(/\/status\/current$/), reached: bothAsked },
  { what: 'how it is configured', ...held(/\/config$/), reached: bothAsked },
  { what: 'the proxy', ...held(/\/vncproxy$/) },
  { what: 'the upgrade', ...held(/\/vncwebsocket$/) },
  {
    what: 'the screen’s first word',
    hold: (host) => {
      host.settings.bannerDelayMs = NEVER
    },
    reached: (host, from) =>
      host.requests
        .slice(from)
        .some(({ path, status }) => /websocket$/.test(path) && status === 101),
  },
  { what: 'a terminal’s proxy', ...TERMINAL, ...held(/\/termproxy$/) },
  { what: 'a terminal’s upgrade', ...TERMINAL, ...held(/\/vncwebsocket$/) },
]

interface Revocation {
  readonly what: string
  readonly reason: string
  readonly act: (visitor: Visitor, inside: Inside, other: Visitor) => Promise<unknown>
}

const REVOCATIONS: readonly Revocation[] = [
  {
    what: 'signing out everywhere',
    reason: 'signed_out',
    act: (visitor) => visitor.request('DELETE', '/api/session'),
  },
  {
    what: 'signing out of the host',
    reason: 'signed_out',
    act: (visitor) => visitor.request('DELETE', '/api/hosts/alpha/session'),
  },
  {
    what: 'being ended from another session',
    reason: 'signed_out',
    act: async (_, __, other) => {
      const answer = await other.request('GET', '/api/sessions')
      const list = (await answer.json()) as { id: string; current: boolean }[]
      const id = list.find(({ current }) => !current)?.id
      return other.request('DELETE', `/api/sessions/${id}`)
    },
  },
  {
    what: 'being left alone',
    reason: 'session_expired',
    act: async (_, inside) => inside.clock.advance(3_601_000),
  },
]

describe('the end of a session', () => {
  let lab: Lab
  let host: LabHost
  let inside: Inside

  before(async () => {
    lab = await startLab({ screens: 'rfb', authFailureDelayMs: 0 })
    host = lab.host('alpha')
    inside = await startInside(lab, 'session.idle = "1h"')
  })
  after(async () => {
    await inside.close()
    await lab.close()
  })
  afterEach(async () => {
    await host.faults.clear()
    host.settings.bannerDelayMs = 0
    inside.deps.sessions.endAll()
    // So that nothing of one test is remembered in the next.
    inside.clock.advance(60_000)
  })

  const enter = async (): Promise<Visitor> => {
    const visitor = new Visitor(inside.url, { record: false })
    await visitor.signIn('alpha', host.account('root@pam'))
    return visitor
  }

  /** Nothing of the console is left: not with us, not with PVE, and nothing more is asked for. */
  const assertGone = async (from: number): Promise<void> => {
    assert.equal(inside.deps.counts.open, 0)
    await until('PVE’s side to be over', () => host.consoles.every(({ open }) => !open))
    await until('every call to be answered', () => host.requests.every(({ status }) => status > 0))
    await until('PVE’s side to be over', () => host.consoles.every(({ open }) => !open))
    const late = host.requests.slice(from).filter(({ path }) => !path.endsWith('/ticket'))
    assert.deepEqual(
      late.map(({ path }) => path),
      [],
    )
  }

  const shakeHands = (console: RfbVisitor): void => {
    // It will not come to its end; the close says why.
    console.handshake().catch(() => {})
  }

  for (const { what: step, query, vmid = 100, hold, reached } of STEPS) {
    for (const { what, reason, act } of REVOCATIONS) {
      it(`by ${what} comes while PVE is asked for ${step}`, async () => {
        const [visitor, other] = [await enter(), await enter()]
        const from = host.requests.length
        const gate = Promise.withResolvers<void>()
        hold(host, gate.promise)
        const console = await visitor.console('alpha', vmid, query)
        shakeHands(console)
        await until(`PVE to be asked for ${step}`, () => reached(host, from))
        await act(visitor, inside, other)
        const revoked = host.requests.length
        assert.deepEqual(await console.closed, { code: 4401, reason })
        // It did not wait for PVE.
        assert.ok(reached(host, from))
        gate.resolve()
        await assertGone(revoked)
      })
    }
  }

  for (const { what, reason, act } of REVOCATIONS) {
    it(`by ${what} ends what runs: a screen, a terminal, and one that waits for its browser`, async () => {
      const [visitor, other] = [await enter(), await enter()]
      const screen = await visitor.console('alpha', 100)
      await screen.handshake()
      const terminals = [
        await visitor.console('alpha', 200, '?kind=terminal'),
        await visitor.console('alpha', 210, '?kind=terminal'),
      ]
      const running = () => host.consoles.filter(({ open }) => open).length
      await until('both to be ready', () => terminals.every(({ bytes }) => bytes > 0))
      const [terminal, kept] = terminals
      kept?.socket.terminate()
      await until('one to wait for its browser', async () => {
        const answer = await visitor.request('GET', '/api/consoles')
        const list = (await answer.json()) as { kept?: boolean }[]
        return list.filter((console) => console.kept).length === 1
      })
      assert.equal(running(), 3)
      await act(visitor, inside, other)
      for (const console of [screen, terminal]) {
        assert.deepEqual(await console?.closed, { code: 4401, reason })
      }
      await until('all of PVE’s side to be over', () => running() === 0)
      assert.equal(inside.deps.counts.open, 0)
    })
  }

  it('comes for a console that waits for another’s opening, too', async () => {
    const [visitor, other] = [await enter(), await enter()]
    const from = host.requests.length
    const gate = Promise.withResolvers<void>()
    host.faults.answer({ path: /\/vncproxy$/, until: gate.promise, times: 1 })
    const first = await other.console('alpha', 100)
    await until('the first to be opened', () => asked(/\/vncproxy$/)(host, from))
    const second = await visitor.console('alpha', 100)
    await visitor.request('DELETE', '/api/session')
    assert.deepEqual(await second.closed, { code: 4401, reason: 'signed_out' })
    gate.resolve()
    await first.handshake()
    first.close()
    await until('every console to be gone', () => inside.deps.counts.open === 0)
    const proxies = host.requests.slice(from).filter(({ path }) => path.endsWith('/vncproxy'))
    assert.equal(proxies.length, 1)
  })

  it('comes for a browser that has not said a word, and for a host that has not', async () => {
    const visitor = await enter()
    const silent = await visitor.console('alpha', 100)
    await until('PVE’s side of it', () => host.consoles.some(({ open }) => open))
    const release = host.faults.hangConnections()
    const before = host.accepted
    const hanging = await visitor.console('alpha', 102)
    shakeHands(hanging)
    await until('a connection that gets nowhere', () => host.accepted > before)
    await visitor.request('DELETE', '/api/session')
    for (const console of [silent, hanging]) {
      assert.deepEqual(await console.closed, { code: 4401, reason: 'signed_out' })
    }
    assert.equal(inside.deps.counts.open, 0)
    await until('PVE’s side to be over', () => host.consoles.every(({ open }) => !open))
    release()
  })

  it('is not outrun by an upgrade that comes with it', async () => {
    for (let n = 0; n < 20; n++) {
      const visitor = await enter()
      const opening = Array.from({ length: 3 }, () =>
        visitor.console('alpha', 100).then(
          (console) => console.closed,
          () => null,
        ),
      )
      const [closes] = await Promise.all([
        Promise.all(opening),
        new Visitor(inside.url, { cookie: visitor.cookie }).request('DELETE', '/api/session'),
      ])
      for (const close of closes) {
        if (close) assert.equal(close.code, 4401)
      }
      assert.equal(inside.deps.counts.open, 0)
    }
    await until('PVE’s side to be over', () => host.consoles.every(({ open }) => !open))
  })
})
