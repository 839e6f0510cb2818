import type { PowerAction, Task } from '../../src/http/contract.ts'
import type { ConsoleTexts } from '../i18n/en-console.ts'
import { fill } from '../i18n/fill.ts'
import type { Band, BandSubject } from './band.ts'
import { plainLine } from './format.ts'

/** A power action that was asked for here, and what became of it. */
export type PowerNote =
  | { readonly kind: 'asked'; readonly action: PowerAction }
  /** It was not even begun. */
  | {
      readonly kind: 'refused'
      readonly action: PowerAction
      readonly title: string
      readonly detail: string
    }
  /** Its task ended without having done it. */
  | { readonly kind: 'failed'; readonly action: PowerAction; readonly words: string }

/** How much of PVE's words is shown, in characters. */
const wordsShown = 300

/** PVE's last words about a task: how it ended, else the last line of its log. */
export function lastWords(task: Task): string {
  const lines = [task.status ?? '', ...[...task.log].reverse()]
  const said = lines.map((line) => plainLine(line.replace(/^TASK ERROR: /, ''), wordsShown).trim())
  return said.find((line) => line !== '') ?? ''
}

/** The band of a guest that stands still, with what became of an action in place of the plain words. */
export function powerBand(
  plain: Band,
  action: 'start' | 'resume',
  subject: BandSubject,
  texts: ConsoleTexts,
): Band {
  const { power, mayPower, guest } = subject
  const { band } = texts
  if (!mayPower) return { ...plain, detail: `${plain.detail} ${band.noPowerRight}` }
  const catches = action === 'start' && subject.boots
  const offered: Band = {
    ...plain,
    actions: [action, ...(catches ? (['catchBoot'] as const) : []), 'back'],
  }
  if (power?.action !== action) return offered
  if (power.kind === 'asked') {
    const title = fill(power.action === 'start' ? band.starting : band.resuming, { guest })
    return { ...plain, tone: 'wait', glyph: 'wait', title, heard: title }
  }
  const trouble: Band = { ...offered, tone: 'bad', glyph: 'problem', label: band.label.fault }
  if (power.kind === 'refused') {
    return { ...trouble, title: power.title, heard: power.title, detail: power.detail }
  }
  const { words } = power
  const title = fill(power.action === 'start' ? band.startFailed : band.resumeFailed, { guest })
  const detail = words === '' ? band.noWords : fill(band.lastWords, { words })
  return { ...trouble, title, heard: `${title} ${detail}`, detail }
}

/** What became of an action where no band says it: the guest runs, and the console with it. */
export function powerStrip(
  power: PowerNote | undefined,
  guest: string,
  { console: texts, band }: ConsoleTexts,
): string {
  if (!power) return ''
  if (power.kind === 'asked') return fill(texts.powerAsked[power.action], { guest })
  if (power.kind === 'refused') return `${power.title} ${power.detail}`
  const { words } = power
  const why = words === '' ? band.noWords : fill(band.lastWords, { words })
  return `${fill(texts.powerFailed[power.action], { guest })} ${why}`
}
