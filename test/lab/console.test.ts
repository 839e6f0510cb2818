/** How a console of the lab is handed over: tickets, listeners and the upgrade. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  ConsoleProbe,
  rfbPassword,
  upgradeHeaders,
  vncproxy,
  websocketTarget,
} from './console-probe.ts'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, requestText, type Session, signIn, Wire } from './probe.ts'
import { alpha as alphaWorld, beta as betaWorld } from './worlds.ts'

/** Longer than the lab needs for anything it does answer. */
const silenceMs = 300

const guests = [
  { vmid: 100, name: 'one', running: true },
  { vmid: 101, name: 'two', running: true },
  { vmid: 103, name: 'off' },
]

describe('hand-over of consoles', () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost
  let root: Session
  let betaRoot: Session

  before(async () => {
    const at = (node: string) => guests.map((guest) => ({ ...guest, node }))
    lab = await startLab({
      hosts: [
        alphaWorld({ guests: [...at('a'), { vmid: 110, name: 'far', node: 'c', running: true }] }),
        betaWorld({ guests: at('b') }),
      ],
      screens: 'rfb',
      authFailureDelayMs: 0,
    })
    alpha = lab.host('alpha')
    beta = lab.host('beta')
    root = await signIn(alpha, 'root@pam')
    betaRoot = await signIn(beta, 'root@pam')
  })
  after(() => lab.close())

  /** Asks for the WebSocket of a hand-over that already exists. */
  async function upgrade(
    host: LabHost,
    session: Session,
    target: string,
    headers: Record<string, string> = upgradeHeaders,
    node = host.nodes[0],
  ): Promise<Wire> {
    const wire = await Wire.open(host, node)
    wire.write(requestText('GET', target, { session, headers }))
    return wire
  }

  describe('tickets and passwords', () => {
    test('before April 2026 the password is the first eight characters of the ticket', async () => {
      const handover = await vncproxy(alpha, root, { vmid: 100 })
      assert.equal(handover.password, undefined)
      assert.match(handover.ticket, /^PVEVNC:[0-9A-F]{8}::/)
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      assert.equal(await probe.authenticate(probe.handover.ticket.slice(0, 8)), true)
      probe.wire.close()
    })

    test('since April 2026 it is a field of its own and the prefix of the ticket', async () => {
      const probe = await ConsoleProbe.open(beta, betaRoot, { vmid: 100 })
      const { password, ticket } = probe.handover
      assert.match(password ?? '', /^[!-`]{8}$/)
      assert.ok(ticket.startsWith(`${password}:PVEVNC:`))
      assert.equal(await probe.authenticate(password ?? ''), true)
      probe.wire.close()
    })

    test('a ticket without its prefix is refused since April 2026', async () => {
      const handover = await vncproxy(beta, betaRoot, { vmid: 100 })
      const bare = { ...handover, ticket: handover.ticket.slice(9) }
      const wire = await upgrade(beta, betaRoot, websocketTarget(beta, { vmid: 100 }, bare))
      const answer = await wire.answer()
      assert.equal(answer?.status, 401)
      assert.equal(answer?.reason, 'permission denied - invalid PVEVNC ticket')
    })

    test('a ticket is bound to its port since April 2026, and not before', async () => {
      const outcomes = []
      for (const [host, session] of [
        [alpha, root],
        [beta, betaRoot],
      ] as const) {
        const one = await vncproxy(host, session, { vmid: 100 })
        const other = await vncproxy(host, session, { vmid: 100 })
        const mixed = { ...one, port: other.port }
        const wire = await upgrade(host, session, websocketTarget(host, { vmid: 100 }, mixed))
        outcomes.push((await wire.answer())?.status)
        wire.close()
      }
      assert.deepEqual(outcomes, [101, 401])
    })

    test('a ticket from before a change of the key is refused, seconds old as it is', async () => {
      for (const [host, session] of [
        [alpha, root],
        [beta, betaRoot],
      ] as const) {
        const handover = await vncproxy(host, session, { vmid: 100 })
        host.rotateKeys()
        const stale = websocketTarget(host, { vmid: 100 }, handover)
        assert.equal((await (await upgrade(host, session, stale)).answer())?.status, 401)
        ;(await ConsoleProbe.open(host, session, { vmid: 100 })).wire.close()
      }
    })

    test('a ticket is bound to its guest and its user', async () => {
      const handover = await vncproxy(alpha, root, { vmid: 100 })
      const other = await upgrade(alpha, root, websocketTarget(alpha, { vmid: 101 }, handover))
      assert.equal((await other.answer())?.status, 401)
      const alice = await signIn(alpha, 'alice@pve')
      const asAlice = await upgrade(alpha, alice, websocketTarget(alpha, { vmid: 100 }, handover))
      assert.equal((await asAlice.answer())?.status, 401)
    })

    test('a wrong password is turned down and the console ends', async () => {
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      assert.equal(await probe.authenticate('wrong'), false)
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
    })

    test('a fault fails exactly one authentication', async () => {
      alpha.faults.failRfbAuth(100)
      const first = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      assert.equal(await first.authenticate(rfbPassword(first.handover)), false)
      const second = await ConsoleProbe.open(alpha, root, { vmid: 100 })
      assert.equal(await second.authenticate(rfbPassword(second.handover)), true)
      second.wire.close()
    })

    test('a call without websocket=1 is refused loudly', async () => {
      const path = '/nodes/a/qemu/100/vncproxy'
      const { reason } = await call(alpha, 'POST', path, { session: root, params: {} })
      assert.match(reason, /the lab does not do this yet/)
    })
  })

  describe('listeners', () => {
    /** Nothing listens: no answer ever, and the connection stays. */
    async function assertSilence(wire: Wire): Promise<void> {
      assert.equal(await wire.answer(silenceMs), undefined)
      assert.equal(wire.ended, false)
      wire.close()
    }

    test('one console per call: the second never gets an answer', async () => {
      const handover = await vncproxy(alpha, root, { vmid: 100 })
      const target = websocketTarget(alpha, { vmid: 100 }, handover)
      const first = await upgrade(alpha, root, target)
      assert.equal((await first.answer())?.status, 101)
      await assertSilence(await upgrade(alpha, root, target))
      first.close()
    })

    test('after ten seconds nobody listens although the ticket is still good', async () => {
      const handover = await vncproxy(alpha, root, { vmid: 100 })
      alpha.advance(9_000)
      assert.equal(await exitStatus(handover.upid), undefined)
      alpha.advance(2_000)
      assert.equal(await exitStatus(handover.upid), 'connection timed out')
      await assertSilence(
        await upgrade(alpha, root, websocketTarget(alpha, { vmid: 100 }, handover)),
      )
    })

    test('after forty seconds the ticket is no good any more', async () => {
      const handover = await vncproxy(alpha, root, { vmid: 100 })
      alpha.advance(41_000)
      const wire = await upgrade(alpha, root, websocketTarget(alpha, { vmid: 100 }, handover))
      assert.equal((await wire.answer())?.status, 401)
    })

    test('the port is only on the node that was called', async () => {
      const [a, c] = alpha.nodes
      const target = { vmid: 110, at: a }
      const handover = await vncproxy(alpha, root, target)
      const wrong = websocketTarget(alpha, target, handover)
      await assertSilence(await upgrade(alpha, root, wrong, upgradeHeaders, c))
      const right = await upgrade(alpha, root, wrong, upgradeHeaders, a)
      assert.equal((await right.answer())?.status, 101)
      right.close()
    })

    test('a hundred ports, then none, then again after ten seconds', async () => {
      const params = { websocket: '1' }
      const path = '/nodes/b/qemu/100/vncproxy'
      const ask = () => call(beta, 'POST', path, { session: betaRoot, params })
      const answers = []
      for (let i = 0; i < 101; i += 1) answers.push(await ask())
      const refused = answers.at(-1)
      assert.equal(refused?.status, 500)
      assert.equal(refused?.reason, 'unable to find free port (5900-6000)')
      beta.advance(10_000)
      assert.equal((await ask()).status, 200)
    })

    test('a stopped VM is 200, 101 and then the end, with the reason in the task only', async () => {
      const probe = await ConsoleProbe.open(alpha, root, { vmid: 103 })
      assert.equal(await probe.wire.wait(() => probe.wire.ended), true)
      assert.equal(probe.wire.buffer.length, 0)
      const { upid } = probe.handover
      assert.equal(await exitStatus(upid), 'Failed to run vncproxy.')
      const path = `/nodes/a/tasks/${encodeURIComponent(upid)}/log`
      const { text } = await call(alpha, 'GET', path, { session: root })
      assert.match(text, /VM 103 not running/)
    })

    async function exitStatus(upid: string): Promise<unknown> {
      const path = `/nodes/a/tasks/${encodeURIComponent(upid)}/status`
      const { json } = await call(alpha, 'GET', path, { session: root })
      return (json as { data: { exitstatus?: string } }).data.exitstatus
    }
  })

  describe('upgrade', () => {
    const cases: [string, Record<string, string>, number, string][] = [
      ['no upgrade', {}, 200, 'OK'],
      [
        'old version',
        { ...upgradeHeaders, 'Sec-WebSocket-Version': '8' },
        500,
        "unsupported websocket-version '8'",
      ],
      ['no key', { ...upgradeHeaders, 'Sec-WebSocket-Key': '' }, 500, 'missing websocket-key'],
    ]
    for (const [name, headers, status, reason] of cases) {
      test(name, async () => {
        const handover = await vncproxy(alpha, root, { vmid: 100 })
        const target = websocketTarget(alpha, { vmid: 100 }, handover)
        const answer = await (await upgrade(alpha, root, target, headers)).answer()
        assert.equal(answer?.status, status)
        assert.equal(answer?.reason, reason)
        if (status === 200) assert.deepEqual(answer?.json, { data: { port: handover.port } })
      })
    }

    test('the subprotocol comes back as it was sent, extensions never', async () => {
      const handover = await vncproxy(alpha, root, { vmid: 100 })
      const headers = {
        ...upgradeHeaders,
        'Sec-WebSocket-Protocol': 'binary, base64',
        'Sec-WebSocket-Extensions': 'permessage-deflate',
      }
      const target = websocketTarget(alpha, { vmid: 100 }, handover)
      const wire = await upgrade(alpha, root, target, headers)
      const answer = await wire.answer()
      assert.equal(answer?.headers['sec-websocket-protocol'], 'binary, base64')
      assert.equal(answer?.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
      assert.equal(answer?.headers['sec-websocket-extensions'], undefined)
      wire.close()
    })
  })
})
