import type { ConsoleKind, Guest } from '../../src/http/contract.ts'
import type { ConsoleTexts } from '../i18n/en-console.ts'
import { fill } from '../i18n/fill.ts'
import type { Band, BandSubject } from '../model/band.ts'
import { type ChosenKind, otherKind } from '../model/console-kind.ts'
import type { ConsoleState } from '../model/console-machine.ts'
import { plainLine } from '../model/format.ts'
import { lockWord, markOf, type StatusMark } from '../model/guest-status.ts'
import type { PowerNote } from '../model/power-note.ts'
import type { ConsoleTarget } from '../model/route.ts'

/** What the band's sentences are about. */
export function subjectOf(
  about: {
    readonly target: ConsoleTarget
    readonly chosen: ChosenKind
    readonly offered: readonly ConsoleKind[]
    readonly guest: Guest | undefined
    readonly power: PowerNote | undefined
    readonly host: string
    readonly name: string
  },
  texts: ConsoleTexts,
): BandSubject {
  const { target, chosen, offered, guest, power, host, name } = about
  const isNode = 'node' in target
  return {
    ...{ host, power, isNode },
    guest: name,
    vmid: isNode ? '' : String(target.vmid),
    node: isNode ? target.node : (guest?.node ?? ''),
    right: isNode ? 'Sys.Console' : 'VM.Console',
    path: isNode ? `/nodes/${target.node}` : `/vms/${target.vmid}`,
    lock: guest?.lock ? lockWord(guest.lock, texts) : '',
    lockKey: guest?.lock ?? '',
    kind: chosen.kind,
    otherKind: otherKind(offered, chosen),
    boots: guest?.type === 'qemu' && chosen.kind === 'vnc',
    status: guest?.status ?? '',
    mayPower: guest?.can.power ?? false,
  }
}

/** The guest's own name; without one, what it is called here. */
export function consoleName(
  target: ConsoleTarget,
  name: string | undefined,
  texts: ConsoleTexts,
): string {
  if ('node' in target) return fill(texts.console.node, { node: target.node })
  return plainLine(name ?? '') || fill(texts.console.guest, { vmid: target.vmid })
}

/** The state as the toolbar and the tab show it: what is waited for, else the guest's own. */
export function markFor(
  band: Band | undefined,
  guest: Guest | undefined,
  texts: ConsoleTexts,
): StatusMark {
  if (band) return { glyph: band.glyph, tone: band.tone, word: band.label }
  return guest ? markOf(guest, texts) : { glyph: 'run', tone: 'run', word: texts.band.label.live }
}

/** For how long the picture has not been live. */
export function awayNote(state: ConsoleState, now: number, text: string): string {
  const away = ['connecting', 'reconnecting', 'host-down', 'stalled'].includes(state.phase)
  return away && state.liveAt > 0
    ? fill(text, { n: Math.max(0, Math.round((now - state.liveAt) / 1000)) })
    : ''
}
