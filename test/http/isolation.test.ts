/** One host that hangs, one that is gone and one that drips: none of them costs another host anything. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { FakeHost } from '../pve/fake-host.ts'
import {
  type Act,
  answerOf,
  hang,
  hostAt,
  makePair,
  type Pair,
  RawHost,
  until,
} from '../pve/raw-host.ts'
import { MemoryPort } from '../relay/memory-port.ts'
import { settle } from '../session/fake-clock.ts'
import { Rig } from './rig.ts'
import { SOCKET } from './scene.ts'

const TICKET = {
  username: 'anna@pam',
  ticket: 'PVE:anna@pam:00000000::secret',
  CSRFPreventionToken: 'x',
}
const LISTS: Readonly<Record<string, unknown>> = {
  'POST /api2/json/access/ticket': TICKET,
  'GET /api2/json/access/domains': [{ realm: 'pam', type: 'pam' }],
  'GET /api2/json/version': { version: '9.1.2' },
  'GET /api2/json/access/permissions': { '/': { 'VM.Audit': 1 } },
  'GET /api2/json/cluster/resources': [
    { type: 'qemu', vmid: 100, node: 'a', name: 'good guest', status: 'running' },
  ],
  'GET /api2/json/nodes/a/qemu/100/status/current': { status: 'running', qmpstatus: 'running' },
  'GET /api2/json/nodes/a/qemu/100/config': { vga: 'std' },
}
const KEYS = ['good', 'hangs', 'gone', 'drips'] as const

/** A PVE of one guest. */
function pve(address: RawHost): Act {
  return (socket) => {
    const asked = address.requests.at(-1) ?? ''
    const data = LISTS[asked.split('?', 1)[0] ?? '']
    socket.write(answerOf(JSON.stringify({ data }), data ? undefined : 'HTTP/1.1 501 what'))
  }
}

/** An answer that never ends, a sign at a time. */
function drip(socket: Socket): void {
  socket.write(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{',
  )
  const timer = setInterval(() => socket.write(' '), 20)
  socket.on('close', () => clearInterval(timer))
}

describe('four hosts, three of which go wrong', () => {
  let addresses: Record<(typeof KEYS)[number], RawHost>
  let rig: Rig
  let pair: Pair

  before(async () => {
    pair = await makePair()
    const listen = async (): Promise<RawHost> => {
      const address = await RawHost.listen(pair, hang)
      address.act = pve(address)
      return address
    }
    addresses = {
      good: await listen(),
      hangs: await listen(),
      gone: await listen(),
      drips: await listen(),
    }
    rig = new Rig('', {}, (clock) =>
      KEYS.map((key) => hostAt({ key, urls: [addresses[key].url], clock })),
    )
    for (const key of KEYS) assert.equal((await rig.enter(key)).status, 200)
  })
  after(async () => {
    rig.deps.hosts.close()
    for (const key of KEYS) await addresses[key].close()
  })

  async function guests() {
    const answer = await rig.ask('/api/guests')
    const { guests, problems } = (await answer.json()) as {
      guests: { host: string; name: string }[]
      problems: { host: string; code: string }[]
    }
    return {
      guests: guests.map(({ host }) => host).sort(),
      problems: problems.map(({ host, code }) => `${host} ${code}`).sort(),
    }
  }

  async function states() {
    const hosts = (await (await rig.ask('/api/hosts')).json()) as { key: string; state: string }[]
    return hosts.slice(-KEYS.length).map(({ key, state }) => `${key} ${state}`)
  }

  test('are ready and listed while all is well', async () => {
    assert.deepEqual(await guests(), { guests: [...KEYS].sort(), problems: [] })
    assert.deepEqual(
      await states(),
      KEYS.map((key) => `${key} ready`),
    )
  })

  test('are listed as far as they answer, each of the others with its own reason', async () => {
    rig.clock.advance(30_000)
    addresses.hangs.act = hang
    addresses.drips.act = drip
    await addresses.gone.close()
    const [hung, dripped] = [addresses.hangs.requests.length, addresses.drips.requests.length]
    const listing = guests()
    await until(() => addresses.hangs.requests.length === hung + 2, 'both calls that hang')
    await until(() => addresses.drips.requests.length === dripped + 2, 'both calls that drip')
    // While those are waited for, the good one is asked and answers.
    const before = addresses.good.requests.length
    for (let n = 0; n < 5; n++) {
      const shown = await rig.ask('/api/hosts/good/guests/100')
      assert.equal(shown.status, 200)
    }
    assert.ok(addresses.good.requests.length - before >= 5)
    rig.clock.advance(900)
    // Of those that are late the list is from before; the one that is gone has said so.
    assert.deepEqual(await listing, {
      guests: ['drips', 'good', 'hangs'],
      problems: ['drips host_timeout', 'gone host_unreachable', 'hangs host_timeout'],
    })
    rig.clock.advance(10_000)
  })

  test('are still ready but for the one that is gone: one slow list says nothing else', async () => {
    const expected = ['good ready', 'hangs ready', 'gone unreachable', 'drips ready']
    assert.deepEqual(await states(), expected)
  })

  test('are asked once more by who opens a console, however often they failed', async () => {
    for (let n = 0; n < 6; n++) {
      assert.equal((await rig.ask('/api/hosts/gone/guests/100')).status, 503)
    }
    const back = await RawHost.listen(pair, hang, Number(addresses.gone.url.port))
    addresses.gone = back
    back.act = pve(back)
    rig.clock.advance(1000)
    await rig.ask('/api/hosts/gone/guests/100/console?kind=vnc', { headers: SOCKET })
    rig.upgrades.at(-1)?.open(new MemoryPort({ takesAll: true }))
    const status = 'GET /api2/json/nodes/a/qemu/100/status/current'
    await until(() => back.requests.includes(status), 'the console to be opened')
    assert.equal(back.requests[0], 'GET /api2/json/access/domains')
  })
})

test('a host that has never answered yet is waited for a moment, and no more', async () => {
  const rig = new Rig()
  await rig.enter('home')
  await rig.enter('lab')
  const { answering } = rig.home
  const never = new Promise<never>(() => {})
  rig.home.answering = (call) =>
    call.path.endsWith('/cluster/resources') ? never : answering(call)
  const listing = rig.ask('/api/guests')
  const isAsked = (host: FakeHost): boolean =>
    host.calls.some(({ path }) => path.endsWith('/cluster/resources'))
  await until(() => isAsked(rig.home) && isAsked(rig.lab), 'both to be asked')
  await settle()
  rig.clock.advance(900)
  const { guests, problems } = (await (await listing).json()) as {
    guests: { host: string }[]
    problems: { host: string; code: string }[]
  }
  assert.deepEqual(
    guests.map(({ host }) => host),
    ['lab'],
  )
  assert.deepEqual(
    problems.map(({ host, code }) => [host, code]),
    [['home', 'host_timeout']],
  )
})
