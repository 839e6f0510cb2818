/** Two people, three guests, every route: nobody is shown, or gets at, what PVE gives to the other. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ConsoleSummary, GuestList, OwnSession, Problem } from '../../src/http/contract.ts'
import { type Lab, type LabHost, type LabRequest, startLab } from '../lab/lab.ts'
import { type Inside, startInside } from './inside.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const ALL = { 'VM.Audit': 1, 'VM.Console': 1, 'VM.PowerMgmt': 1 } as const
/** What each may do: 100 is alice's, 103 is bert's, 110 is of both, but not all of it. */
const RIGHTS: Readonly<Record<'alice' | 'none', Readonly<Record<number, Record<string, 1>>>>> = {
  alice: { 100: ALL, 110: { 'VM.Audit': 1, 'VM.PowerMgmt': 1 } },
  none: { 103: ALL, 110: { 'VM.Audit': 1, 'VM.Console': 1 } },
}
const GUESTS = [100, 103, 110] as const
type Person = keyof typeof RIGHTS
const PEOPLE = ['alice', 'none'] as const satisfies Person[]

/** A stream's events up to the session's, which comes behind the snapshot. */
async function firstEvents(stream: Response): Promise<string> {
  let text = ''
  for await (const piece of stream.body ?? []) {
    text += Buffer.from(piece).toString()
    if (text.includes('event: session')) break
  }
  return text
}

const may = (person: Person, vmid: number, privilege: string): boolean =>
  RIGHTS[person][vmid]?.[privilege] === 1

describe('nothing crosses between people', () => {
  let lab: Lab
  let host: LabHost
  let inside: Inside
  const visitors = {} as Record<Person, Visitor>

  before(async () => {
    lab = await startLab({ screens: 'rfb', authFailureDelayMs: 0 })
    host = lab.host('alpha')
    for (const person of PEOPLE) {
      for (const vmid of GUESTS) {
        host.setAccess(`${person}@pve`, `/vms/${vmid}`, RIGHTS[person][vmid] ?? {})
      }
    }
    await host.guest(103).start()
    host.publishResources()
    inside = await startInside(lab)
    for (const person of PEOPLE) visitors[person] = await enter(person)
  })
  after(async () => {
    await inside.close()
    await lab.close()
  })

  const enter = async (person: Person): Promise<Visitor> => {
    const visitor = new Visitor(inside.url)
    await visitor.signIn('alpha', host.account(`${person}@pve`))
    return visitor
  }

  const code = async (answer: Response): Promise<string> => ((await answer.json()) as Problem).code

  /** Whose ticket a request carried. */
  const askerOf = ({ headers }: LabRequest): string => {
    const ticket = decodeURIComponent(/PVEAuthCookie=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '')
    return ticket.split(':')[1] ?? ''
  }

  /** Runs something for one person and makes sure that PVE was asked in that person's name alone. */
  const as = async <T>(person: Person, act: (visitor: Visitor) => Promise<T>): Promise<T> => {
    const from = host.requests.length
    const result = await act(visitors[person])
    const named = host.requests.slice(from).filter(({ headers }) => headers.cookie !== undefined)
    assert.deepEqual(
      [...new Set(named.map(askerOf))].filter((who) => who !== `${person}@pve`),
      [],
    )
    return result
  }

  const listed = async (visitor: Visitor): Promise<number[]> => {
    const list = (await (await visitor.request('GET', '/api/guests')).json()) as GuestList
    assert.deepEqual(list.problems, [])
    return list.guests.map(({ vmid }) => vmid).sort()
  }

  for (const person of PEOPLE) {
    const mine = GUESTS.filter((vmid) => may(person, vmid, 'VM.Audit'))

    it(`${person} is listed ${mine.join(' and ')}, with what may be done to each`, async () => {
      const list = await as(person, async (visitor) => {
        const answer = await visitor.request('GET', '/api/guests')
        return (await answer.json()) as GuestList
      })
      const can = list.guests.map(({ vmid, can }) => [vmid, can.console, can.power])
      assert.deepEqual(
        can.sort(),
        mine.map((vmid) => [
          vmid,
          may(person, vmid, 'VM.Console'),
          may(person, vmid, 'VM.PowerMgmt'),
        ]),
      )
    })

    for (const vmid of GUESTS) {
      it(`${person} looks at ${vmid} only where PVE lets them`, async () => {
        const path = `/api/hosts/alpha/guests/${vmid}`
        const answer = await as(person, (visitor) => visitor.request('GET', path))
        const seen = may(person, vmid, 'VM.Audit')
        assert.equal(answer.status, seen ? 200 : 403)
        if (!seen) assert.equal(await code(answer), 'forbidden')
      })

      it(`${person} opens ${vmid} only where PVE lets them`, async () => {
        await as(person, async (visitor) => {
          const console = await visitor.console('alpha', vmid)
          if (may(person, vmid, 'VM.Console')) {
            await console.handshake()
            return console.close()
          }
          console.handshake().catch(() => {})
          assert.deepEqual(await console.closed, { code: 4403, reason: 'forbidden' })
        })
      })

      it(`${person} resets ${vmid} only where PVE lets them`, async () => {
        const path = `/api/hosts/alpha/guests/${vmid}/power`
        const answer = await as(person, (visitor) =>
          visitor.request('POST', path, { action: 'reset' }),
        )
        const allowed = may(person, vmid, 'VM.PowerMgmt')
        assert.equal(answer.status, allowed ? 202 : 403)
        if (!allowed) return assert.equal(await code(answer), 'forbidden')
        const { task } = (await answer.json()) as { task: string }
        for (const who of PEOPLE) {
          const look = await as(who, (visitor) =>
            visitor.request('GET', `/api/hosts/alpha/tasks/${encodeURIComponent(task)}`),
          )
          assert.equal(look.status, who === person ? 200 : 404)
        }
      })
    }
  }

  it('the same address at the same time says to each what is theirs', async () => {
    for (let n = 0; n < 20; n++) {
      // So that neither is answered from memory.
      inside.clock.advance(2500)
      const [alice, none] = await Promise.all([listed(visitors.alice), listed(visitors.none)])
      assert.deepEqual(
        [alice, none],
        [
          [100, 110],
          [103, 110],
        ],
      )
    }
    const one = '/api/hosts/alpha/guests/100'
    const both = await Promise.all(PEOPLE.map((who) => visitors[who].request('GET', one)))
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 403],
    )
  })

  it('the stream of events tells each what is theirs', async () => {
    for (const person of PEOPLE) {
      const abort = new AbortController()
      const stream = await fetch(`${inside.url}/api/events`, {
        headers: { Cookie: visitors[person].cookie },
        signal: abort.signal,
      })
      const [, snapshot = ''] =
        /^event: snapshot\ndata: (.*)$/m.exec(await firstEvents(stream)) ?? []
      abort.abort()
      const { guests } = JSON.parse(snapshot) as GuestList
      const mine = GUESTS.filter((vmid) => may(person, vmid, 'VM.Audit'))
      assert.deepEqual(guests.map(({ vmid }) => vmid).sort(), mine)
    }
  })

  it('consoles are listed to, and closed by, the session that opened them', async () => {
    const [alice, none, again] = [visitors.alice, visitors.none, await enter('alice')]
    const consolesOf = async (visitor: Visitor) =>
      (await (await visitor.request('GET', '/api/consoles')).json()) as ConsoleSummary[]
    await until('earlier consoles to be gone', () => inside.deps.counts.open === 0)
    const console = await alice.console('alpha', 100)
    await console.handshake()
    const [own] = await consolesOf(alice)
    assert.ok(own)
    const strangers = [none, again, new Visitor(inside.url)]
    for (const visitor of [none, again]) assert.deepEqual(await consolesOf(visitor), [])
    const refusals = await Promise.all(
      strangers.map((visitor) => visitor.request('DELETE', `/api/consoles/${own.id}`)),
    )
    assert.deepEqual(
      refusals.map(({ status }) => status),
      [404, 404, 401],
    )
    const unknown = await none.request('DELETE', `/api/consoles/${'A'.repeat(22)}`)
    assert.deepEqual(await refusals[0]?.text(), await unknown.text())
    assert.equal(console.socket.readyState, WebSocket.OPEN)
    assert.equal((await alice.request('DELETE', `/api/consoles/${own.id}`)).status, 204)
    assert.deepEqual(await console.closed, { code: 1000, reason: 'ended' })
    await again.request('DELETE', '/api/session')
  })

  it('sessions are shown to, and ended by, the same person alone', async () => {
    const sessionsOf = async (visitor: Visitor) =>
      (await (await visitor.request('GET', '/api/sessions')).json()) as OwnSession[]
    const again = await enter('alice')
    const [mine, theirs] = [await sessionsOf(visitors.alice), await sessionsOf(visitors.none)]
    assert.deepEqual([mine.length, theirs.length], [2, 1])
    const ids = new Set([...mine, ...theirs].map(({ id }) => id))
    assert.equal(ids.size, 3)
    for (const { id } of mine) {
      assert.equal((await visitors.none.request('DELETE', `/api/sessions/${id}`)).status, 404)
    }
    assert.equal((await again.request('GET', '/api/session')).status, 200)
    const other = mine.find(({ current }) => !current)
    assert.equal((await visitors.alice.request('DELETE', `/api/sessions/${other?.id}`)).status, 204)
    assert.equal((await again.request('GET', '/api/session')).status, 401)
    assert.equal((await visitors.alice.request('GET', '/api/session')).status, 200)
  })

  it('two sessions of one person have a ticket each, and one ends without the other', async () => {
    const one = await enter('alice')
    // Two tickets of one second are the same.
    host.advance(1000)
    const two = await enter('alice')
    const from = host.requests.length
    await Promise.all([listed(one), listed(two)])
    const cookies = host.requests
      .slice(from)
      .filter(({ path }) => path === '/cluster/resources')
      .map(({ headers }) => headers.cookie)
    assert.equal(cookies.length, 2)
    assert.equal(new Set(cookies).size, 2)
    await one.request('DELETE', '/api/session')
    assert.deepEqual(await listed(two), [100, 110])
    await two.request('DELETE', '/api/session')
  })

  it('hosts say who is signed in to each alone, and a certificate is told to who is', async () => {
    const stranger = new Visitor(inside.url)
    const users = async (visitor: Visitor) => {
      const list = (await (await visitor.request('GET', '/api/hosts')).json()) as {
        key: string
        user: string | null
        version?: string
      }[]
      return list.map(({ user, version }) => [user, version !== undefined])
    }
    assert.deepEqual(await users(visitors.alice), [
      ['alice@pve', true],
      [null, false],
    ])
    assert.deepEqual(await users(visitors.none), [
      ['none@pve', true],
      [null, false],
    ])
    assert.deepEqual(await users(stranger), [
      [null, false],
      [null, false],
    ])
    const certificate = (visitor: Visitor, key: string) =>
      visitor.request('GET', `/api/hosts/${key}/certificate`).then(({ status }) => status)
    for (const person of PEOPLE) {
      assert.equal(await certificate(visitors[person], 'alpha'), 200)
      assert.equal(await certificate(visitors[person], 'beta'), 401)
    }
    assert.equal(await certificate(stranger, 'alpha'), 401)
  })

  it('and nothing that a person was sent speaks of what is the other’s', () => {
    const told = (person: Person) => visitors[person].recorded().toString('latin1')
    const names = { alice: host.guest(103).name, none: host.guest(100).name }
    for (const person of PEOPLE) {
      const other = person === 'alice' ? 'none' : 'alice'
      assert.ok(told(person).includes(`${person}@pve`))
      assert.ok(told(person).includes(names[other]))
      assert.ok(!told(person).includes(`${other}@pve`))
      assert.ok(!told(person).includes(`"name":"${names[person]}"`))
    }
  })
})
