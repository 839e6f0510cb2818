/** The stream of a session's events, from its hosts to its end. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import type {
  Change,
  ConsoleSummary,
  ProblemNews,
  SessionNews,
  Snapshot,
} from '../../src/http/contract.ts'
import { ROUTES } from '../../src/http/routes.ts'
import type { HostAnswer } from '../../src/pve/host.ts'
import type { Call } from '../../src/pve/http-client.ts'
import { type FakeHost, later, no, ok } from '../pve/fake-host.ts'
import { settle } from '../session/fake-clock.ts'
import { EventReader, type ServerEvent } from './event-reader.ts'
import { problemOf, Rig } from './rig.ts'
import { Scene } from './scene.ts'

/** The pace at which hosts are asked, as `live-list.ts` says it. */
const PACE = 4000
const QUICK_PACE = 2000

interface Entry {
  readonly vmid: number
  status?: string
  lock?: string
  cpu?: number
}

/** A signed-in person, and what their host lists. */
async function setUp() {
  const rig = new Rig()
  const entries: Entry[] = [{ vmid: 100, status: 'running' }]
  list(rig.home, entries)
  await rig.enter()
  const open = async () => new EventReader(await rig.ask('/api/events'))
  const asked = (host: FakeHost = rig.home): number =>
    host.calls.filter(({ path }) => path.endsWith('/cluster/resources')).length
  return { rig, entries, open, asked }
}

type Answer = (call: Call) => HostAnswer | Promise<HostAnswer>

/** Lets a host list these guests; `answer` stands in for the list itself. */
function list(
  host: FakeHost,
  entries: readonly Entry[],
  answer?: () => HostAnswer | Promise<HostAnswer>,
) {
  const others: Answer = host.answering
  host.answering = (call) => {
    if (!call.path.endsWith('/cluster/resources')) return others(call)
    return (
      answer?.() ??
      ok(entries.map((entry) => ({ type: 'qemu', node: 'pve1', name: 'x', ...entry })))
    )
  }
}

const vmids = ({ guests }: { guests: readonly { vmid: number }[] }) =>
  guests.map(({ vmid }) => vmid)

/** Events of every name, read by the schemas that the API is described with. */
function requireDescribed({ event, data }: ServerEvent): void {
  const described = ROUTES.find(({ path }) => path === '/api/events')?.events ?? {}
  if (event !== '')
    assert.equal(v.safeParse(described[event] as v.GenericSchema, data).issues, undefined)
}

describe('the stream of events', () => {
  test('is open at once, uncompressed and unbuffered, and begins with all there is', async () => {
    const { rig } = await setUp()
    const answer = await rig.ask('/api/events')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    assert.equal(answer.headers.get('x-accel-buffering'), 'no')
    assert.equal(answer.headers.get('cache-control'), 'no-store, no-transform')
    assert.equal(answer.headers.get('content-encoding'), null)
    const reader = new EventReader(answer)
    const first = await reader.next()
    assert.equal(first?.event, 'snapshot')
    const { guests, ...rest } = first.data as Snapshot
    const listed = (await (await rig.ask('/api/guests')).json()) as { guests: unknown[] }
    assert.deepEqual(guests, listed.guests)
    assert.deepEqual(rest, { nodes: [], problems: [], asking: [] })

    const second = await reader.next()
    assert.equal(second?.event, 'session')
    for (const event of [first, second]) requireDescribed(event)
    const { hosts, consoles } = second.data as SessionNews
    assert.deepEqual([hosts.map(({ user }) => user), consoles], [['anna@pam'], []])
  })

  test('is for people who are signed in', async () => {
    const rig = new Rig()
    const answer = await rig.ask('/api/events')
    assert.equal(answer.status, 401)
    assert.equal((await problemOf(answer)).code, 'not_signed_in')
  })

  test('is not begun for somebody who only asks whether it is there', async () => {
    const { rig, asked } = await setUp()
    const answer = await rig.ask('/api/events', { method: 'HEAD' })
    assert.equal(answer.status, 200)
    assert.equal(await answer.text(), '')
    assert.deepEqual([asked(), rig.deps.streams.open], [0, 0])
  })

  test('tells changes alone, and only when there are any', async () => {
    const { rig, entries, open } = await setUp()
    for (let vmid = 101; vmid < 1100; vmid++) entries.push({ vmid, status: 'running', cpu: 0.1 })
    const reader = await open()
    await reader.nextOf('session')
    const before = reader.length
    assert.ok(before > 200_000, `${before}`)
    rig.clock.advance(PACE)
    await settle()
    Object.assign(entries[7] as Entry, { status: 'stopped' })
    entries.splice(3, 1)
    rig.clock.advance(PACE)
    const change = await reader.nextOf<Change>('change')
    assert.deepEqual(vmids(change), [107])
    assert.equal(change.guests[0]?.status, 'stopped')
    assert.deepEqual(change.removed, [{ host: 'home', vmid: 103 }])
    assert.deepEqual(change.nodes, [])
    assert.ok(reader.length - before < 1000, `${reader.length - before}`)
  })

  test('asks a host once for all who watch, at its pace, and no more once nobody does', async () => {
    const { rig, open, asked } = await setUp()
    const readers = [await open(), await open(), await open()]
    for (const reader of readers) await reader.nextOf('session')
    assert.equal(asked(), 1)
    rig.clock.advance(PACE - 1)
    await settle()
    assert.equal(asked(), 1)
    for (let turn = 2; turn < 5; turn++) {
      rig.clock.advance(turn === 2 ? 1 : PACE)
      await settle()
      assert.equal(asked(), turn)
    }
    for (const reader of readers) await reader.cancel()
    assert.equal(rig.deps.streams.open, 0)
    rig.clock.advance(10 * PACE)
    await settle()
    assert.equal(asked(), 4)
  })

  test('has one question in flight at a host that takes its time', async () => {
    const { rig, entries, open, asked } = await setUp()
    const slow = later<HostAnswer>()
    list(rig.home, entries, () => slow.promise)
    await open()
    await open()
    rig.clock.advance(10 * PACE)
    await settle()
    assert.equal(asked(), 1)
  })

  test('asks no more when the last watcher goes while a host takes its time', async () => {
    const { rig, entries, open, asked } = await setUp()
    const slow = later<HostAnswer>()
    list(rig.home, entries, () => slow.promise)
    const reader = await open()
    const waiting = rig.clock.waiting
    await reader.cancel()
    assert.equal(rig.clock.waiting, waiting - 2, 'neither a beat nor the patience is left')
    slow.resolve(ok([]))
    await settle()
    rig.clock.advance(10 * PACE)
    await settle()
    assert.equal(asked(), 1)
  })

  test('looks sooner for what an action does', async () => {
    const { rig, open, asked } = await setUp()
    const reader = await open()
    await reader.nextOf('session')
    void reader.drain()
    const upid = 'UPID:pve1:00000001:00000001:00000001:qmstop:100:anna@pam:'
    const { answering } = rig.home
    rig.home.answering = (call) => (call.path.endsWith('/status/stop') ? ok(upid) : answering(call))
    rig.clock.advance(PACE - 100)
    await settle()
    const before = asked()
    const answer = await rig.post('/api/hosts/home/guests/100/power', { action: 'stop' })
    assert.equal(answer.status, 202)
    for (let turn = 1; turn <= 15; turn++) {
      rig.clock.advance(QUICK_PACE)
      await settle()
      assert.equal(asked(), before + turn)
    }
    rig.clock.advance(QUICK_PACE)
    await settle()
    assert.equal(asked(), before + 15)
    rig.clock.advance(PACE - QUICK_PACE)
    await settle()
    assert.equal(asked(), before + 16)
  })

  test('keeps to what a guest itself has said until the list says it too', async () => {
    const { rig, entries, open } = await setUp()
    const reader = await open()
    await reader.nextOf('session')
    const { answering } = rig.home
    const status = { status: 'stopped', lock: 'backup' }
    rig.home.answering = (call) => {
      if (call.path.endsWith('/status/current')) return ok(status)
      return call.path.includes('/config?') ? ok({}) : answering(call)
    }
    assert.equal((await rig.ask('/api/hosts/home/guests/100')).status, 200)
    const first = await reader.nextOf<Change>('change')
    assert.deepEqual([first.guests[0]?.status, first.guests[0]?.lock], ['stopped', 'backup'])
    // It is late, and not believed; once it has caught up, it is.
    rig.clock.advance(PACE / 2)
    await settle()
    Object.assign(entries[0] as Entry, status)
    rig.clock.advance(PACE / 2)
    await settle()
    Object.assign(entries[0] as Entry, { status: 'running' })
    rig.clock.advance(PACE)
    const second = await reader.nextOf<Change>('change')
    assert.deepEqual([second.guests[0]?.status, second.guests[0]?.lock], ['running', 'backup'])
  })

  test('believes the list again after twelve seconds', async () => {
    const { rig, open } = await setUp()
    const reader = await open()
    await reader.nextOf('session')
    const { answering } = rig.home
    rig.home.answering = (call) => {
      if (call.path.endsWith('/status/current')) return ok({ status: 'stopped' })
      return call.path.includes('/config?') ? ok({}) : answering(call)
    }
    await rig.ask('/api/hosts/home/guests/100')
    assert.equal((await reader.nextOf<Change>('change')).guests[0]?.status, 'stopped')
    for (let turn = 0; turn < 3; turn++) {
      rig.clock.advance(PACE)
      await settle()
    }
    assert.equal((await reader.nextOf<Change>('change')).guests[0]?.status, 'running')
  })

  test('says when a host fails, what that leaves unknown, and when it is back', async () => {
    const { rig, entries, open } = await setUp()
    const reader = await open()
    await reader.nextOf('session')
    reader.onEvent = requireDescribed
    const { answering } = rig.home
    rig.home.answering = (call) =>
      call.path.endsWith('/cluster/resources') ? no(595, 'no route') : answering(call)
    rig.clock.advance(PACE)
    const change = await reader.nextOf<Change>('change')
    assert.deepEqual([vmids(change), change.guests[0]?.status], [[100], 'unknown'])
    assert.deepEqual(change.removed, [])
    const problem = await reader.nextOf<ProblemNews>('problem')
    assert.equal(problem.host, 'home')
    assert.ok(problem.code)
    for (let turn = 0; turn < 5; turn++) {
      rig.clock.advance(PACE)
      await settle()
    }
    const warnings = rig.lines.filter((line) => line.includes('could not be listed'))
    assert.equal(warnings.length, 1, 'a host that is away fills no log')
    rig.home.answering = answering
    entries.push({ vmid: 101, status: 'stopped' })
    rig.clock.advance(PACE)
    assert.deepEqual(vmids(await reader.nextOf<Change>('change')), [100, 101])
    const well = { host: 'home', code: null, detail: '' }
    assert.deepEqual(await reader.nextOf('problem'), well)
  })

  test('does not wait for a host that hangs, and has it when it answers', async () => {
    const { rig, open } = await setUp()
    await rig.enter('lab')
    const slow = later<HostAnswer>()
    list(rig.lab, [], () => slow.promise)
    const reader = await open()
    assert.deepEqual(await reader.next(), { event: '', data: null })
    await settle()
    rig.clock.advance(1000)
    const first = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual([vmids(first), first.asking], [[100], ['lab']])
    slow.resolve(ok([{ type: 'qemu', vmid: 300, node: 'n' }]))
    const second = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual([vmids(second), second.asking], [[100, 300], []])
  })

  test('follows sign-ins: one more host, one host less', async () => {
    const { rig, open } = await setUp()
    list(rig.lab, [{ vmid: 300 }])
    const reader = await open()
    await reader.nextOf('session')
    await rig.enter('lab')
    let now = await reader.nextOf<Snapshot>('snapshot')
    if (now.asking.length > 0) now = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual(vmids(now), [100, 300])
    await rig.ask('/api/hosts/home/session', { method: 'DELETE' })
    const left = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual([vmids(left), left.problems], [[300], []])
    const { hosts } = await reader.nextOf<SessionNews>('session')
    assert.deepEqual(
      hosts.map(({ host }) => host),
      ['lab'],
    )
  })

  test('tells another person on the same host what is theirs, and nothing of the first', async () => {
    const { rig, entries, open } = await setUp()
    const reader = await open()
    await reader.nextOf('session')
    const slow = later<HostAnswer>()
    list(rig.home, entries, () => slow.promise)
    await rig.enter('home', 'berta')
    const left = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual([vmids(left), left.asking], [[], ['home']])
    slow.resolve(ok([{ type: 'qemu', vmid: 200, node: 'n' }]))
    const now = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual([vmids(now), now.asking], [[200], []])
  })

  test('says that PVE has ended a sign-in, where others live on', async () => {
    const { rig, open } = await setUp()
    await rig.enter('lab')
    const reader = await open()
    await reader.nextOf('session')
    rig.home.answering = () => no(401, 'no ticket')
    rig.clock.advance(PACE)
    const now = await reader.nextOf<Snapshot>('snapshot')
    assert.deepEqual(
      now.problems.map(({ host, code }) => [host, code]),
      [['home', 'session_expired']],
    )
    const { problems } = (await (await rig.ask('/api/guests')).json()) as Snapshot
    assert.deepEqual(problems, now.problems)
    await rig.ask('/api/hosts/home/session', { method: 'DELETE' })
    assert.deepEqual((await reader.nextOf<Snapshot>('snapshot')).problems, [])
  })

  test('tells of consoles as they come and go, as the list of consoles does', async () => {
    const scene = new Scene()
    await scene.live()
    const reader = new EventReader(await scene.rig.ask('/api/events'))
    const { consoles } = await reader.nextOf<SessionNews>('session')
    const listed = (await (await scene.rig.ask('/api/consoles')).json()) as ConsoleSummary[]
    assert.equal(listed.length, 1)
    assert.deepEqual(
      consoles.map(({ id }) => id),
      listed.map(({ id }) => id),
    )
    await scene.rig.ask(`/api/consoles/${listed[0]?.id}`, { method: 'DELETE' })
    assert.deepEqual((await reader.nextOf<SessionNews>('session')).consoles, [])
  })

  test('is no activity', async () => {
    const { rig, open } = await setUp()
    const { idle } = rig.deps.config.session
    const reader = await open()
    await reader.nextOf('session')
    rig.clock.advance(idle - 1)
    await open()
    rig.clock.advance(1)
    await settle()
    assert.equal((await rig.ask('/api/session')).status, 401)
  })

  for (const [what, end] of [
    ['signs out', (rig) => rig.ask('/api/session', { method: 'DELETE' })],
    ['has had their time', async (rig) => rig.clock.advance(rig.deps.config.session.max + 1000)],
    ['meets a server that stops', async (rig) => rig.deps.streams.endAll()],
  ] satisfies [string, (rig: Rig) => Promise<unknown>][]) {
    test(`ends when its person ${what}`, async () => {
      const { rig, open, asked } = await setUp()
      const reader = await open()
      await reader.nextOf('session')
      await end(rig)
      for (let event = await reader.next(); event; event = await reader.next()) {
        assert.ok(['', 'change', 'problem', 'session'].includes(event.event))
      }
      const before = asked()
      assert.equal(rig.deps.streams.open, 0)
      rig.clock.advance(PACE)
      await settle()
      assert.equal(asked(), before)
    })
  }

  test('is not begun by a server that stops', async () => {
    const { rig } = await setUp()
    rig.isStopping = true
    assert.equal((await rig.ask('/api/events')).status, 503)
  })

  test('is there eight times in a session, and again when one of them has gone', async () => {
    const { rig, open } = await setUp()
    const readers = []
    for (let count = 0; count < 8; count++) readers.push(await open())
    const ninth = await rig.ask('/api/events')
    assert.deepEqual([ninth.status, (await problemOf(ninth)).code], [429, 'too_many_streams'])
    await readers[3]?.cancel()
    assert.equal((await rig.ask('/api/events')).status, 200)
    rig.cookie = null
    await rig.enter('home', 'berta')
    assert.equal((await rig.ask('/api/events')).status, 200, 'others have their own')
  })
})
