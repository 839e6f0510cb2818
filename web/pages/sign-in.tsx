import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { ApiError } from '../api.ts'
import { pickHost } from '../model/sign-in.ts'
import { poll, useNow } from '../parts/clock.ts'
import { Complaint } from '../parts/complaint.tsx'
import { failureText } from '../parts/failure-text.ts'
import { Frame } from '../parts/frame.tsx'
import { HostPicker } from '../parts/host-picker.tsx'
import { StatusGlyph } from '../parts/icon.tsx'
import { PreferenceSwitches } from '../parts/preference-switches.tsx'
import { SignInForm } from '../parts/sign-in-form.tsx'
import { useArrival } from '../parts/use-arrival.ts'
import { useApp, useStore, useTexts } from '../state.ts'

/** How often hosts that take no sign-in yet are asked for again, in ms. */
const askEvery = 12_000

export function SignInPage() {
  const app = useApp()
  const texts = useTexts()
  const hosts = useStore(app.hosts)
  const { trail } = useStore(app.place)
  const [chosen, setChosen] = useState('')
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const [askedAt, setAskedAt] = useState(0)
  const arrival = useArrival()
  const askAgain = useRef<() => void>(() => {})
  const ask = async () => {
    const answer = await app.askHosts()
    setError(answer.ok ? undefined : answer.error)
    setAskedAt(performance.now())
  }
  askAgain.current = () => void ask()
  useLayoutEffect(() => {
    document.title = `${texts.signIn.title} - pve-console`
  }, [texts])
  useLayoutEffect(() => poll(ask, askEvery), [])
  const list = hosts.known ? hosts.list : []
  const key = list.some((each) => each.key === chosen && each.state === 'ready')
    ? chosen
    : pickHost(list, arrival.trip?.host ?? trail.host)
  const host = list.find((each) => each.key === key)
  const back = trail.back ?? arrival.trip?.back ?? '/'
  const done = async () => {
    await app.askHosts()
    app.go(back, { replace: true })
  }
  const returned = key === arrival.trip?.host
  // Whoever turns to another host is past it.
  const notice = chosen === '' || returned ? arrival.notice : undefined
  return (
    <Frame
      page="sign-in"
      tools={<PreferenceSwitches />}
      status={<span>{texts.signIn.rights}</span>}
      keys={<Keys />}
    >
      <div class="sign-in">
        <h1>{texts.signIn.title}</h1>
        <p class="quiet-text">{texts.signIn.intro}</p>
        {arrival.busy ? (
          <Waiting title={texts.provider.finishing} />
        ) : hosts.known && list.length > 0 ? (
          <div class="sign-in-columns">
            <Picker
              list={list}
              chosen={key}
              choose={setChosen}
              askedAt={askedAt}
              ask={askAgain.current}
            />
            <div class="sign-in-form">
              {host ? (
                <SignInForm
                  key={host.key}
                  host={host}
                  realm={returned ? arrival.trip?.realm : undefined}
                  back={back}
                  notice={notice}
                  done={done}
                />
              ) : (
                <>
                  {notice ? (
                    <Complaint id="notice" text={notice.title} more={notice.detail} />
                  ) : null}
                  <p class="quiet-text">{texts.signIn.noReady}</p>
                </>
              )}
            </div>
          </div>
        ) : (
          <Nothing known={hosts.known} error={error} ask={askAgain.current} />
        )}
      </div>
    </Frame>
  )
}

function Picker(props: {
  list: Parameters<typeof HostPicker>[0]['hosts']
  chosen: string
  choose: (key: string) => void
  askedAt: number
  ask: () => void
}) {
  const waiting = props.list.some((host) => host.state === 'unreachable')
  const now = useNow(waiting, 500)
  const left = Math.max(0, Math.ceil((props.askedAt + askEvery - now) / 1000))
  return (
    <HostPicker
      hosts={props.list}
      chosen={props.chosen}
      choose={props.choose}
      secondsLeft={Math.min(left, askEvery / 1000)}
      askNow={props.ask}
    />
  )
}

function Nothing(props: { known: boolean; error: ApiError | undefined; ask: () => void }) {
  const texts = useTexts()
  if (props.error) {
    const said = failureText(props.error, texts)
    return (
      <div class="nothing" role="alert">
        <StatusGlyph glyph="problem" tone="bad" />
        <p class="nothing-title">{said.title}</p>
        <p class="quiet-text">{said.detail}</p>
        <button type="button" class="button outline" onClick={props.ask}>
          {texts.signIn.tryNow}
        </button>
      </div>
    )
  }
  if (!props.known) return <Waiting title={texts.signIn.asking} />
  return (
    <div class="nothing">
      <StatusGlyph glyph="unknown" tone="still" />
      <p class="nothing-title">{texts.signIn.noHosts}</p>
      <p class="quiet-text">{texts.signIn.noHostsHint}</p>
    </div>
  )
}

function Waiting({ title }: { title: string }) {
  return (
    <div class="nothing" role="status">
      <StatusGlyph glyph="wait" tone="wait" />
      <p class="nothing-title">{title}</p>
    </div>
  )
}

function Keys() {
  const texts = useTexts()
  return (
    <>
      <span class="key">↑</span>
      <span class="key">↓</span> {texts.signIn.keyHost}
      <span class="key">Tab</span> {texts.signIn.keyNext}
    </>
  )
}
