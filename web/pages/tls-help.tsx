import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { Certificate } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { trustOf } from '../model/certificate.ts'
import { CertificateFacts } from '../parts/certificate-facts.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { failureText } from '../parts/failure-text.ts'
import { Frame } from '../parts/frame.tsx'
import { Icon, StatusGlyph } from '../parts/icon.tsx'
import { PreferenceSwitches } from '../parts/preference-switches.tsx'
import { type Look, useTrust } from '../parts/use-trust.ts'
import { type App, useApp, useStore, useTexts } from '../state.ts'

/** Why nothing is sent to a host, what it shows, and what an administrator does about it. */
export function TlsHelpPage({ host: key }: { host: string }) {
  const app = useApp()
  const texts = useTexts()
  const hosts = useStore(app.hosts)
  const trust = useTrust(key)
  const [note, setNote] = useState('')
  const { look } = trust
  const known = hosts.known ? hosts.list.find((each) => each.key === key) : undefined
  const label = (look?.host ?? known)?.label ?? key
  const situation = situationOf(look)
  const ready = situation === 'ready'
  const said = saidOf(situation, label, texts)
  const back = () => goBack(app)
  const check = async () => {
    if (trust.busy) return
    if (ready || (await trust.check())) back()
    else setNote(fill(texts.help.still, { host: label }))
  }
  useKeys({ check, back })
  useLayoutEffect(() => {
    document.title = `${said.title} - pve-console`
  }, [said.title])
  const failed = trust.error ? failureText(trust.error, texts).title : ''
  const asking = fill(texts.help.checking, { host: label })
  const watched = !ready && situation !== 'unknown'
  const watching = watched ? fill(texts.help.watching, { host: label }) : ''
  const certificate = look?.host && situation !== 'unreachable' ? look.certificate : undefined
  return (
    <Frame
      page="tls-help"
      tools={<PreferenceSwitches />}
      status={<span>{trust.busy ? asking : failed || note || watching}</span>}
      keys={situation === 'unknown' ? null : <Keys ready={ready} />}
    >
      <article class="help" data-situation={situation}>
        <header class="help-head">
          <div>
            <h1 class="help-title">
              <StatusGlyph {...glyphs[situation]} />
              <span>{said.title}</span>
            </h1>
            <p class="quiet-text">{said.detail}</p>
          </div>
          <div class="help-actions">
            <button
              type="button"
              class={situation === 'unknown' ? 'button filled' : 'button quiet'}
              onClick={back}
              data-action="back"
            >
              {texts.nav.back}
            </button>
            {situation === 'unknown' ? null : (
              <button
                type="button"
                class="button filled"
                aria-disabled={trust.busy ? 'true' : undefined}
                data-action="check-again"
                onClick={() => void check()}
              >
                {ready ? null : <Icon name="reload" />}
                {ready ? texts.help.goOn : texts.help.check}
              </button>
            )}
          </div>
        </header>
        {certificate ? <CertificateFacts certificate={certificate} say={setNote} /> : null}
        {situation === 'new' || situation === 'changed' ? (
          <Steps host={key} confirm={certificate?.confirm} say={setNote} />
        ) : null}
      </article>
    </Frame>
  )
}

type Texts = ReturnType<typeof useTexts>
type Situation = 'asking' | 'unknown' | 'ready' | 'unreachable' | 'changed' | 'new'

function situationOf(look: Look | undefined): Situation {
  if (!look) return 'asking'
  if (!look.host) return 'unknown'
  if (look.host.state !== 'untrusted') return look.host.state
  return look.certificate && trustOf(look.certificate) === 'changed' ? 'changed' : 'new'
}

const glyphs = {
  asking: { glyph: 'wait', tone: 'wait' },
  unknown: { glyph: 'unknown', tone: 'still' },
  unreachable: { glyph: 'unknown', tone: 'still' },
  ready: { glyph: 'run', tone: 'run' },
  changed: { glyph: 'problem', tone: 'bad' },
  new: { glyph: 'problem', tone: 'bad' },
} as const

function saidOf(situation: Situation, label: string, { help }: Texts) {
  if (situation === 'asking') return { title: fill(help.checking, { host: label }), detail: '' }
  const { title, detail } = help.situation[situation]
  return { title: fill(title, { host: label }), detail: fill(detail, { host: label }) }
}

/** To where one came from: it may be a form or a list that is better found as it was left. */
function goBack(app: App): void {
  const { trail } = app.place.get()
  if (trail.back) app.go(trail.back, { replace: true })
  else if (trail.inside) history.back()
  else app.go('/', { replace: true })
}

/** R checks again, Esc goes back. */
function useKeys(actions: { check: () => Promise<void>; back: () => void }): void {
  const latest = useRef(actions)
  latest.current = actions
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
      if (modified || event.defaultPrevented || event.repeat) return
      // The code, for a Korean keyboard gives another letter.
      if (event.code === 'KeyR') void latest.current.check()
      else if (event.key === 'Escape') latest.current.back()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function Steps(props: {
  host: string
  confirm: Certificate['confirm']
  say: (note: string) => void
}) {
  const { host, confirm, say } = props
  const { help } = useTexts()
  return (
    <div class="help-columns">
      <ol class="steps">
        <Step n={1} {...help.print}>
          <Command text="pvenode cert info" say={say} />
        </Step>
        <Step n={2} {...help.compare} />
        <Step n={3} {...help.confirm}>
          <Command text={confirm?.command ?? `pve-console trust ${host}`} say={say} />
          {confirm ? (
            <p class="quiet-text">{fill(help.confirmAs, { user: confirm.user })}</p>
          ) : null}
        </Step>
        <Step n={4} {...help.again} />
      </ol>
      <aside class="asides">
        <h2>{help.whyNot}</h2>
        <p>{help.whyNotDetail}</p>
        <h2>{help.lessOften}</h2>
        <p>{help.lessOftenDetail}</p>
      </aside>
    </div>
  )
}

function Step(props: { n: number; title: string; detail: string; children?: unknown }) {
  return (
    <li class="step">
      <span class="step-number mono" aria-hidden="true">
        {props.n}
      </span>
      <div>
        <strong>{props.title}</strong> <span class="quiet-text">{props.detail}</span>
        {props.children}
      </div>
    </li>
  )
}

function Command({ text, say }: { text: string; say: (note: string) => void }) {
  return (
    <div class="command">
      <code class="mono">
        <span class="hint" aria-hidden="true">
          #{' '}
        </span>
        <span class="command-text">{text}</span>
      </code>
      <CopyButton text={text} of={text} say={say} />
    </div>
  )
}

function Keys({ ready }: { ready: boolean }) {
  const texts = useTexts()
  return (
    <>
      <span class="key">R</span> {ready ? texts.help.goOn : texts.help.check}
      <span class="key">Esc</span> {texts.nav.back}
    </>
  )
}
