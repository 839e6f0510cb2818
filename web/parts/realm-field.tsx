import { fill } from '../i18n/fill.ts'
import { realmName } from '../model/sign-in.ts'
import { useTexts } from '../state.ts'
import { Icon } from './icon.tsx'
import type { Realms } from './use-realms.ts'

/** Which of a host's realms one signs in to. */
export function RealmField(props: {
  host: string
  realms: Realms
  realm: string
  choose: (realm: string) => void
}) {
  const { host, realms } = props
  const texts = useTexts()
  return (
    <div class="field">
      <label for="realm">{texts.signIn.realm}</label>
      <div class="input-row select-row">
        <select
          class="input"
          id="realm"
          name="realm"
          value={props.realm}
          disabled={realms.list.length === 0}
          onChange={(event: Event) => props.choose((event.target as HTMLSelectElement).value)}
        >
          {realms.list.length === 0 ? (
            <option value="">
              {realms.state === 'asking' ? fill(texts.signIn.realmAsking, { host }) : ''}
            </option>
          ) : null}
          {realms.list.map((each) => (
            <option key={each.realm} value={each.realm}>
              {realmName(each)}
            </option>
          ))}
        </select>
        <span class="realm-id" aria-hidden="true">
          {props.realm}
        </span>
        <Icon name="chevron" />
      </div>
      {realms.state === 'failed' ? (
        <p class="complaint" role="alert">
          <span>{fill(texts.signIn.realmFailed, { host })}</span>
          <button type="button" class="link" onClick={realms.askAgain}>
            {texts.signIn.tryNow}
          </button>
        </p>
      ) : null}
    </div>
  )
}
