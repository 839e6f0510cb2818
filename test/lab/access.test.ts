/** Signing in to the lab: tickets, second factor, CSRF and rights. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Lab, type LabHost, startLab } from './lab.ts'
import { call, type RawAnswer, type Session, signIn } from './probe.ts'
import { alpha as alphaWorld, beta as betaWorld } from './worlds.ts'

const invalidTicket = {
  'before-2026-04': 'permission denied - invalid PVE ticket',
  'since-2026-04': 'Authentication failed!',
}

describe('access', () => {
  let lab: Lab
  let alpha: LabHost
  let beta: LabHost

  before(async () => {
    const hosts = [alphaWorld(), betaWorld()]
    lab = await startLab({ hosts, screens: 'rfb', authFailureDelayMs: 0 })
    alpha = lab.host('alpha')
    beta = lab.host('beta')
  })
  after(() => lab.close())

  function version(host: LabHost, session: Session): Promise<RawAnswer> {
    return call(host, 'GET', '/version', { session })
  }

  function ticketOf(answer: RawAnswer): string {
    return (answer.json as { data: { ticket: string } }).data.ticket
  }

  function post(host: LabHost, params: Record<string, string>): Promise<RawAnswer> {
    return call(host, 'POST', '/access/ticket', { params })
  }

  describe('tickets', () => {
    test('two hours and not a second more, with the wording of each version', async () => {
      for (const host of [alpha, beta]) {
        const session = await signIn(host, 'alice@pve')
        host.advance(7_190_000)
        assert.equal((await version(host, session)).status, 200)
        host.advance(11_000)
        const late = await version(host, session)
        assert.equal(late.status, 401)
        assert.equal(late.reason, invalidTicket[host.generation])
        assert.equal(late.text, '')
        assert.equal(late.headers['content-type'], undefined)
      }
    })

    test('a ticket renews itself, and one of root signs anybody in', async () => {
      const root = await signIn(alpha, 'root@pam')
      const renewed = await post(alpha, { username: 'root@pam', password: root.ticket })
      assert.equal(renewed.status, 200)
      const asBob = await post(alpha, { username: 'bob@pve', password: root.ticket })
      assert.match(ticketOf(asBob), /^PVE:bob@pve:/)
      const alice = await signIn(alpha, 'alice@pve')
      const asRoot = await post(alpha, { username: 'root@pam', password: alice.ticket })
      assert.equal(asRoot.reason, 'authentication failure')
    })

    test('the key changes every day; a ticket from just before is good for its two hours', async () => {
      for (const [rotate, status] of [
        [() => alpha.rotateKeys(), 200],
        [() => alpha.advance(86_400_000), 401],
      ] as const) {
        const before = await signIn(alpha, 'alice@pve')
        rotate()
        assert.equal((await version(alpha, before)).status, status)
        const fresh = await signIn(alpha, 'alice@pve')
        assert.equal((await version(alpha, fresh)).status, 200)
      }
      const session = await signIn(alpha, 'alice@pve')
      alpha.rotateKeys()
      alpha.advance(7_190_000)
      assert.equal((await version(alpha, session)).status, 200)
      alpha.advance(11_000)
      assert.equal((await version(alpha, session)).status, 401)
      const twice = await signIn(alpha, 'alice@pve')
      alpha.rotateKeys()
      alpha.rotateKeys()
      assert.equal((await version(alpha, twice)).status, 401)
    })

    test('a ticket that is handed out with a minute left is good for that minute', async () => {
      const before = alpha.settings.ticketLifeMs
      alpha.settings.ticketLifeMs = 60_000
      const session = await signIn(alpha, 'alice@pve')
      alpha.settings.ticketLifeMs = before
      const issued = parseInt(/:([0-9A-F]{8})::/.exec(session.ticket)?.[1] ?? '', 16)
      assert.ok(Math.abs(alpha.now() / 1000 - issued - 7140) <= 2)
      alpha.advance(57_000)
      assert.equal((await version(alpha, session)).status, 200)
      alpha.advance(4_000)
      assert.equal((await version(alpha, session)).status, 401)
    })

    test('every answer tells the host’s own clock', async () => {
      const session = await signIn(alpha, 'alice@pve')
      alpha.advance(3_600_000)
      const { headers } = await version(alpha, session)
      assert.ok(Math.abs(Date.parse(headers.date ?? '') - alpha.now()) < 2000)
    })

    test('tickets of one host are worth nothing on the other', async () => {
      const session = await signIn(alpha, 'root@pam')
      assert.equal((await version(beta, session)).status, 401)
    })

    test('a ticket is good on every node of its cluster', async () => {
      const session = await signIn(alpha, 'root@pam')
      const answer = await call(alpha, 'GET', '/version', { session, node: alpha.nodes[1] })
      assert.equal(answer.status, 200)
    })

    test('raw or encoded cookie or Authorization header, and the first of two cookies', async () => {
      const session = await signIn(alpha, 'odd%3B;n+me@pve')
      const encoded = encodeURIComponent(session.ticket)
      const accepted = [
        { Cookie: `PVEAuthCookie=${encoded}` },
        { Cookie: `a=b; PVEAuthCookie=${encoded}` },
      ]
      const headers = [
        ...accepted,
        { Authorization: `PVEAuthCookie=${encoded}` },
        { Cookie: `PVEAuthCookie=${encoded}; PVEAuthCookie=x` },
      ]
      for (const header of headers) {
        const { status } = await call(alpha, 'GET', '/version', { headers: header })
        assert.equal(status, 200, JSON.stringify(header))
      }
      const bad = { Cookie: `PVEAuthCookie=x; PVEAuthCookie=${encoded}` }
      assert.equal((await call(alpha, 'GET', '/version', { headers: bad })).status, 401)
      const root = await signIn(alpha, 'root@pam')
      const raw = { Cookie: `PVEAuthCookie=${root.ticket}` }
      assert.equal((await call(alpha, 'GET', '/version', { headers: raw })).status, 200)
      const oddRaw = { Cookie: `PVEAuthCookie=${session.ticket}` }
      assert.equal((await call(alpha, 'GET', '/version', { headers: oddRaw })).status, 401)
    })

    test('CSRF: needed to write, bound to the user', async () => {
      const root = await signIn(alpha, 'root@pam')
      const alice = await signIn(alpha, 'alice@pve')
      const path = '/nodes/a/qemu/100/status/start'
      const mixed = { ticket: root.ticket, csrf: alice.csrf }
      const refused = await call(alpha, 'POST', path, { session: mixed })
      assert.equal(refused.reason, 'Permission denied - invalid csrf token')
      const again = await signIn(alpha, 'root@pam')
      const other = { ticket: root.ticket, csrf: again.csrf }
      assert.equal((await call(alpha, 'POST', path, { session: other })).status, 200)
    })

    test('an API token is no sign-in here', async () => {
      const headers = { Authorization: 'PVEAPIToken=root@pam!x=1' }
      assert.equal((await call(beta, 'GET', '/version', { headers })).status, 401)
    })
  })

  describe('second factor', () => {
    const username = 'bob@pve'

    async function challenge(): Promise<string> {
      const { password } = beta.account(username)
      return ticketOf(await post(beta, { username, password }))
    }

    async function respond(response: string): Promise<number> {
      const params = { username, 'tfa-challenge': await challenge(), password: response }
      return (await post(beta, params)).status
    }

    test('a code counts once, the next one after thirty seconds', async () => {
      assert.equal(await respond(`totp:${beta.totp(username)}`), 200)
      assert.equal(await respond(`totp:${beta.totp(username)}`), 401)
      beta.advance(30_000)
      assert.equal(await respond(`totp:${beta.totp(username)}`), 200)
    })

    test('a code without its kind is no answer', async () => {
      beta.advance(30_000)
      assert.equal(await respond(beta.totp(username)), 401)
    })

    test('a recovery key counts once and is gone from the challenge', async () => {
      const [key] = beta.account(username).recoveryKeys ?? []
      assert.match(await challenge(), /%3A\[0,1\]/)
      assert.equal(await respond(`recovery:${key}`), 200)
      assert.match(await challenge(), /%3A\[1\]/)
      assert.equal(await respond(`recovery:${key}`), 401)
    })

    test('the code may come along with the password', async () => {
      beta.advance(30_000)
      const { password } = beta.account(username)
      const otp = `totp:${beta.totp(username)}`
      assert.equal((await post(beta, { username, password, otp })).status, 200)
      const alice = beta.account('alice@pve')
      const useless = { username: alice.userid, password: alice.password, otp }
      assert.equal((await post(beta, useless)).status, 401)
    })

    test('eight wrong codes lock the factor until a recovery key opens it', async () => {
      for (let i = 0; i < 8; i += 1) assert.equal(await respond('totp:000000x'), 401)
      beta.advance(30_000)
      assert.equal(await respond(`totp:${beta.totp(username)}`), 401)
      const key = beta.account(username).recoveryKeys?.[1]
      assert.equal(await respond(`recovery:${key}`), 200)
      beta.advance(30_000)
      assert.equal(await respond(`totp:${beta.totp(username)}`), 200)
    })
  })

  describe('rights', () => {
    test('a console without VM.Audit: nothing listed, yet it opens', async () => {
      const session = await signIn(alpha, 'carol@pve')
      const list = await call(alpha, 'GET', '/cluster/resources?type=vm', { session })
      assert.deepEqual(list.json, { data: [] })
      const path = '/nodes/a/qemu/100/vncproxy'
      const params = { websocket: '1' }
      assert.equal((await call(alpha, 'POST', path, { session, params })).status, 200)
      const rights = await call(alpha, 'GET', '/access/permissions', { session })
      assert.deepEqual(rights.json, { data: { '/vms/100': { 'VM.Console': 0 } } })
    })

    test('where a guest is can be found out by everybody, one place after another', async () => {
      const session = await signIn(alpha, 'none@pve')
      const at = async (place: string) => {
        const { status, json } = await call(alpha, 'GET', `/nodes/${place}/status`, { session })
        return status === 200 || (json as { message: string }).message.trim()
      }
      assert.equal(await at('c/lxc/210'), true)
      const missing = (file: string) => `Configuration file 'nodes/${file}.conf' does not exist`
      assert.equal(await at('a/lxc/210'), missing('a/lxc/210'))
      assert.equal(await at('c/qemu/210'), missing('c/qemu-server/210'))
    })

    const unfound = "unable to find configuration file for VM 110 on node 'a'"
    const unread = "Configuration file 'nodes/a/qemu-server/110.conf' does not exist"
    const elsewhere: [place: string, action: string, says: string, inTask: boolean][] = [
      ['a/qemu/110', 'start', unread, true],
      ['a/qemu/110', 'stop', unfound, true],
      ['a/qemu/110', 'shutdown', unfound, true],
      ['a/qemu/110', 'reset', unfound, false],
      ['a/qemu/110', 'reboot', unfound, false],
      ['a/qemu/110', 'suspend', unfound, false],
      ['a/qemu/110', 'resume', unfound, false],
      ['a/lxc/210', 'start', "Configuration file 'nodes/a/lxc/210.conf' does not exist", true],
      ['a/lxc/210', 'stop', 'CT 210 not running', false],
      ['a/lxc/210', 'reboot', 'CT 210 not running', false],
    ]
    for (const [place, action, says, inTask] of elsewhere) {
      const how = inTask ? 'in its task' : 'at once'
      test(`${action} at ${place}, where the guest is not, fails ${how}`, async () => {
        const session = await signIn(alpha, 'root@pam')
        const asked = await call(alpha, 'POST', `/nodes/${place}/status/${action}`, { session })
        assert.equal(asked.status, inTask ? 200 : 500)
        if (!inTask) return assert.equal(asked.reason, says)
        const { data: upid } = asked.json as { data: string }
        const task = `/nodes/a/tasks/${encodeURIComponent(upid)}/status`
        const { json } = await call(alpha, 'GET', task, { session })
        assert.equal((json as { data: { exitstatus: string } }).data.exitstatus, says)
      })
    }

    test('a password full of traps signs in, in any spelling of the realm', async () => {
      const { user, password } = alpha.account('odd%3B;n+me@pve')
      const answer = await post(alpha, { username: user, realm: 'PVE', password })
      const { username } = (answer.json as { data: { username: string } }).data
      assert.equal(username, 'odd%3B;n+me@pve')
    })

    test('a single node has no cluster name and no cluster entry', async () => {
      const { password } = beta.account('root@pam')
      const { json } = await post(beta, { username: 'root@pam', password })
      assert.equal('clustername' in (json as { data: object }).data, false)
      const session = await signIn(beta, 'root@pam')
      const status = await call(beta, 'GET', '/cluster/status', { session })
      assert.deepEqual(
        (status.json as { data: { type: string }[] }).data.map(({ type }) => type),
        ['node'],
      )
    })
  })

  test('resources are up to ten seconds late, and the node is not', async () => {
    const session = await signIn(alpha, 'root@pam')
    const statusOf103 = async () => {
      const { json } = await call(alpha, 'GET', '/cluster/resources?type=vm', { session })
      const { data } = json as { data: { vmid: number; status: string }[] }
      return data.find(({ vmid }) => vmid === 103)?.status
    }
    alpha.publishResources()
    await alpha.guest(103).start()
    const current = await call(alpha, 'GET', '/nodes/a/qemu/103/status/current', { session })
    assert.match(current.text, /"status":"running"/)
    assert.equal(await statusOf103(), 'stopped')
    alpha.advance(10_000)
    assert.equal(await statusOf103(), 'running')
  })

  test('all secrets handed out can be looked for', async () => {
    const session = await signIn(alpha, 'root@pam')
    const all = alpha.secrets.all()
    for (const secret of [session.ticket, session.csrf, alpha.account('root@pam').password]) {
      assert.ok(all.includes(secret))
    }
  })
})
