import type { ConsoleKind } from '../../src/http/contract.ts'
import type { ConsoleTexts } from '../i18n/en-console.ts'
import { fill } from '../i18n/fill.ts'
import { sentence, words } from './band-sentence.ts'
import { judge, type Verdict } from './close-codes.ts'
import type { ConsoleState } from './console-machine.ts'
import { endBand } from './end-band.ts'
import type { Glyph, Tone } from './guest-status.ts'
import { type PowerNote, powerBand } from './power-note.ts'

export type BandAction =
  | 'tryNow'
  | 'back'
  | 'start'
  | 'catchBoot'
  | 'resume'
  | 'again'
  | 'check'
  | 'reconnect'
  | 'seeChange'
  | 'seeCertificate'
  | 'asTerminal'
  | 'asScreen'
  | 'showConsoles'
  | 'takeBack'

/** What stands over the picture while it is not live. */
export interface Band {
  readonly tone: Tone
  readonly glyph: Glyph
  readonly label: string
  readonly title: string
  /** The title without its seconds, for those who hear it. */
  readonly heard: string
  readonly detail: string
  /** Keys are being lost just now, and that is said without being asked. */
  readonly keysLost: boolean
  /** The first is the one that is meant. */
  readonly actions: readonly BandAction[]
  readonly form: 'password' | undefined
  /** Share of the wait that is over, 0 to 1; undefined where nothing is waited for by the clock. */
  readonly progress: number | undefined
}

/** What the sentences are about. */
export interface BandSubject {
  readonly host: string
  readonly guest: string
  readonly vmid: string
  readonly node: string
  readonly right: string
  readonly path: string
  readonly lock: string
  readonly isNode: boolean
  readonly kind: ConsoleKind
  /** What else its console could be. */
  readonly otherKind: ConsoleKind | undefined
  /** It is a machine with a boot menu that can be caught. */
  readonly boots: boolean
  readonly status: string
  readonly lockKey: string
  readonly mayPower: boolean
  /** A power action that was asked for here, and what became of it. */
  readonly power: PowerNote | undefined
}

/** The band for a state at `now` ms; undefined while the picture is live and the guest runs. */
export function bandFor(
  state: ConsoleState,
  subject: BandSubject,
  texts: ConsoleTexts,
  now: number,
): Band | undefined {
  switch (state.phase) {
    case 'live':
      return subject.status === 'paused' ? pausedBand(subject, texts) : undefined
    case 'idle':
    case 'connecting':
      return state.why ? tryingBand(state, judge(state.why), subject, texts) : openingBand(texts)
    case 'stalled':
      return stalledBand(state, texts)
    case 'reconnecting':
    case 'host-down':
      return waitingBand(state, subject, texts, now)
    case 'guest-away':
      // It runs, but its screen could not be had yet a moment ago.
      return subject.status === 'running' && subject.lock === '' && state.failures > 1
        ? openingBand(texts)
        : awayBand(judge(state.why ?? lostLine), subject, texts)
    case 'needs-login':
      return loginBand(judge(state.why ?? lostLine), subject, texts)
    case 'ended':
      return endBand(judge(state.why ?? lostLine), subject, texts)
  }
}

const lostLine = { code: 1006, reason: '' }
const stopped = judge({ code: 4409, reason: 'guest_not_running' })

function openingBand(texts: ConsoleTexts): Band {
  return {
    tone: 'wait',
    glyph: 'wait',
    label: texts.band.label.connecting,
    title: texts.band.opening,
    heard: texts.band.opening,
    detail: '',
    keysLost: false,
    actions: [],
    form: undefined,
    progress: undefined,
  }
}

function stalledBand(state: ConsoleState, texts: ConsoleTexts): Band {
  const silent = state.why !== undefined
  const title = silent ? texts.reason.network.title : texts.band.stalled
  return {
    ...openingBand(texts),
    label: silent ? texts.band.label.noAnswer : texts.band.label.offline,
    title,
    heard: title,
    detail: silent ? texts.band.silentDetail : texts.band.stalledDetail,
    keysLost: true,
    actions: silent ? ['tryNow', 'back'] : ['back'],
  }
}

function tryingBand(
  state: ConsoleState,
  verdict: Verdict,
  subject: BandSubject,
  texts: ConsoleTexts,
): Band {
  const opening = openingBand(texts)
  const waits = verdict.next === 'retry' || verdict.next === 'host-down'
  if (!waits) return opening
  const hostDown = verdict.next === 'host-down'
  const title = hostDown ? fill(texts.band.hostTrying, words(subject)) : texts.band.trying
  return {
    ...opening,
    label: hostDown ? texts.band.label.noAnswer : texts.band.label.reconnecting,
    title,
    heard: title,
    detail: attemptAndWhy(state, verdict, subject, texts),
    keysLost: true,
    actions: ['back'],
    progress: 1,
  }
}

function attemptAndWhy(
  state: ConsoleState,
  verdict: Verdict,
  subject: BandSubject,
  texts: ConsoleTexts,
): string {
  const attempt = fill(texts.band.attempt, { n: state.failures })
  const { detail } = sentence(verdict, subject, texts)
  return [attempt, detail].filter(Boolean).join(' ')
}

function waitingBand(
  state: ConsoleState,
  subject: BandSubject,
  texts: ConsoleTexts,
  now: number,
): Band {
  const verdict = judge(state.why ?? lostLine)
  const hostDown = state.phase === 'host-down'
  const left = Math.max(0, state.dueAt - now)
  const whole = Math.max(1, state.dueAt - state.since)
  const title = hostDown ? texts.band.hostDown : texts.band.lost
  return {
    tone: 'wait',
    glyph: 'wait',
    label: hostDown ? texts.band.label.noAnswer : texts.band.label.reconnecting,
    title: fill(title, { ...words(subject), n: Math.ceil(left / 1000) }),
    heard: fill(texts.reason[hostDown ? 'host_unreachable' : 'lost'].title, words(subject)),
    detail: attemptAndWhy(state, verdict, subject, texts),
    keysLost: true,
    actions: ['tryNow', 'back'],
    form: undefined,
    progress: Math.min(1, 1 - left / whole),
  }
}

function pausedBand(subject: BandSubject, texts: ConsoleTexts): Band {
  const title = fill(texts.band.paused, words(subject))
  const plain: Band = {
    tone: 'warn',
    glyph: 'pause',
    label: texts.band.label.paused,
    title,
    heard: title,
    keysLost: false,
    detail: texts.band.pausedDetail,
    actions: ['back'],
    form: undefined,
    progress: undefined,
  }
  return powerBand(plain, 'resume', subject, texts)
}

function awayBand(verdict: Verdict, subject: BandSubject, texts: ConsoleTexts): Band {
  const base = { form: undefined, progress: undefined, keysLost: false }
  if (subject.lockKey === 'migrate') {
    const title = fill(texts.band.migrating, words(subject))
    return {
      ...base,
      tone: 'busy',
      glyph: 'lock',
      label: texts.lock.migrate,
      title,
      heard: title,
      detail: texts.band.migratingDetail,
      actions: ['back'],
    }
  }
  const locked = verdict.sentence === 'guest_locked' && subject.status !== 'stopped'
  const reason = locked || subject.lock !== '' ? verdict : stopped
  const said = sentence(reason, subject, texts)
  if (reason.sentence === 'guest_locked') {
    const label = subject.lock || texts.band.label.locked
    return { ...base, ...said, tone: 'busy', glyph: 'lock', label, actions: ['back'] }
  }
  const label = texts.band.label.stopped
  const off: Band = { ...base, ...said, tone: 'still', glyph: 'stop', label, actions: ['back'] }
  return powerBand(off, 'start', subject, texts)
}

function loginBand(verdict: Verdict, subject: BandSubject, texts: ConsoleTexts): Band {
  return {
    ...sentence(verdict, subject, texts),
    tone: 'warn',
    glyph: 'pause',
    label: texts.band.label.session,
    actions: [],
    form: 'password',
    progress: undefined,
  }
}
