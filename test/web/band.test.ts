import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { en as pageWords } from '../../web/i18n/en.ts'
import { type ConsoleTexts, enConsole } from '../../web/i18n/en-console.ts'
import { ko as koreanPageWords } from '../../web/i18n/ko.ts'
import { koConsole } from '../../web/i18n/ko-console.ts'
import { type BandSubject, bandFor } from '../../web/model/band.ts'
import { knownCodes, reasonsOf } from '../../web/model/close-codes.ts'
import { type ConsoleState, idle, step } from '../../web/model/console-machine.ts'

const en = { ...pageWords, ...enConsole }
const ko: ConsoleTexts = { ...koreanPageWords, ...koConsole }

const subject: BandSubject = {
  host: 'Home cluster',
  guest: 'db-01',
  vmid: '104',
  node: 'pve1',
  right: 'VM.Console',
  path: '/vms/104',
  lock: '',
  lockKey: '',
  isNode: false,
  kind: 'vnc',
  otherKind: undefined,
  boots: false,
  status: 'running',
  mayPower: true,
  power: undefined,
}

function closed(code: number, reason: string): ConsoleState {
  const opened = step(idle, { type: 'start', at: 0 }, () => 0.5).state
  const close = { code, reason }
  return step(opened, { type: 'closed', socket: 1, close, at: 0 }, () => 0.5).state
}

const bandOf = (
  state: ConsoleState,
  over: Partial<BandSubject> = {},
  now = 0,
  texts: ConsoleTexts = en,
) => bandFor(state, { ...subject, ...over }, texts, now)

describe('the band', () => {
  test('has a title, a detail and a way on after every close, in both languages', () => {
    const closes = knownCodes.flatMap((code) => reasonsOf(code).map((reason) => ({ code, reason })))
    for (const { code, reason } of [...closes, { code: 1006, reason: '' }]) {
      for (const texts of [en, ko]) {
        const band = bandOf(closed(code, reason), {}, 0, texts)
        const about = `${code} ${reason}`
        if (code === 4410) {
          assert.equal(band?.title, texts.band.opening, about)
          continue
        }
        assert.ok(band && band.title.length > 3 && band.detail.length > 3, about)
        assert.ok(band.actions.length > 0 || band.form, about)
        assert.doesNotMatch(`${band.title} ${band.detail} ${band.heard}`, /[{}]|undefined/, about)
      }
    }
  })

  test('is gone while the picture is live', () => {
    const live = { ...closed(1006, ''), phase: 'live' } as const
    assert.equal(bandOf(live), undefined)
    assert.deepEqual(bandOf(live, { status: 'paused' })?.actions, ['resume', 'back'])
  })

  test('counts down, and says the seconds only to the eye', () => {
    const state = closed(4503, 'host_unreachable')
    const start = bandOf(state)
    assert.equal(start?.title, 'Home cluster does not answer. Next try in 1 s.')
    assert.equal(start?.heard, 'Home cluster does not answer.')
    assert.equal(start?.progress, 0)
    assert.equal(start?.keysLost, true)
    assert.equal(bandOf(state, {}, state.dueAt / 2)?.progress, 0.5)
    assert.equal(bandOf(state, {}, state.dueAt + 99)?.progress, 1)
  })

  test('keeps its place while the next try runs', () => {
    const waiting = closed(1001, 'restarting')
    const trying = step(waiting, { type: 'online', at: 100 }, () => 0.5).state
    assert.equal(bandOf(trying)?.title, 'Connection lost. Trying now.')
  })

  test('offers Start only to whom PVE lets, and says what became of it', () => {
    const off = closed(4409, 'guest_not_running')
    assert.deepEqual(bandOf(off)?.actions, ['start', 'back'])
    const without = bandOf(off, { mayPower: false })
    assert.deepEqual(without?.actions, ['back'])
    assert.match(without?.detail ?? '', /VM\.PowerMgmt/)
    const asked = bandOf(off, { power: { kind: 'asked', action: 'start' } })
    assert.deepEqual([asked?.title, asked?.actions], ['db-01 is starting.', ['back']])
    const words = { kind: 'failed', action: 'start', words: 'start failed' } as const
    const failed = bandOf(off, { power: words })
    assert.equal(failed?.title, 'db-01 did not start.')
    assert.equal(failed?.detail, 'PVE says: start failed')
    assert.deepEqual(failed?.actions, ['start', 'back'])
    const refused = bandOf(off, {
      power: { kind: 'refused', action: 'start', title: 'No.', detail: 'Why.' },
    })
    assert.deepEqual([refused?.title, refused?.detail, refused?.label], ['No.', 'Why.', 'Error'])
  })

  test('says that it opens when the guest runs but its screen could not be had yet', () => {
    const off = closed(4409, 'guest_not_running')
    assert.equal(bandOf(off)?.title, 'db-01 is not running.')
    assert.equal(bandOf({ ...off, failures: 2 })?.title, en.band.opening)
  })

  test('names the lock, and stops naming it when the guest is merely off', () => {
    const locked = closed(4409, 'guest_locked')
    const backup = { lock: 'Backup', lockKey: 'backup' }
    assert.equal(bandOf(locked, backup)?.title, 'db-01 is locked: Backup.')
    const moving = bandOf(locked, { lock: 'Migrating', lockKey: 'migrate' })
    assert.equal(moving?.title, 'db-01 is moving to another node.')
    assert.equal(bandOf(locked, { status: 'stopped' })?.title, 'db-01 is not running.')
  })

  test('offers the other console where this one is not there', () => {
    const none = closed(4404, 'no_such_console')
    assert.equal(bandOf(none)?.title, en.reason.no_such_console.title)
    assert.deepEqual(bandOf(none)?.actions, ['check', 'back'])
    const screen = bandOf(none, { otherKind: 'terminal' })
    assert.deepEqual(screen?.actions, ['asTerminal', 'check', 'back'])
    const terminal = bandOf(none, { kind: 'terminal', otherKind: 'vnc' })
    assert.equal(terminal?.title, en.band.noTerminal)
    assert.deepEqual(terminal?.actions, ['asScreen', 'check', 'back'])
  })

  test('lets a machine that boots be caught, and what was taken over be taken back', () => {
    const off = closed(4409, 'guest_not_running')
    assert.deepEqual(bandOf(off, { boots: true })?.actions, ['start', 'catchBoot', 'back'])
    const elsewhere = bandOf(closed(1000, 'taken_over'), { kind: 'terminal' })
    assert.equal(elsewhere?.title, en.reason.taken_over.title)
    assert.deepEqual(elsewhere?.actions, ['takeBack', 'back'])
    assert.equal(bandOf(closed(4429, 'too_many_consoles'))?.actions[0], 'showConsoles')
  })

  test('tells a device that is offline from a server that says nothing', () => {
    const live = { ...idle, phase: 'stalled', since: 1, liveAt: 1 } as const
    assert.equal(bandOf(live)?.title, en.band.stalled)
    const silent = bandOf({ ...live, why: { code: 1006, reason: '' } })
    assert.equal(silent?.title, en.reason.network.title)
    assert.deepEqual(silent?.actions, ['tryNow', 'back'])
  })

  test('names privilege and path', () => {
    const band = bandOf(closed(4403, 'forbidden'))
    assert.match(band?.detail ?? '', /VM\.Console on \/vms\/104/)
  })

  test('tells a shell from a guest, and a failure with its number from one without', () => {
    const shell = { kind: 'terminal' } as const
    assert.equal(bandOf(closed(1000, 'ended'), shell)?.title, en.band.shellEnded)
    assert.equal(bandOf(closed(1000, 'ended'))?.title, en.reason.ended.title)
    assert.match(bandOf(closed(4500, 'internal Q7'))?.title ?? '', /Log number Q7\./)
    assert.equal(bandOf(closed(4500, 'internal'))?.title, 'Something failed here.')
  })
})
