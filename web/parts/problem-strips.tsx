import { useState } from 'hono/jsx/dom'
import type { HostProblem } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { useApp, useStore, useTexts } from '../state.ts'
import { failureText } from './failure-text.ts'
import { StatusGlyph } from './icon.tsx'

/** More strips than these fold into one line. */
const shownAtOnce = 3

/** One strip for each host that failed, with what can be done about it. */
export function ProblemStrips(props: {
  problems: readonly HostProblem[]
  stale: (host: string) => boolean
  ask: () => void
}) {
  const texts = useTexts()
  const [unfolded, setUnfolded] = useState(false)
  const all = unfolded || props.problems.length <= shownAtOnce
  const shown = all ? props.problems : props.problems.slice(0, shownAtOnce)
  const rest = props.problems.length - shown.length
  return (
    <div class="strips" role="status">
      {shown.map((problem) => (
        <Strip
          key={problem.host}
          problem={problem}
          stale={props.stale(problem.host)}
          ask={props.ask}
        />
      ))}
      {rest > 0 ? (
        <button type="button" class="strip strip-more" onClick={() => setUnfolded(true)}>
          {fill(texts.guests.moreProblems, { n: rest })}
        </button>
      ) : null}
    </div>
  )
}

function Strip(props: { problem: HostProblem; stale: boolean; ask: () => void }) {
  const app = useApp()
  const texts = useTexts()
  const hosts = useStore(app.hosts)
  const { host, code, detail } = props.problem
  const label = (hosts.known && hosts.list.find((each) => each.key === host)?.label) || host
  const said = failureText({ code, message: detail, id: '' }, texts, { host: label })
  const trust = code === 'host_untrusted' || code === 'certificate_changed'
  const login = code === 'not_signed_in' || code === 'session_expired' || code === 'signed_out'
  return (
    <div class="strip" data-problem={code} data-host={host}>
      <StatusGlyph glyph="problem" tone="bad" />
      <p class="strip-text">
        {said.title.includes(label) ? null : <strong>{label} </strong>}
        {said.title}
        <span class="strip-more-text"> {props.stale ? texts.guests.stale : said.detail}</span>
      </p>
      {trust ? (
        <a class="button outline" href={`${app.base}/help/tls/${host}`}>
          {code === 'certificate_changed' ? texts.guests.seeChange : texts.guests.seeCertificate}
        </a>
      ) : null}
      {login ? (
        <button
          type="button"
          class="button outline"
          onClick={() => app.go('/signin', { trail: { back: '/', host } })}
        >
          {texts.guests.signInAgain}
        </button>
      ) : null}
      <button
        type="button"
        class={trust || login ? 'button quiet' : 'button outline'}
        onClick={props.ask}
      >
        {trust ? texts.guests.checkAgain : texts.guests.tryNow}
      </button>
    </div>
  )
}
