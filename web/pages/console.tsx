import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import { VncScreen } from '../elements/vnc-screen.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { type Band, type BandAction, type BandSubject, bandFor } from '../model/band.ts'
import type { ConsoleState } from '../model/console-machine.ts'
import { plainLine } from '../model/format.ts'
import { lockWord, markOf, type StatusMark } from '../model/guest-status.ts'
import { type ConsoleTarget, consolePath, socketPath } from '../model/route.ts'
import { useNow } from '../parts/clock.ts'
import { ConsoleBar } from '../parts/console-bar.tsx'
import { showFavicon } from '../parts/favicon.ts'
import { StateBand } from '../parts/state-band.tsx'
import { TouchKeys, useKeyboardRoom } from '../parts/touch-keys.tsx'
import { useGuest, useScreen } from '../parts/use-console.ts'
import { useLogin } from '../parts/use-console-login.ts'
import { usePower } from '../parts/use-power.ts'
import { useApp, useStore } from '../state.ts'

if (!customElements.get('vnc-screen')) customElements.define('vnc-screen', VncScreen)

/** How often the seconds of a wait are counted down, in ms. */
const countEvery = 250

export function ConsolePage({ target }: { target: ConsoleTarget }) {
  const app = useApp()
  const texts = useConsoleTexts()
  const hosts = useStore(app.hosts)
  const page = useRef<HTMLDivElement>(null)
  const bar = useRef<HTMLDivElement>(null)
  const screen = useRef<VncScreen>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const [fit, setFit] = useState(true)
  const [typing, setTyping] = useState(false)
  useKeyboardRoom(page, typing)
  const toScreen = () => screen.current?.focus({ preventScroll: true })
  const toBar = () => bar.current?.querySelector<HTMLElement>('[data-action]')?.focus()
  const { state, dropped } = useScreen(screen, target, toBar)
  const host = (hosts.known && hosts.list.find((each) => each.key === target.host)) || undefined
  const hostName = host?.label ?? target.host
  const { guest, lookNow } = useGuest(screen, target, state)
  const [power, askPower] = usePower({
    target,
    host: hostName,
    status: guest?.status,
    lookAtGuest: lookNow,
    screen,
  })
  const full = useFullScreen(page)
  const waiting = state.dueAt > 0 || state.phase === 'reconnecting'
  const now = useNow(waiting || state.phase !== 'live', countEvery)
  const login = useLogin(screen, target, state)
  useLayoutEffect(() => void app.askHosts(), [])
  useTrustHelp(target, state)

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
    status: guest?.status ?? '',
    mayPower: guest?.can.power ?? false,
    power,
  }
  const band = bandFor(state, subject, texts, now)
  const mark = markFor(band, guest, texts)
  useTitle(band, mark, [name, subject.vmid].filter(Boolean).join(' '), subject.host)
  const act = (action: BandAction) => {
    if (action === 'back') app.go('/')
    else if (action === 'start' || action === 'resume') void askPower(action)
    else if (action === 'seeChange' || action === 'seeCertificate') toTrustHelp(app, target)
    else screen.current?.tell('retry')
    if (action !== 'back') toScreen()
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
          toScreen()
        }}
        toggleFull={() => {
          full.toggle()
          toScreen()
        }}
        ctrlAltDel={() => {
          screen.current?.sendCtrlAltDel()
          toScreen()
        }}
        typing={typing}
        toggleTyping={() => {
          // In the tap itself: a keyboard comes up for nothing later.
          if (typing) field.current?.blur()
          else field.current?.focus({ preventScroll: true })
        }}
      />
      <main class="console-stage" data-banded={band ? 'true' : undefined}>
        <vnc-screen
          ref={screen}
          class="screen"
          src={app.base + socketPath(target)}
          scale={fit ? 'fit' : 'actual'}
          typing={typing ? 'true' : undefined}
          role="application"
          aria-label={`${fill(texts.console.screen, { guest: name })}. ${texts.console.leaveHint}`}
        />
        {band ? <StateBand band={band} dropped={dropped} act={act} login={login} /> : null}
      </main>
      <TouchKeys
        field={field}
        screen={screen}
        guest={name}
        on={typing}
        setOn={setTyping}
        ctrlAltDel={() => screen.current?.sendCtrlAltDel()}
      />
      <p class="unseen" role="status" data-status>
        {band ? `${band.label}. ${band.heard}` : texts.band.label.live}
      </p>
    </div>
  )
}

type Texts = ReturnType<typeof useConsoleTexts>

function consoleName(target: ConsoleTarget, name: string | undefined, texts: Texts): string {
  if ('node' in target) return fill(texts.console.node, { node: target.node })
  return plainLine(name ?? '') || fill(texts.console.guest, { vmid: target.vmid })
}

function markFor(
  band: Band | undefined,
  guest: Parameters<typeof markOf>[0] | undefined,
  texts: Texts,
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

function useTitle(band: Band | undefined, mark: StatusMark, name: string, host: string): void {
  const title = `${band ? `${band.label}: ` : ''}${name}, ${host}`
  useLayoutEffect(() => {
    document.title = title
  }, [title])
  useLayoutEffect(() => showFavicon(mark.tone), [mark.tone])
  useLayoutEffect(() => () => showFavicon(undefined), [])
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

/** Full screen of the whole page, so that the band and the toolbar come along. */
function useFullScreen(page: { current: HTMLElement | null }) {
  const [on, setOn] = useState(false)
  useLayoutEffect(() => {
    const read = () => setOn(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', read)
    return () => document.removeEventListener('fullscreenchange', read)
  }, [])
  const toggle = async () => {
    if (document.fullscreenElement) await document.exitFullscreen()
    else await page.current?.requestFullscreen?.({ navigationUI: 'hide' })
  }
  return { on, toggle: () => void toggle() }
}
