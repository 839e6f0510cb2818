import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { OwnSession } from '../../src/http/contract.ts'
import type { ApiError } from '../api.ts'
import { fill } from '../i18n/fill.ts'
import { plainLine, uptimeIn } from '../model/format.ts'
import { useApp, useStore, useTexts } from '../state.ts'
import { Complaint } from './complaint.tsx'
import { Dialog } from './dialog.tsx'
import { failureText } from './failure-text.ts'
import { StatusGlyph } from './icon.tsx'

const when = { dateStyle: 'medium', timeStyle: 'short' } as const

/** Where else this person is signed in, and the end of that. */
export function OwnSessions({ onClose }: { onClose: () => void }) {
  const { api } = useApp()
  const texts = useTexts()
  const { account } = texts
  const [list, setList] = useState<readonly OwnSession[] | undefined>(undefined)
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const look = async () => {
    const answer = await api.ownSessions()
    const isOther = ({ current }: OwnSession) => Number(!current)
    if (answer.ok) setList(answer.value.toSorted((a, b) => isOther(a) - isOther(b)))
    else setError(answer.error)
  }
  useLayoutEffect(() => void look(), [])
  const end = async (sessions: readonly OwnSession[]) => {
    setBusy(true)
    setError(undefined)
    for (const { id } of sessions) {
      const answer = await api.endSession(id)
      // One that has ended by itself is what was wanted.
      if (!answer.ok && answer.error.status !== 404) setError(answer.error)
    }
    await look()
    setBusy(false)
  }
  const others = list?.filter(({ current }) => !current) ?? []
  const said = error ? failureText(error, texts) : undefined
  return (
    <Dialog
      id="own-sessions"
      class="own-sessions"
      title={account.sessions}
      closeLabel={account.close}
      onClose={onClose}
    >
      <div class="dialog-body">
        <p class="quiet-text">{account.sessionsHint}</p>
        {list ? (
          <ul class="session-list">
            {list.map((each) => (
              <Row key={each.id} session={each} busy={busy} end={() => void end([each])} />
            ))}
          </ul>
        ) : said ? null : (
          <p class="quiet-text" role="status">
            {texts.loading}
          </p>
        )}
        {said ? <Complaint id="own-sessions-error" text={said.title} more={said.detail} /> : null}
      </div>
      <div class="dialog-foot">
        <span class="hint" role="status">
          {list && others.length === 0 ? account.onlyHere : ''}
        </span>
        <button
          type="button"
          class="button outline"
          disabled={busy || others.length === 0}
          onClick={() => void end(others)}
          data-action="end-others"
        >
          {account.endOthers}
        </button>
      </div>
    </Dialog>
  )
}

function Row(props: { session: OwnSession; busy: boolean; end: () => void }) {
  const { hosts, preferences } = useApp()
  const known = useStore(hosts)
  const { locale } = useStore(preferences)
  const texts = useTexts()
  const { account } = texts
  const { id, current, active, since, client, browser } = props.session
  const label = (key: string) =>
    (known.known && known.list.find((host) => host.key === key)?.label) || key
  const users = props.session.hosts.map(({ host, user }) => `${user}, ${label(host)}`)
  const name = plainLine(browser) || account.unknownBrowser
  const { unit, n } = uptimeIn((Date.now() - Date.parse(active)) / 1000)
  const ago =
    unit === 's' ? account.justNow : fill(account.ago, { time: fill(texts.unit[unit], { n }) })
  return (
    <li data-session={id} data-current={current ? 'true' : undefined}>
      <div class="session-facts">
        <p>
          <strong>{name}</strong> <span class="mono">{client}</span>
        </p>
        <p class="hint">
          {current ? account.thisOne : ago}
          {' · '}
          {fill(account.since, { time: new Date(since).toLocaleString(locale, when) })}
        </p>
        <p class="hint">
          <bdi>{plainLine(users.join(' · '), 200)}</bdi>
        </p>
      </div>
      {current ? null : (
        <button
          type="button"
          class="button outline"
          disabled={props.busy}
          aria-label={fill(account.endOf, { name })}
          onClick={props.end}
          data-action="end-session"
        >
          {props.busy ? <StatusGlyph glyph="wait" tone="wait" /> : null}
          {account.end}
        </button>
      )}
    </li>
  )
}
