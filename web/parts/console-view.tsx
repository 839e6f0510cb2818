import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { Guest, PowerAction } from '../../src/http/contract.ts'
import type { ConsoleElement } from '../elements/console-element.ts'
import { VncScreen } from '../elements/vnc-screen.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { type BandAction, bandFor } from '../model/band.ts'
import { ctrlAltDel, strokesOfChord } from '../model/chords.ts'
import { type ChosenKind, offeredKinds } from '../model/console-kind.ts'
import { destroys } from '../model/console-power.ts'
import { powerStrip } from '../model/power-note.ts'
import { type ConsoleTarget, consolePath, socketPath } from '../model/route.ts'
import { useApp, useStore } from '../state.ts'
import { useNow } from './clock.ts'
import { ConsoleBar } from './console-bar.tsx'
import { type ConsoleDesk, type ConsoleDialog, useConsoleSettings } from './console-desk.ts'
import { ConsoleDialogs } from './console-dialogs.tsx'
import { ConsoleStage } from './console-stage.tsx'
import { ConsoleStrip, useNote } from './console-strip.tsx'
import { awayNote, consoleName, markFor, subjectOf } from './console-subject.ts'
import { useConsoleTitle } from './console-title.ts'
import { useFullScreen } from './full-screen.ts'
import { StateBand } from './state-band.tsx'
import { TouchKeys, useKeyboardRoom } from './touch-keys.tsx'
import { useConsole, useGuest, useHeard } from './use-console.ts'
import { useLogin } from './use-console-login.ts'
import { usePower } from './use-power.ts'
import { useTerminal } from './use-terminal.ts'
import { toTrustHelp, useTrustHelp } from './use-trust-help.ts'

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
  const settings = useConsoleSettings(target)
  const [viewOnly, setViewOnly] = useState(false)
  const [typing, setTyping] = useState(false)
  const [hidden, setHidden] = useState(false)
  const [searching, setSearching] = useState(false)
  const [dialog, open] = useState<ConsoleDialog>(undefined)
  const [destroying, setDestroying] = useState<'stop' | 'reset' | undefined>(undefined)
  const [catching, setCatching] = useState(false)
  const [note, say] = useNote()
  useKeyboardRoom(page, typing)
  const toConsole = () => element.current?.focus({ preventScroll: true })
  const toBar = () => bar.current?.querySelector<HTMLElement>('[data-action]')?.focus()
  const { state, dropped } = useConsole(element, target, toBar)
  const own = useHeard(element, state)
  const { guest, lookNow } = useGuest(element, target, state, { known: props.known, catching })
  const host = (hosts.known && hosts.list.find((each) => each.key === target.host)) || undefined
  const hostName = host?.label ?? target.host
  const {
    note: power,
    ask: askPower,
    forget: forgetPower,
  } = usePower({
    target,
    host: hostName,
    status: guest?.status,
    lookAtGuest: lookNow,
    element,
  })
  const isAsked = power?.kind === 'asked'
  useLayoutEffect(() => {
    if (!isAsked) setCatching(false)
  }, [isAsked])
  const full = useFullScreen(page, () => say(texts.console.noLockHint))
  const terminal = useTerminal({
    ...{ element, say, toConsole },
    copyOnSelect: settings.copyOnSelect,
    search: () => setSearching(true),
  })
  const now = useNow(state.phase !== 'live', countEvery)
  const login = useLogin(element, target, state)
  useLayoutEffect(() => void app.askHosts(), [])
  // Names of other guests, for the list of open consoles.
  useLayoutEffect(() => (dialog === 'consoles' ? app.live.watch() : undefined), [dialog])
  useTrustHelp(target, state)
  const asks = dialog !== undefined || destroying !== undefined || terminal.question !== undefined
  const asked = useRef(false)
  useLayoutEffect(() => {
    // Not before the dialog is gone: what is behind it takes no focus.
    if (asked.current && !asks) toConsole()
    asked.current = asks
  }, [asks])

  const offered = offeredKinds(target, guest)
  const name = consoleName(target, guest?.name, texts)
  const subject = subjectOf({ target, chosen, offered, guest, power, host: hostName, name }, texts)
  const band = bandFor(state, subject, texts, now)
  const mark = markFor(band, guest, texts)
  useConsoleTitle(band, mark, [name, subject.vmid].filter(Boolean).join(' '), hostName)
  const act = (action: BandAction) => {
    if (action === 'back') return app.go('/')
    if (action === 'showConsoles') return open('consoles')
    if (action === 'start' || action === 'resume') void askPower(action)
    else if (action === 'catchBoot') {
      setCatching(true)
      void askPower('start')
    } else if (action === 'seeChange' || action === 'seeCertificate') toTrustHelp(app, target)
    else if (action === 'asTerminal') props.choose({ kind: 'terminal' })
    else if (action === 'asScreen') props.choose({ kind: 'vnc' })
    else element.current?.tell('retry')
    toConsole()
  }
  const desk: ConsoleDesk = {
    ...{ target, element, chosen, offered, name, guest, own, settings, open, say, toConsole },
    choose: props.choose,
    live: state.phase === 'live',
    askPower: (action: PowerAction) => {
      if (destroys(action)) setDestroying(action === 'stop' ? 'stop' : 'reset')
      else void askPower(action)
      if (!destroys(action)) toConsole()
    },
  }
  const sendCtrlAltDel = () => {
    if (element.current instanceof VncScreen) element.current.press(strokesOfChord(ctrlAltDel.keys))
  }
  const strip = note || (band ? '' : powerStrip(power, name, texts))
  const others = (own?.viewers ?? 1) - 1
  return (
    <div
      class="console dark"
      ref={page}
      data-page="console"
      data-state={state.phase}
      data-bar={hidden ? 'hidden' : undefined}
    >
      <ConsoleBar
        bar={bar}
        desk={desk}
        mark={mark}
        id={guest?.name ? subject.vmid : ''}
        place={[subject.isNode ? '' : subject.node, hostName].filter(Boolean).join(', ')}
        note={[
          awayNote(state, now, texts.console.away),
          others > 0 && desk.live ? fill(texts.console.alsoWatching, { n: others }) : '',
          viewOnly ? texts.console.viewOnly : '',
        ]
          .filter(Boolean)
          .join(' · ')}
        full={{ on: full.on, toggle: afterwards(full.toggle, toConsole) }}
        hidden={{ on: hidden, toggle: afterwards(() => setHidden(!hidden), toConsole) }}
        viewOnly={{ on: viewOnly, toggle: afterwards(() => setViewOnly(!viewOnly), toConsole) }}
        searching={{
          on: searching,
          toggle: () => {
            setSearching(!searching)
            if (searching) toConsole()
          },
        }}
        typing={{
          on: typing,
          toggle: () => {
            // In the tap itself: a keyboard comes up for nothing later.
            if (typing) field.current?.blur()
            else field.current?.focus({ preventScroll: true })
          },
        }}
        paste={() => void terminal.pasteFromClipboard()}
        ownWindow={window.opener ? undefined : () => openOwnWindow(app, target, chosen)}
      />
      <ConsoleStrip text={strip} onClose={afterwards(() => say(''), forgetPower)} />
      <main class="console-stage" data-banded={band ? 'true' : undefined}>
        <ConsoleStage
          kind={chosen.kind}
          element={element}
          src={app.base + socketPath(target, chosen)}
          label={`${fill(texts.console.screen[chosen.kind], { guest: name })}. ${texts.console.leaveHint}`}
          settings={settings}
          viewOnly={viewOnly}
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
      <ConsoleDialogs
        desk={desk}
        dialog={dialog}
        destroying={destroying}
        question={terminal.question}
        paste={terminal.pasteNow}
        act={(action) => void askPower(action)}
        onClose={() => {
          open(undefined)
          setDestroying(undefined)
          terminal.answer()
        }}
      />
    </div>
  )
}

function afterwards(first: () => void, second: () => void): () => void {
  return () => {
    first()
    second()
  }
}

/** The console moves into a window without the browser's own bars; this one goes back to the list. */
function openOwnWindow(app: ReturnType<typeof useApp>, target: ConsoleTarget, kind: ChosenKind) {
  const place = 'vmid' in target ? target.vmid : target.node
  const size = `width=${Math.min(1100, screen.availWidth)},height=${Math.min(800, screen.availHeight)}`
  const name = `pve-console-${target.host}-${place}-${kind.kind}`
  // This tab's storage goes along, and with it what gives a terminal back.
  const opened = window.open(app.base + consolePath(target, kind), name, `popup,${size}`)
  if (opened) app.go('/')
}
