import type { ConsoleTexts } from '../i18n/en-console.ts'
import { fill } from '../i18n/fill.ts'
import type { BandSubject } from './band.ts'
import type { Verdict } from './close-codes.ts'

/** Title and detail of what happened, filled in. */
export function sentence(verdict: Verdict, subject: BandSubject, texts: ConsoleTexts) {
  const { detail } = texts.reason[verdict.sentence]
  const unnumbered = verdict.sentence === 'internal' && verdict.id === ''
  const { title } = texts.reason[unnumbered ? 'binary_only' : verdict.sentence]
  const values = { ...words(subject), id: verdict.id }
  const filled = fill(title, values)
  return { title: filled, heard: filled, detail: fill(detail, values), keysLost: false }
}

/** What may stand in a sentence. */
export function words(subject: BandSubject): Record<string, string> {
  const { host, guest, vmid, node, right, path, lock } = subject
  return { host, guest, vmid, node, right, path, lock }
}
