import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { HostSummary, SignedIn } from '../../src/http/contract.ts'
import { pickRealm } from '../model/sign-in.ts'
import { useTexts } from '../state.ts'
import { Complaint } from './complaint.tsx'
import { FactorForm } from './factor-form.tsx'
import { Icon } from './icon.tsx'
import { PasswordForm } from './password-form.tsx'
import { ProviderForm } from './provider-form.tsx'
import { RealmField } from './realm-field.tsx'
import type { Notice } from './use-arrival.ts'
import { useRealms } from './use-realms.ts'
import { useSignIn } from './use-sign-in.ts'

/** Sign-in to one host; the second factor, where PVE wants one, takes the same place. */
export function SignInForm(props: {
  host: HostSummary
  /** The realm to start with, where it is not the host's own choice. */
  realm: string | undefined
  /** Where an identity provider's way leads back to, below the sub-path. */
  back: string
  /** Why the sign-in before did not work. */
  notice: Notice | undefined
  done: (signedIn: SignedIn) => void
}) {
  const { host, notice } = props
  const texts = useTexts()
  const signIn = useSignIn(host.key, props.done)
  const realms = useRealms(host.key)
  const [user, setUser] = useState('')
  const [chosen, setChosen] = useState('')
  useLayoutEffect(() => {
    setChosen(pickRealm(realms.list, props.realm ?? host.realm))
  }, [realms.list])
  if (signIn.challenge) {
    return (
      <div>
        <div class="account">
          <Icon name="user" />
          <span class="mono">{user}</span>
          <button type="button" class="button quiet" onClick={signIn.reset}>
            {texts.factor.change}
          </button>
        </div>
        <h2>{texts.factor.title}</h2>
        <p class="quiet-text factor-intro">{texts.factor.intro}</p>
        <FactorForm signIn={signIn} host={host.label} />
      </div>
    )
  }
  const realm = realms.list.find((each) => each.realm === chosen)
  return (
    <div class="first-step">
      {notice && !signIn.busy && !signIn.error ? (
        <Complaint id="notice" text={notice.title} more={notice.detail} />
      ) : null}
      <RealmField host={host.label} realms={realms} realm={chosen} choose={setChosen} />
      {realm?.type === 'openid' ? (
        <ProviderForm host={host.label} realm={realm} signIn={signIn} back={props.back} />
      ) : (
        <PasswordForm
          host={host}
          realms={realms}
          realm={chosen}
          signIn={signIn}
          user={user}
          keepUser={setUser}
        />
      )}
    </div>
  )
}
