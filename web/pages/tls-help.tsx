import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { HostSummary } from '../../src/http/contract.ts'
import type { ApiError } from '../api.ts'
import { fill } from '../i18n/fill.ts'
import { failureText } from '../parts/failure-text.ts'
import { Frame } from '../parts/frame.tsx'
import { Icon, StatusGlyph } from '../parts/icon.tsx'
import { LanguageSwitch, ThemeSwitch } from '../parts/preference-switches.tsx'
import { useApp, useStore, useTexts } from '../state.ts'

/** Why nothing is sent to a host, and what an administrator does about it. */
export function TlsHelpPage({ host: key }: { host: string }) {
  const app = useApp()
  const texts = useTexts()
  const hosts = useStore(app.hosts)
  const { trail } = useStore(app.place)
  const [busy, setBusy] = useState(false)
  const [note, setNote] = useState('')
  const host = hosts.known ? hosts.list.find((each) => each.key === key) : undefined
  const label = host?.label ?? key
  const back = () => app.go(trail.back ?? '/', { replace: true })
  const check = async (first: boolean) => {
    setBusy(true)
    const answer = await app.askHosts()
    setBusy(false)
    if (!answer.ok) return setNote(failed(answer.error))
    const found = answer.value.find((each) => each.key === key)
    if (found?.state === 'ready' && !first) back()
    else setNote(first ? '' : fill(texts.help.stillUntrusted, { host: label }))
  }
  const failed = (error: ApiError) => failureText(error, texts, { host: label }).title
  useLayoutEffect(() => void check(true), [])
  const title = hosts.known ? titleOf(host, label, texts) : fill(texts.help.checking, { host: key })
  useLayoutEffect(() => {
    document.title = `${title} - pve-console`
  }, [title])
  return (
    <Frame
      page="tls-help"
      tools={
        <>
          <LanguageSwitch />
          <span class="divider" />
          <ThemeSwitch />
        </>
      }
      status={busy ? fill(texts.help.checking, { host: label }) : note}
    >
      <article class="help">
        <header class="help-head">
          <div>
            <h1 class="help-title">
              <StatusGlyph {...glyphOf(hosts.known, host)} />
              {title}
            </h1>
            <p class="quiet-text">{hosts.known ? textOf(host, label, texts) : ''}</p>
          </div>
          <div class="help-actions">
            <button type="button" class="button quiet" onClick={back}>
              {texts.nav.back}
            </button>
            <button
              type="button"
              class="button filled"
              disabled={busy}
              data-action="check-again"
              onClick={() => (host?.state === 'ready' ? back() : void check(false))}
            >
              {host?.state === 'ready' ? null : <Icon name="reload" />}
              {host?.state === 'ready' ? texts.help.goOn : texts.help.check}
            </button>
          </div>
        </header>
        {host?.state === 'untrusted' ? <Steps host={key} say={setNote} /> : null}
      </article>
    </Frame>
  )
}

type Texts = ReturnType<typeof useTexts>

function glyphOf(known: boolean, host: HostSummary | undefined) {
  if (!known) return { glyph: 'wait', tone: 'wait' } as const
  if (host?.state === 'ready') return { glyph: 'run', tone: 'run' } as const
  if (host?.state === 'untrusted') return { glyph: 'problem', tone: 'bad' } as const
  return { glyph: 'unknown', tone: 'still' } as const
}

function titleOf(host: HostSummary | undefined, label: string, { help }: Texts): string {
  if (!host) return help.titleUnknown
  const titles = {
    ready: help.titleReady,
    untrusted: help.titleUntrusted,
    unreachable: help.titleUnreachable,
  }
  return fill(titles[host.state], { host: label })
}

function textOf(host: HostSummary | undefined, label: string, { help }: Texts): string {
  if (!host) return help.unknown
  const details = { ready: help.ready, untrusted: help.why, unreachable: help.unreachable }
  return fill(details[host.state], { host: label })
}

function Steps({ host, say }: { host: string; say: (note: string) => void }) {
  const { help } = useTexts()
  return (
    <div class="help-columns">
      <ol class="steps">
        <Step n={1} title={help.step1} detail={help.step1Detail} />
        <Command text="pvenode cert info" say={say} />
        <Step n={2} title={help.step2} detail={help.step2Detail} />
        <Command text={`pve-console trust ${host}`} say={say} />
        <Step n={3} title={help.step3} detail={help.step3Detail} />
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

function Step({ n, title, detail }: { n: number; title: string; detail: string }) {
  return (
    <li class="step">
      <span class="step-number" aria-hidden="true">
        {n}
      </span>
      <span>
        <strong>{title}</strong> <span class="quiet-text">{detail}</span>
      </span>
    </li>
  )
}

function Command({ text, say }: { text: string; say: (note: string) => void }) {
  const { help } = useTexts()
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      say(help.copied)
    } catch {
      // No clipboard over plain HTTP, or the person said no: the text can be selected by hand.
      say(help.copyFailed)
    }
  }
  return (
    <li class="command">
      <code class="mono">
        <span class="hint" aria-hidden="true">
          #{' '}
        </span>
        {text}
      </code>
      <button
        type="button"
        class="button quiet square"
        aria-label={`${help.copy}: ${text}`}
        title={help.copy}
        onClick={copy}
      >
        <Icon name="copy" />
      </button>
    </li>
  )
}
