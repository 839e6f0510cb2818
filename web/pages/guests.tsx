import type { RefObject } from 'hono/jsx/dom'
import { useLayoutEffect, useMemo, useRef, useState } from 'hono/jsx/dom'
import type { GuestList, HostSummary } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { oldAfter, type Trouble } from '../live/live.ts'
import { groupGuests } from '../model/guest-list.ts'
import { asSnapshot } from '../model/live-list.ts'
import { AccountTools } from '../parts/account-tools.tsx'
import { useNow } from '../parts/clock.ts'
import { failureText } from '../parts/failure-text.ts'
import { Frame } from '../parts/frame.tsx'
import { GuestTable } from '../parts/guest-table.tsx'
import { Icon, StatusGlyph } from '../parts/icon.tsx'
import { ProblemStrips } from '../parts/problem-strips.tsx'
import { useListKeys } from '../parts/use-list-keys.ts'
import { type App, useApp, useStore, useTexts } from '../state.ts'

export function GuestsPage() {
  const app = useApp()
  const texts = useTexts()
  const hosts = useStore(app.hosts)
  const [query, setQuery] = useState('')
  const [note, setNote] = useState('')
  const live = useLive(app)
  const list = useMemo(() => (live.list.known ? asSnapshot(live.list) : undefined), [live.list])
  const error = live.trouble
  const { at } = live
  const ask = () => app.live.retry()
  const search = useRef<HTMLInputElement>(null)
  useListKeys(search)
  useLayoutEffect(() => {
    document.title = `${texts.nav.guests} - pve-console`
  }, [texts])
  const known = hosts.known ? hosts.list : []
  const groups = useMemo(() => (list ? groupGuests(list, known, query) : []), [list, hosts, query])
  const count = groups.reduce((sum, group) => sum + group.guests, 0)
  const afterSignOut = (host: HostSummary) => {
    setNote(fill(texts.guests.signedOut, { host: host.label }))
    ask()
  }
  return (
    <Frame
      page="guests"
      nav={
        <a href={`${app.base}/`} aria-current="page">
          {texts.nav.guests}
        </a>
      }
      tools={<AccountTools signedOut={afterSignOut} />}
      status={<Freshness at={at} error={error} note={note} />}
      keys={<Keys />}
    >
      <div class="guests">
        <h1 class="unseen">{texts.nav.guests}</h1>
        <SearchBar
          field={search}
          query={query}
          setQuery={setQuery}
          count={list ? count : undefined}
        />
        <ProblemStrips
          problems={list?.problems ?? []}
          stale={(host) => list?.guests.some((guest) => guest.host === host) ?? false}
          ask={ask}
        />
        {list && groups.length > 0 ? (
          <GuestTable groups={groups} base={app.base} texts={texts} />
        ) : (
          <Nothing
            hosts={known}
            list={list}
            error={error}
            query={query}
            clear={() => setQuery('')}
            ask={ask}
          />
        )}
      </div>
    </Frame>
  )
}

/** The list while this page is open; without any sign-in the way leads to the sign-in page. */
function useLive(app: App) {
  const live = useStore(app.live.store)
  const { session, problems } = live.list
  const toSignIn = () => app.go('/signin', { replace: true, trail: { back: '/' } })
  useLayoutEffect(() => app.live.watch(), [])
  useLayoutEffect(() => {
    let over = false
    const ask = async () => {
      await app.askHosts()
      const now = app.hosts.get()
      if (!over && now.known && now.list.every((host) => host.user === null)) toSignIn()
    }
    void ask()
    return () => {
      over = true
    }
  }, [JSON.stringify(session?.hosts), problems])
  useLayoutEffect(() => {
    if (live.trouble?.status === 401) toSignIn()
  }, [live.trouble])
  return live
}

function SearchBar(props: {
  field: RefObject<HTMLInputElement | null>
  query: string
  setQuery: (query: string) => void
  count: number | undefined
}) {
  const texts = useTexts()
  return (
    <div class="filter-bar">
      <search class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          name="query"
          value={props.query}
          placeholder={texts.guests.search}
          aria-label={texts.guests.searchLabel}
          autocomplete="off"
          spellcheck={false}
          ref={props.field}
          onInput={(event: Event) => props.setQuery((event.target as HTMLInputElement).value)}
        />
        <span class="key only-wide" aria-hidden="true">
          /
        </span>
      </search>
      {props.count === undefined ? null : (
        <span class="hint">{fill(texts.guests.count, { n: props.count })}</span>
      )}
    </div>
  )
}

function Nothing(props: {
  hosts: readonly HostSummary[]
  list: GuestList | undefined
  error: Trouble | undefined
  query: string
  clear: () => void
  ask: () => void
}) {
  const texts = useTexts()
  if (props.list && props.query.trim() !== '') {
    return (
      <div class="nothing">
        <Icon name="search" />
        <p class="nothing-title">{fill(texts.guests.noMatch, { query: props.query.trim() })}</p>
        <button type="button" class="link quiet-text" onClick={props.clear}>
          {texts.guests.clear}
        </button>
      </div>
    )
  }
  if (props.list && props.list.problems.length === 0) {
    return (
      <div class="nothing">
        <StatusGlyph glyph="stop" tone="still" />
        <p class="nothing-title">{texts.guests.none}</p>
        <p class="quiet-text">{texts.guests.noneHint}</p>
      </div>
    )
  }
  if (props.error) {
    const said = failureText(props.error, texts)
    return (
      <div class="nothing" role="alert">
        <StatusGlyph glyph="problem" tone="bad" />
        <p class="nothing-title">{texts.guests.failed}</p>
        <p class="quiet-text">
          {said.title} {said.detail}
        </p>
        <button type="button" class="button outline" onClick={props.ask}>
          {texts.guests.tryNow}
        </button>
      </div>
    )
  }
  if (props.list) return null
  const mine = props.hosts.filter((host) => host.user !== null).length
  return (
    <div class="nothing" role="status">
      <StatusGlyph glyph="wait" tone="wait" />
      <p class="nothing-title">
        {mine > 0 ? fill(texts.guests.asking, { n: mine }) : texts.loading}
      </p>
    </div>
  )
}

function Freshness(props: { at: number; error: Trouble | undefined; note: string }) {
  const texts = useTexts()
  const now = useNow(props.at > 0, 1000)
  if (props.at === 0) return null
  const age = now - props.at
  const old = age > oldAfter || props.error !== undefined
  return (
    <>
      <StatusGlyph glyph={old ? 'unknown' : 'run'} tone={old ? 'still' : 'run'} />
      <span>
        {old
          ? fill(texts.guests.asOf, { n: Math.max(0, Math.round(age / 1000)) })
          : texts.guests.live}
      </span>
      {props.error ? <span>{failureText(props.error, texts).title}</span> : null}
      {props.note ? <span>{props.note}</span> : null}
    </>
  )
}

function Keys() {
  const texts = useTexts()
  return (
    <>
      <span class="key">↑</span>
      <span class="key">↓</span> {texts.guests.keyMove}
      <span class="key">Enter</span> {texts.guests.keyOpen}
      <span class="key">/</span> {texts.guests.keySearch}
    </>
  )
}
