/** What PVE 7 to 9 say when they say no, on each way on which they say it, and what people are told. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FailureCode } from '../../src/errors.ts'
import { FAILURES } from '../../src/failure-table.ts'
import type { HostAnswer } from '../../src/pve/host.ts'
import { en } from '../../web/i18n/en.ts'
import { ko } from '../../web/i18n/ko.ts'
import { no } from '../pve/fake-host.ts'
import { join } from '../relay/chance.ts'
import { problemOf, Rig } from './rig.ts'
import { Scene, until, VERSION } from './scene.ts'

interface Row {
  readonly about: string
  readonly status: number
  readonly reasons: readonly string[]
  /** Whether API code wrote it: it has a body with a message since PVE 8.3, before only the phrase. */
  readonly json?: boolean
  readonly code: FailureCode
  /** Of a power action, where that is another. */
  readonly power?: FailureCode
}

const ROWS: readonly Row[] = [
  { about: 'no ticket', status: 401, reasons: ['No ticket'], code: 'session_expired' },
  {
    about: 'a ticket that is over, or whose user is',
    status: 401,
    reasons: [
      'Authentication failed!',
      'permission denied - invalid PVE ticket',
      "no such user ('anna@pam')",
      "user 'anna@pam' is disabled",
      '',
    ],
    code: 'session_expired',
  },
  {
    about: 'a foreign request token',
    status: 401,
    reasons: ['Permission denied - invalid csrf token'],
    code: 'session_expired',
  },
  {
    about: 'a missing privilege',
    status: 403,
    reasons: [
      'Permission check failed (/vms/100, VM.Console)',
      'Permission check failed (user != root@pam)',
      'Permission check failed',
      '',
    ],
    json: true,
    code: 'forbidden',
  },
  {
    about: 'a call that API tokens may not make',
    status: 403,
    reasons: [
      "Permission check failed (URI '/access/ticket' not available with API token, need proper ticket.)",
    ],
    json: true,
    code: 'forbidden',
  },
  {
    about: 'bad parameters',
    status: 400,
    reasons: ['Parameter verification failed.'],
    json: true,
    code: 'pve_error',
  },
  {
    about: 'an unknown path',
    status: 501,
    reasons: ["Method 'GET /foo' not implemented"],
    json: true,
    code: 'pve_error',
  },
  {
    about: 'an unknown file',
    status: 500,
    reasons: ["no such file '/x'"],
    code: 'pve_error',
  },
  {
    about: 'a guest that is not on the node',
    status: 500,
    reasons: [
      "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist",
      "unable to find configuration file for VM 100 on node 'pve1'",
    ],
    json: true,
    code: 'no_such_guest',
  },
  {
    about: 'an unknown node',
    status: 500,
    reasons: [
      "hostname lookup 'x' failed - failed to get address info for: x: Name or service not known",
      "hostname lookup 'x' failed - failed to get address info for: x: Temporary failure in name resolution",
    ],
    json: true,
    code: 'no_such_node',
  },
  {
    about: 'a node that is off, or its local daemon',
    status: 595,
    reasons: ['Connection refused', 'No route to host', 'Connection timed out', ''],
    code: 'node_unreachable',
  },
  {
    about: 'a node that is slow, or shows another certificate',
    status: 596,
    reasons: ['Connection timed out', 'ssl3_get_server_certificate: certificate verify failed'],
    code: 'node_unreachable',
  },
  {
    about: 'a body that broke between nodes',
    status: 597,
    reasons: ['Connection reset by peer'],
    code: 'node_unreachable',
  },
  {
    about: 'whatever else can break between nodes',
    status: 599,
    reasons: ['unexpected end of file', ''],
    code: 'node_unreachable',
  },
  {
    about: 'a guest that is off',
    status: 500,
    reasons: ['VM 100 not running', 'CT 100 not running'],
    json: true,
    code: 'guest_not_running',
    power: 'wrong_state',
  },
  {
    about: 'a guest that is on',
    status: 500,
    reasons: ['VM 100 already running', 'CT 100 already running'],
    json: true,
    code: 'pve_error',
    power: 'wrong_state',
  },
  {
    about: 'a guest that is locked',
    status: 500,
    reasons: ['VM is locked (migrate)', 'CT is locked (backup)'],
    json: true,
    code: 'guest_locked',
  },
  {
    about: 'something else that is locked, or does not run',
    status: 500,
    reasons: ['database is locked', 'QEMU guest agent is not running'],
    json: true,
    code: 'pve_error',
  },
  {
    about: 'a cluster without quorum',
    status: 500,
    reasons: ['cluster not ready - no quorum?'],
    json: true,
    code: 'no_quorum',
  },
  {
    about: 'a node without a free port',
    status: 500,
    reasons: ['unable to find free port (5900-6000)'],
    json: true,
    code: 'ports_exhausted',
  },
  {
    about: 'a console whose listener did not come up',
    status: 500,
    reasons: ["Timeout while waiting for port '5900' to get ready!"],
    json: true,
    code: 'host_timeout',
  },
  {
    about: 'a body that is too large',
    status: 501,
    reasons: ['for data too large'],
    code: 'pve_error',
  },
  {
    about: 'a form of request that PVE does not take',
    status: 501,
    reasons: [
      'chunked transfer encoding not supported',
      "method 'HEAD' not available",
      "Unexpected content for method 'DELETE'",
    ],
    code: 'pve_error',
  },
  {
    about: 'a type of body that PVE does not take',
    status: 506,
    reasons: ["upload 'Content-Type 'text/plain' not implemented"],
    code: 'pve_error',
  },
  {
    about: 'a broken body',
    status: 500,
    reasons: ['malformed JSON string, neither tag, array, object, number, string or atom'],
    code: 'pve_error',
  },
]

/** Each form in which an answer comes: what the phrase says alone, and what a body says with it. */
function formsOf({ status, reasons, json = false }: Row): HostAnswer[] {
  return reasons.flatMap((reason) => {
    const alone = no(status, reason)
    if (!json) return [alone, no(status, reason, reason)]
    const errors = { vmid: 'canary' }
    const body = JSON.stringify({ data: null, message: `${reason}\n`, errors })
    return [alone, no(status, reason, body), no(status, 'Some phrase', body)]
  })
}

/** A rig that is signed in, and whose PVE then answers so to calls of this ending. */
async function answering(ending: string, answer: HostAnswer, scene = new Scene()): Promise<Scene> {
  const { home } = scene.rig
  await scene.rig.enter()
  await scene.rig.ask('/api/guests')
  const { answering } = home
  home.answering = (call) => (call.path.endsWith(ending) ? answer : answering(call))
  return scene
}

/** The words of PVE's that nobody is shown. */
function assertOwnWords(said: string, { reason }: HostAnswer): void {
  assert.ok(!said.includes('canary'), said)
  if (reason.length > 12) assert.ok(!said.includes(reason), said)
}

async function assertProblem(asked: Response, code: FailureCode, answer: HostAnswer) {
  const problem = await problemOf(asked)
  assert.deepEqual([problem.code, asked.status], [code, FAILURES[code].status], answer.reason)
  assertOwnWords(JSON.stringify(problem), answer)
  return problem
}

for (const row of ROWS) {
  const { about, status, code, power = code } = row
  describe(`${about} (${status})`, () => {
    test(`is ${code} when a guest is looked at`, async () => {
      for (const answer of formsOf(row)) {
        const { rig } = await answering('/status/current', answer)
        await assertProblem(await rig.ask('/api/hosts/home/guests/100'), code, answer)
      }
    })

    test(`is ${code} in the list, which is there all the same`, async () => {
      for (const answer of formsOf(row)) {
        const { rig } = await answering('/cluster/resources', answer)
        await rig.enter('lab')
        rig.clock.advance(5000)
        const list = await rig.ask('/api/guests')
        assert.equal(list.status, 200)
        const text = await list.text()
        const { guests, problems } = JSON.parse(text)
        const hosts = guests.map(({ host }: { host: string }) => host)
        const codes = problems.map((each: { code: string }) => each.code)
        assert.deepEqual([hosts, codes], [['lab'], [code]])
        assertOwnWords(text, answer)
      }
    })

    test(`is ${power} when a guest is switched off`, async () => {
      for (const answer of formsOf(row)) {
        const { rig } = await answering('/status/stop', answer)
        const asked = await rig.post('/api/hosts/home/guests/100/power', { action: 'stop' })
        await assertProblem(asked, power, answer)
      }
    })

    test(`closes a console with ${FAILURES[code].close} ${code}`, async () => {
      for (const answer of formsOf(row)) {
        const scene = await answering('/vncproxy', answer)
        await scene.connect()
        scene.browser.arrive(join([VERSION, Uint8Array.of(1, 1)]))
        assert.deepEqual(await scene.closed(), [FAILURES[code].close, code])
        assertOwnWords(scene.everythingTold(), answer)
      }
    })

    test('has a sentence in both languages', () => {
      for (const said of [code, power]) {
        for (const { reason } of [en, ko]) {
          assert.ok(said in reason && reason[said as keyof typeof reason].title.length > 5, said)
        }
      }
    })
  })
}

describe('a refusal of the ticket', () => {
  const calls = ({ home }: Rig, ending: string): number =>
    home.calls.filter(({ path }) => path.endsWith(ending)).length

  test('costs one renewal and one more try, and then the sign-in', async () => {
    const { rig } = await answering('/status/current', no(401, 'Authentication failed!'))
    const [before, looks] = [calls(rig, '/ticket'), calls(rig, '/status/current')]
    await rig.ask('/api/hosts/home/guests/100')
    assert.equal(calls(rig, '/ticket') - before, 1)
    assert.equal(calls(rig, '/status/current') - looks, 2)
    assert.equal(rig.deps.sessions.size, 0)
  })

  test('of a console ticket is no matter of the sign-in: it is opened once more', async () => {
    const refusal = no(401, 'permission denied - invalid PVEVNC ticket')
    const scene = await answering('/vncproxy', refusal)
    await scene.connect()
    scene.browser.arrive(join([VERSION, Uint8Array.of(1, 1)]))
    assert.deepEqual(await scene.closed(), [4502, 'pve_error'])
    assert.equal(scene.proxyCalls, 2)
    assert.equal(scene.rig.deps.sessions.size, 1)
  })
})

describe('a sign-in', () => {
  const ask = (rig: Rig) =>
    rig.post('/api/hosts/home/session', { username: 'anna', realm: 'pam', password: 'right' })

  const rows: [status: number, reason: string, code: FailureCode][] = [
    [401, 'authentication failure', 'login_failed'],
    [400, 'Parameter verification failed.', 'login_failed'],
    [595, 'Connection refused', 'node_unreachable'],
    [500, 'cluster not ready - no quorum?', 'no_quorum'],
    [501, "Method 'POST /access/ticket' not implemented", 'pve_error'],
  ]
  for (const [status, reason, code] of rows) {
    test(`that PVE answers with ${status} ${reason} is ${code}`, async () => {
      const rig = new Rig()
      const answer = no(status, reason, JSON.stringify({ data: null, message: `${reason}\n` }))
      rig.home.answering = () => answer
      await assertProblem(await ask(rig), code, answer)
      assert.equal(rig.deps.sessions.size, 0)
    })
  }
})

describe('a missing privilege', () => {
  const rows: [reason: string, hint: RegExp][] = [
    [
      'Permission check failed (/vms/100, VM.PowerMgmt)',
      /^Ask for .* VM\.PowerMgmt on \/vms\/100\.$/,
    ],
    ['Permission check failed (/, Sys.Audit)', /^Ask for the privilege Sys\.Audit on \/\.$/],
    ['Permission check failed (/vms/100, VM.GuestAgent.Audit)', /VM\.GuestAgent\.Audit on/],
    ['Permission check failed (/vms/<b>, VM.Console)', /VM\.Console on the guest/],
    ['Permission check failed (/vms/100, <script>)', /VM\.Console on the guest/],
    ['Permission check failed', /VM\.Console on the guest/],
  ]
  for (const [reason, hint] of rows) {
    test(`is named where PVE names it: ${reason}`, async () => {
      const { rig } = await answering('/status/current', no(403, reason))
      const problem = await problemOf(await rig.ask('/api/hosts/home/guests/100'))
      assert.match(String(problem.hint), hint)
      assert.doesNotMatch(JSON.stringify(problem), /</)
    })
  }
})

test('a guest that is locked by a task is waited for, whatever the task', async () => {
  const scene = await answering('/vncproxy', no(500, 'VM is locked (snapshot-delete)'))
  await scene.connect()
  await until(() => scene.browser.closed !== null, 'a close')
  assert.deepEqual(scene.browser.closed, { code: 4409, reason: 'guest_locked' })
})
