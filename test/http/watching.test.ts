/** What this server says of itself: figures, and who did what. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ok } from '../pve/fake-host.ts'
import { problemOf, Rig } from './rig.ts'
import { Scene as ScreenScene } from './scene.ts'
import { closing, TerminalScene } from './terminal-scene.ts'

interface AuditLine {
  readonly audit: string
  readonly [field: string]: unknown
}

function auditOf(rig: Rig): AuditLine[] {
  return rig.lines
    .map((line) => JSON.parse(line) as AuditLine)
    .filter((line) => line.audit !== undefined)
    .map(({ time: _, ...rest }) => rest as AuditLine)
}

async function metricsOf(rig: Rig): Promise<string[]> {
  const answer = await rig.ask('/metrics')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return (await answer.text()).split('\n')
}

describe('the figures', () => {
  const askers: [who: string, file: string, asking: Parameters<Rig['ask']>[1], status: number][] = [
    ['this machine', '', {}, 200],
    ['another machine', '', { peer: { address: '192.0.2.7' } }, 403],
    ['a proxy on this machine', '', { headers: { 'X-Forwarded-For': '192.0.2.7' } }, 403],
    ['this machine without the token', '[metrics]\ntoken = "t0k"', {}, 403],
    [
      'another machine with the token',
      '[metrics]\ntoken = "t0k"',
      { peer: { address: '192.0.2.7' }, headers: { Authorization: 'Bearer t0k' } },
      200,
    ],
    [
      'one with half the token',
      '[metrics]\ntoken = "t0k"',
      { headers: { Authorization: 'Bearer t0' } },
      403,
    ],
  ]
  for (const [who, file, asking, status] of askers) {
    test(`are ${status === 200 ? 'there' : 'not there'} for ${who}`, async () => {
      const answer = await new Rig(file).ask('/metrics', asking)
      assert.equal(answer.status, status)
      if (status === 403) assert.match(String((await problemOf(answer)).hint), /metrics\.token/)
    })
  }

  test('count sign-ins, sessions and consoles, and name nobody', async () => {
    const scene = new TerminalScene()
    const { rig } = scene
    const { browser, terminal } = await scene.live()
    await rig.post('/api/hosts/home/session', { username: 'eve', realm: 'pam', password: 'no' })
    browser.arrive(new Uint8Array(5))
    terminal.say('12345678')
    const open = await metricsOf(rig)
    for (const line of [
      'pve_console_sign_ins_total{host="home",result="ok"} 1',
      'pve_console_sign_ins_total{host="home",result="refused"} 1',
      'pve_console_sessions 1',
      'pve_console_consoles{kind="terminal"} 1',
      'pve_console_consoles{kind="vnc"} 0',
      'pve_console_consoles_opened_total{kind="terminal",host="home"} 1',
      'pve_console_relayed_bytes_total{direction="in"} 5',
      'pve_console_relayed_bytes_total{direction="out"} 10',
      'pve_console_opening_seconds_count{phase="proxy"} 1',
      'pve_console_host_ready{host="home"} 1',
      'pve_console_build_info{version="1.2.3",commit="abc",runtime="Test 1"} 1',
      'process_open_fds 20',
    ]) {
      assert.ok(open.includes(line), line)
    }
    terminal.port.end()
    await closing(browser, rig.clock)
    const closed = await metricsOf(rig)
    for (const line of [
      'pve_console_consoles{kind="terminal"} 0',
      'pve_console_consoles_closed_total{kind="terminal",host="home",reason="ended"} 1',
      'pve_console_relayed_bytes_total{direction="out"} 10',
    ]) {
      assert.ok(closed.includes(line), line)
    }
    assert.doesNotMatch(closed.join('\n'), /anna|\beve\b|"100"/)
  })

  test('say how late timers came, once', async () => {
    const rig = new Rig()
    rig.deps.metrics.watchLag(rig.clock)
    rig.clock.advance(1000)
    assert.ok((await metricsOf(rig)).includes('pve_console_event_loop_lag_seconds 0'))
  })
})

describe('the audit', () => {
  test('tells who opened which console, for how long, and how it ended', async () => {
    const scene = new ScreenScene()
    await scene.live()
    scene.rig.clock.advance(12_000)
    scene.browser.end({ code: 1001, reason: '' })
    const [signedIn, opened, closed] = auditOf(scene.rig)
    const { console, session } = opened as AuditLine
    const who = { host: 'home', user: 'anna@pam', client: '127.0.0.1' }
    assert.deepEqual(signedIn, { audit: 'signed_in', ...who, session })
    const what = { console, session, ...who, vmid: 100, kind: 'vnc' }
    assert.deepEqual(opened, { audit: 'console_opened', ...what })
    const end = { reason: 'left', seconds: 12, bytes_in: 0, bytes_out: 0 }
    assert.deepEqual(closed, { audit: 'console_closed', ...what, ...end })
  })

  test('tells of consoles that were refused', async () => {
    const scene = new ScreenScene()
    scene.status = 'stopped'
    await scene.rig.enter()
    await scene.connect()
    await scene.closed()
    const last = auditOf(scene.rig).at(-1)
    assert.deepEqual([last?.audit, last?.reason], ['console_closed', 'guest_not_running'])
  })

  test('tells of ways through an identity provider by their realm, until PVE says who it is', async () => {
    const rig = new Rig()
    const begin = async (): Promise<string> => {
      rig.clock.advance(1000)
      const answer = await rig.post('/api/hosts/home/session/openid', { realm: 'sso' })
      if (answer.status !== 200) return ''
      const { url } = (await answer.json()) as { url: string }
      return new URL(url).searchParams.get('state') ?? ''
    }
    const finish = async (code: string) => rig.post('/api/signin', { state: await begin(), code })
    await finish('good')
    await finish('wrong')
    for (let n = 0; n < 20; n++) await begin()
    const events = auditOf(rig).map(({ audit, user }) => `${audit} ${user}`)
    const limited = 'sign_in_limited @sso'
    assert.deepEqual(events, ['signed_in mina@sso', 'sign_in_refused @sso', limited])
    assert.doesNotMatch(rig.lines.join(''), /state-home|secret/)
  })

  test('tells of sign-ins that were refused and limited, of power actions and of signing out', async () => {
    const rig = new Rig()
    const { answering } = rig.home
    const upid = 'UPID:pve1:0000A1B2:00C3D4E5:662A1B2C:qmstop:100:anna@pam:'
    rig.home.answering = (call) =>
      call.path.endsWith('/status/stop')
        ? ok(upid)
        : call.path.endsWith('/status/current')
          ? ok({ status: 'running' })
          : answering(call)
    const wrong = { username: 'eve', realm: 'pam', password: 'wrong' }
    for (let n = 0; n < 6; n++) await rig.post('/api/hosts/home/session', wrong)
    await rig.enter()
    await rig.post('/api/hosts/home/guests/100/power', { action: 'stop' })
    await rig.ask('/api/session', { method: 'DELETE' })
    const events = auditOf(rig).map(({ audit, user }) => `${audit} ${user}`)
    assert.deepEqual(events, [
      ...Array.from({ length: 5 }, () => 'sign_in_refused eve@pam'),
      'sign_in_limited eve@pam',
      'signed_in anna@pam',
      'power_action anna@pam',
      'signed_out anna@pam',
    ])
    assert.doesNotMatch(rig.lines.join(''), /wrong|secret/)
  })
})
