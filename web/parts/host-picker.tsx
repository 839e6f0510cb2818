import type { HostSummary } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import type { Glyph, Tone } from '../model/guest-status.ts'
import { useApp, useTexts } from '../state.ts'
import { StatusGlyph } from './icon.tsx'

const marks: Readonly<Record<HostSummary['state'], { glyph: Glyph; tone: Tone }>> = {
  ready: { glyph: 'run', tone: 'run' },
  untrusted: { glyph: 'problem', tone: 'bad' },
  unreachable: { glyph: 'unknown', tone: 'still' },
}

/** The configured hosts as one group of choices; those that take no sign-in say why. */
export function HostPicker(props: {
  hosts: readonly HostSummary[]
  chosen: string
  choose: (key: string) => void
  secondsLeft: number
  askNow: () => void
}) {
  const texts = useTexts()
  return (
    <fieldset class="hosts">
      <legend class="unseen">{texts.signIn.hosts}</legend>
      {props.hosts.map((host) => (
        <div
          key={host.key}
          class="host"
          data-host={host.key}
          data-state={host.state}
          data-chosen={host.key === props.chosen ? 'true' : undefined}
        >
          <label class="host-choice">
            <input
              class="host-radio"
              type="radio"
              name="host"
              value={host.key}
              checked={host.key === props.chosen}
              disabled={host.state !== 'ready'}
              onChange={() => props.choose(host.key)}
            />
            <StatusGlyph {...marks[host.state]} />
            <span class="host-name">
              <bdi>{host.label}</bdi>
            </span>
            <span class={`host-state tone-${marks[host.state].tone}`}>
              {texts.hostState[host.state]}
            </span>
          </label>
          <HostNote host={host} secondsLeft={props.secondsLeft} askNow={props.askNow} />
        </div>
      ))}
    </fieldset>
  )
}

function HostNote(props: { host: HostSummary; secondsLeft: number; askNow: () => void }) {
  const { host } = props
  const app = useApp()
  const texts = useTexts()
  // Whoever comes back from there wants to sign in to this host.
  const remember = () => {
    const { path, trail } = app.place.get()
    app.go(path, { replace: true, trail: { ...trail, host: host.key } })
  }
  if (host.state === 'untrusted') {
    return (
      <p class="host-note">
        {texts.signIn.untrusted}{' '}
        <a class="link" href={`${app.base}/help/tls/${host.key}`} onClick={remember}>
          {texts.signIn.seeCertificate}
        </a>
      </p>
    )
  }
  if (host.state === 'unreachable') {
    return (
      <p class="host-note">
        {fill(texts.signIn.nextTry, { n: props.secondsLeft })}{' '}
        <button type="button" class="link" onClick={props.askNow}>
          {texts.signIn.tryNow}
        </button>
      </p>
    )
  }
  const known = [host.user ? `${texts.hostState.signedIn}: ${host.user}` : '', versionOf(host)]
  const note = known.filter(Boolean).join(', ')
  return note === '' ? null : <p class="host-note">{note}</p>
}

function versionOf(host: HostSummary): string {
  return host.version ? `PVE ${host.version}` : ''
}
