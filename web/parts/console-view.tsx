import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { ConsoleKind, Guest } from '../../src/http/contract.ts'
import type { ConsoleElement } from '../elements/console-element.ts'
import { VncScreen } from '../elements/vnc-screen.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import type { ConsoleTexts } from '../i18n/en-console.ts'
import { fill } from '../i18n/fill.ts'
import { type Band, type BandAction, type BandSubject, bandFor } from '../model/band.ts'
import { ctrlAltDel, strokesOfChord } from '../model/chords.ts'
import { type ChosenKind, offeredKinds, otherKind } from '../model/console-kind.ts'
import type { ConsoleState } from '../model/console-machine.ts'
import { plainLine } from '../model/format.ts'
import { lockWord, markOf, type StatusMark } from '../model/guest-status.ts'
import { type ConsoleTarget, consolePath, socketPath } from '../model/route.ts'
import { useApp, useStore } from '../state.ts'
import { useNow } from './clock.ts'
import { ConsoleBar } from './console-bar.tsx'
import { useConsoleTitle } from './console-title.ts'
import { useFullScreen } from './full-screen.ts'
import { StateBand } from './state-band.tsx'
import { TouchKeys, useKeyboardRoom } from './touch-keys.tsx'
import { useConsole, useGuest } from './use-console.ts'
import { useLogin } from './use-console-login.ts'
import { usePower } from './use-power.ts'

/** How often the seconds of a wait are counted down, in ms. */
const countEvery = 250

/** One console with its toolbar, and what stands over it while it is not live. */
export function ConsoleView(props: {
  target: ConsoleTarget
  chosen: ChosenKind
  choose: (kind: ChosenKind) => void
  /** What was learnt of the guest just now. */
  known: Guest | undefined
}) {
  const { target, chosen } = props
  const app = useApp()
  const texts = useConsoleTexts()
  const hosts = useStore(app.hosts)
  const page = useRef<HTMLDivElement>(null)
  const bar = useRef<HTMLDivElement>(null)
  const element = useRef<ConsoleElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const [fit, setFit] = useState(true)
  const [typing, setTyping] = useState(false)
  useKeyboardRoom(page, typing)
  const toConsole = () => element.current?.focus({ preventScroll: true })
  const toBar = () => bar.current?.querySelector<HTMLElement>('[data-action]')?.focus()
  const { state, dropped } = useConsole(element, target, toBar)
  const host = (hosts.known && hosts.list.find((each) => each.key === target.host)) || undefined
  const hostName = host?.label ?? target.host
  const { guest, lookNow } = useGuest(element, target, state, props.known)
  const [power, askPower] = usePower({
    target,
    host: hostName,
    status: guest?.status,
    lookAtGuest: lookNow,
    element,
  })
  const full = useFullScreen(page)
  const waiting = state.dueAt > 0 || state.phase === 'reconnecting'
  const now = useNow(waiting || state.phase !== 'live', countEvery)
  const login = useLogin(element, target, state)
  useLayoutEffect(() => void app.askHosts(), [])
  useTrustHelp(target, state)

  const offered = offeredKinds(target, guest)
  const name = consoleName(target, guest?.name, texts)
  const subject: BandSubject = {
    host: hostName,
    guest: name,
    vmid: 'vmid' in target ? String(target.vmid) : '',
    node: 'node' in target ? target.node : (guest?.node ?? ''),
    right: 'vmid' in target ? 'VM.Console' : 'Sys.Console',
    path: 'vmid' in target ? `/vms/${target.vmid}` : `/nodes/${target.node}`,
    lock: guest?.lock ? lockWord(guest.lock, texts) : '',
    lockKey: guest?.lock ?? '',
    isNode: 'node' in target,
    kind: chosen.kind,
    otherKind: otherKind(offered, chosen),
    boots: guest?.type === 'qemu' && chosen.kind === 'vnc',
    status: guest?.status ?? '',
    mayPower: guest?.can.power ?? false,
    power,
  }
  const band = bandFor(state, subject, texts, now)
  const mark = markFor(band, guest, texts)
  useConsoleTitle(band, mark, [name, subject.vmid].filter(Boolean).join(' '), subject.host)
  const act = (action: BandAction) => {
    if (action === 'back') return app.go('/')
    if (action === 'start' || action === 'resume') void askPower(action)
    else if (action === 'seeChange' || action === 'seeCertificate') toTrustHelp(app, target)
    else if (action === 'asTerminal') props.choose({ kind: 'terminal' })
    else if (action === 'asScreen') props.choose({ kind: 'vnc' })
    else element.current?.tell('retry')
    toConsole()
  }
  const sendCtrlAltDel = () => {
    if (element.current instanceof VncScreen) element.current.press(strokesOfChord(ctrlAltDel.keys))
  }
  return (
    <div class="console dark" ref={page} data-page="console" data-state={state.phase}>
      <ConsoleBar
        bar={bar}
        mark={mark}
        name={name}
        id={guest?.name ? subject.vmid : ''}
        place={[subject.isNode ? '' : subject.node, subject.host].filter(Boolean).join(', ')}
        note={awayNote(state, now, texts.console.away)}
        live={state.phase === 'live'}
        fit={fit}
        full={full.on}
        toggleFit={() => {
          setFit(!fit)
          toConsole()
        }}
        toggleFull={() => {
          full.toggle()
          toConsole()
        }}
        ctrlAltDel={() => {
          sendCtrlAltDel()
          toConsole()
        }}
        typing={typing}
        toggleTyping={() => {
          // In the tap itself: a keyboard comes up for nothing later.
          if (typing) field.current?.blur()
          else field.current?.focus({ preventScroll: true })
        }}
      />
      <main class="console-stage" data-banded={band ? 'true' : undefined}>
        <Stage
          kind={chosen.kind}
          element={element}
          src={app.base + socketPath(target, chosen)}
          label={`${fill(texts.console.screen, { guest: name })}. ${texts.console.leaveHint}`}
          scale={fit ? 'fit' : 'actual'}
          typing={typing}
        />
        {band ? <StateBand band={band} dropped={dropped} act={act} login={login} /> : null}
      </main>
      <TouchKeys
        field={field}
        element={element}
        guest={name}
        on={typing}
        setOn={setTyping}
        ctrlAltDel={chosen.kind === 'vnc' ? sendCtrlAltDel : undefined}
      />
      <p class="unseen" role="status" data-status>
        {band ? `${band.label}. ${band.heard}` : texts.band.label.live}
      </p>
    </div>
  )
}

function Stage(props: {
  kind: ConsoleKind
  element: { current: ConsoleElement | null }
  src: string
  label: string
  scale: string
  typing: boolean
}) {
  const shared = {
    ref: props.element,
    class: 'screen',
    src: props.src,
    typing: props.typing ? 'true' : undefined,
    role: 'application',
    'aria-label': props.label,
  }
  if (props.kind === 'terminal') return <pve-terminal {...shared} />
  return <vnc-screen {...shared} scale={props.scale} />
}

function consoleName(target: ConsoleTarget, name: string | undefined, texts: ConsoleTexts): string {
  if ('node' in target) return fill(texts.console.node, { node: target.node })
  return plainLine(name ?? '') || fill(texts.console.guest, { vmid: target.vmid })
}

function markFor(
  band: Band | undefined,
  guest: Guest | undefined,
  texts: ConsoleTexts,
): StatusMark {
  if (band) return { glyph: band.glyph, tone: band.tone, word: band.label }
  return guest ? markOf(guest, texts) : { glyph: 'run', tone: 'run', word: texts.band.label.live }
}

function awayNote(state: ConsoleState, now: number, text: string): string {
  const away = ['connecting', 'reconnecting', 'host-down', 'stalled'].includes(state.phase)
  return away && state.liveAt > 0
    ? fill(text, { n: Math.max(0, Math.round((now - state.liveAt) / 1000)) })
    : ''
}

function toTrustHelp(app: ReturnType<typeof useApp>, target: ConsoleTarget): void {
  const trail = { back: consolePath(target) }
  app.go(`/help/tls/${target.host}`, { replace: true, trail })
}

/** Code 4495 leads to the page about the certificate; Back does not lead into it again. */
function useTrustHelp(target: ConsoleTarget, state: ConsoleState): void {
  const app = useApp()
  const untrusted = state.phase === 'ended' && state.why?.code === 4495
  useLayoutEffect(() => {
    if (untrusted) toTrustHelp(app, target)
  }, [untrusted])
}
