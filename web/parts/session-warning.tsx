import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import { fill } from '../i18n/fill.ts'
import { parsePath } from '../model/route.ts'
import { EndWatch, type SessionEnd } from '../model/session-end.ts'
import { useApp, useStore, useTexts } from '../state.ts'
import { useNow } from './clock.ts'
import { StatusGlyph } from './icon.tsx'

/** What counts as the person being here. */
const acts = ['pointerdown', 'keydown'] as const

/** Says a minute before that the session is about to end, on whatever page one is. */
export function SessionWarning() {
  const { api, hosts } = useApp()
  const known = useStore(hosts)
  const [end, setEnd] = useState<SessionEnd | undefined>(undefined)
  const [closed, setClosed] = useState(false)
  const watch = useRef<EndWatch | null>(null)
  const signedIn = known.known && known.list.some((host) => host.user !== null)
  // The list is asked for anew after each sign-in: what was known of the end counts no more.
  useLayoutEffect(() => {
    if (!signedIn) return setEnd(undefined)
    const watching = new EndWatch({
      ask: api.session,
      stay: api.stayActive,
      now: () => performance.now(),
      schedule(run, ms) {
        const timer = window.setTimeout(run, ms)
        return () => window.clearTimeout(timer)
      },
      onWarning: setEnd,
    })
    watch.current = watching
    const onAct = (event: Event) => event.isTrusted && watching.acted()
    const onSeen = () => document.visibilityState === 'visible' && watching.look()
    for (const act of acts) document.addEventListener(act, onAct, { capture: true, passive: true })
    document.addEventListener('visibilitychange', onSeen)
    watching.look()
    return () => {
      watching.stop()
      for (const act of acts) document.removeEventListener(act, onAct, { capture: true })
      document.removeEventListener('visibilitychange', onSeen)
    }
  }, [known])
  useLayoutEffect(() => {
    if (!end) setClosed(false)
  }, [end])
  if (!end || closed) return null
  return <Strip end={end} stay={() => watch.current?.stay()} close={() => setClosed(true)} />
}

function Strip(props: { end: SessionEnd; stay: () => void; close: () => void }) {
  const { session } = useTexts()
  const { path } = useStore(useApp().place)
  const dark = parsePath(path).page === 'console' ? 'dark' : ''
  const strip = useRef<HTMLDivElement>(null)
  const now = useNow(true, 250)
  const seconds = Math.max(0, Math.ceil((props.end.at - now) / 1000))
  // What is heard is said once, not every second.
  const [first] = useState(seconds)
  // Above dialogs and full screen.
  useLayoutEffect(() => {
    const element = strip.current
    queueMicrotask(() => element?.isConnected && element.showPopover())
  }, [])
  const idle = props.end.kind === 'idle'
  const sentence = idle ? session.idle : session.longest
  return (
    <div
      class={`session-warning ${dark}`}
      popover="manual"
      ref={strip}
      data-session-warning={props.end.kind}
    >
      <StatusGlyph glyph="wait" tone="warn" />
      <p aria-hidden="true">{fill(sentence, { n: seconds })}</p>
      <p class="unseen" role="alert">
        {fill(sentence, { n: first })}
      </p>
      {idle ? (
        <button type="button" class="button filled" onClick={props.stay} data-action="stay">
          {session.stay}
        </button>
      ) : (
        <button type="button" class="button outline" onClick={props.close} data-action="dismiss">
          {session.dismiss}
        </button>
      )}
    </div>
  )
}
