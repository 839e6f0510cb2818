import { useEffect, useRef } from 'hono/jsx/dom'
import type { Realm } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { realmName } from '../model/sign-in.ts'
import { useTexts } from '../state.ts'
import { SignInComplaint, useSecondsLeft } from './complaint.tsx'
import { takeFocus } from './take-focus.ts'
import type { SignIn } from './use-sign-in.ts'

/** Sign-in to a realm whose users another page knows: one button that leads there. */
export function ProviderForm(props: { host: string; realm: Realm; signIn: SignIn; back: string }) {
  const { host, signIn } = props
  const texts = useTexts()
  const realm = realmName(props.realm)
  const button = useRef<HTMLButtonElement>(null)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  useEffect(() => takeFocus(button.current), [])
  return (
    <div class="provider-form" data-form="provider">
      {signIn.error ? (
        <SignInComplaint
          id="provider-complaint"
          error={signIn.error}
          secondsLeft={secondsLeft}
          host={host}
        />
      ) : null}
      <div class="form-actions">
        <button
          type="button"
          class="button filled wide"
          ref={button}
          disabled={signIn.busy || secondsLeft > 0}
          data-action="sign-in-with"
          onClick={() => void signIn.leave(props.realm.realm, props.back)}
        >
          {fill(signIn.busy ? texts.provider.leaving : texts.provider.submit, { realm })}
        </button>
      </div>
      <p class="hint form-foot">{fill(texts.provider.promise, { realm })}</p>
    </div>
  )
}
