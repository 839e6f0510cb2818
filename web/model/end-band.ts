import type { ConsoleTexts } from '../i18n/en-console.ts'
import type { Band, BandAction, BandSubject } from './band.ts'
import { sentence } from './band-sentence.ts'
import type { EndKind, Verdict } from './close-codes.ts'
import type { Glyph, Tone } from './guest-status.ts'

const endings: Readonly<
  Record<
    EndKind,
    {
      readonly tone: Tone
      readonly glyph: Glyph
      readonly label: keyof ConsoleTexts['band']['label']
      readonly actions: readonly BandAction[]
    }
  >
> = {
  ended: { tone: 'still', glyph: 'stop', label: 'ended', actions: ['again', 'back'] },
  forbidden: { tone: 'bad', glyph: 'problem', label: 'forbidden', actions: ['check', 'back'] },
  gone: { tone: 'still', glyph: 'unknown', label: 'gone', actions: ['back'] },
  'no-screen': { tone: 'still', glyph: 'unknown', label: 'gone', actions: ['check', 'back'] },
  untrusted: { tone: 'bad', glyph: 'problem', label: 'certificate', actions: [] },
  full: {
    tone: 'warn',
    glyph: 'problem',
    label: 'full',
    actions: ['showConsoles', 'tryNow', 'back'],
  },
  elsewhere: { tone: 'still', glyph: 'stop', label: 'elsewhere', actions: ['takeBack', 'back'] },
  slow: { tone: 'warn', glyph: 'problem', label: 'slow', actions: ['reconnect', 'back'] },
  fault: { tone: 'bad', glyph: 'problem', label: 'fault', actions: ['reconnect', 'back'] },
}

/** The band of a console that is over: only a person opens it again. */
export function endBand(verdict: Verdict, subject: BandSubject, texts: ConsoleTexts): Band {
  const ending = endings[verdict.end]
  const look: BandAction =
    verdict.sentence === 'certificate_changed' ? 'seeChange' : 'seeCertificate'
  return {
    ...sentence(verdict, subject, texts),
    ...endSentence(verdict, subject, texts),
    tone: ending.tone,
    glyph: ending.glyph,
    label: texts.band.label[ending.label],
    actions: [
      ...(verdict.end === 'untrusted' ? ([look, 'check'] as const) : []),
      ...(verdict.end === 'no-screen' ? otherWay(subject) : []),
      ...ending.actions,
    ],
    form: undefined,
    progress: undefined,
  }
}

/** What is said of a terminal where the sentence of its reason speaks of a screen. */
function endSentence(
  verdict: Verdict,
  { kind }: BandSubject,
  { band }: ConsoleTexts,
): Partial<Band> {
  if (kind !== 'terminal') return {}
  if (verdict.end === 'ended') {
    return { title: band.shellEnded, heard: band.shellEnded, detail: band.shellEndedDetail }
  }
  return verdict.end === 'no-screen'
    ? { title: band.noTerminal, heard: band.noTerminal, detail: band.noTerminalDetail }
    : {}
}

function otherWay({ otherKind }: BandSubject): readonly BandAction[] {
  if (!otherKind) return []
  return [otherKind === 'terminal' ? 'asTerminal' : 'asScreen']
}
