import { useEffect, useRef } from 'hono/jsx/dom'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { realmName, splitUser } from '../model/sign-in.ts'
import { SignInComplaint, useSecondsLeft } from './complaint.tsx'
import { FactorForm } from './factor-form.tsx'
import { PasswordInput } from './password-input.tsx'
import { useRealms } from './use-realms.ts'
import { type SignIn, useSignIn } from './use-sign-in.ts'

export interface LoginProps {
  readonly host: string
  readonly label: string
  readonly user: string
  /** The address of this very console, below the sub-path. */
  readonly here: () => string
  /** Nobody was typing into the guest, so the password field may take the focus. */
  readonly mayFocus: boolean
  readonly done: () => void
  readonly other: () => void
}

/** The sign-in again, in place; the picture and the page stay where they are. */
export function BandLogin(props: LoginProps) {
  const signIn = useSignIn(props.host, props.done)
  const realms = useRealms(props.host)
  const { realm } = splitUser(props.user)
  const known = realms.list.find((each) => each.realm === realm)
  if (signIn.challenge) return <FactorForm signIn={signIn} host={props.label} />
  // A moment: the server has them in memory.
  if (realms.state === 'asking') return null
  return known?.type === 'openid' ? (
    <ProviderAgain {...props} signIn={signIn} realm={realm} name={realmName(known)} />
  ) : (
    <PasswordAgain {...props} signIn={signIn} />
  )
}

function PasswordAgain(props: LoginProps & { signIn: SignIn }) {
  const { signIn } = props
  const texts = useConsoleTexts()
  const password = useRef<HTMLInputElement>(null)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  const { username, realm } = splitUser(props.user)
  useEffect(() => {
    if (props.mayFocus) password.current?.focus()
  }, [])
  const submit = (event: Event) => {
    event.preventDefault()
    const secret = password.current?.value ?? ''
    if (secret === '' || signIn.busy || secondsLeft > 0) return
    void signIn.submit(username, realm, secret)
  }
  return (
    <form class="band-login" onSubmit={submit} novalidate data-form="sign-in-again">
      <input hidden name="username" autocomplete="username" value={username} readonly />
      <div class="field">
        <label for="band-password">{fill(texts.band.passwordFor, { user: props.user })}</label>
        <PasswordInput
          id="band-password"
          field={password}
          invalid={signIn.error !== undefined}
          complaint="band-complaint"
        />
        <BandComplaint {...props} secondsLeft={secondsLeft} />
      </div>
      <div class="band-actions">
        <button
          type="submit"
          class="button filled"
          disabled={signIn.busy || secondsLeft > 0}
          data-action="continue"
        >
          {signIn.busy ? texts.signIn.busy : texts.band.action.continue}
        </button>
        <OtherAccount other={props.other} />
      </div>
    </form>
  )
}

/** To the identity provider and back to this very console. */
function ProviderAgain(props: LoginProps & { signIn: SignIn; realm: string; name: string }) {
  const { signIn } = props
  const texts = useConsoleTexts()
  const button = useRef<HTMLButtonElement>(null)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  useEffect(() => {
    if (props.mayFocus) button.current?.focus()
  }, [])
  const wording = signIn.busy ? texts.provider.leaving : texts.provider.submit
  return (
    <div class="band-login" data-form="provider-again">
      <p class="quiet-text">
        {fill(texts.provider.again, { user: props.user, realm: props.name })}
      </p>
      <BandComplaint {...props} secondsLeft={secondsLeft} />
      <div class="band-actions">
        <button
          type="button"
          class="button filled"
          ref={button}
          disabled={signIn.busy || secondsLeft > 0}
          data-action="sign-in-with"
          onClick={() => void signIn.leave(props.realm, props.here())}
        >
          {fill(wording, { realm: props.name })}
        </button>
        <OtherAccount other={props.other} />
      </div>
    </div>
  )
}

function BandComplaint(props: { signIn: SignIn; secondsLeft: number; label: string }) {
  const { error } = props.signIn
  return error ? (
    <SignInComplaint
      id="band-complaint"
      error={error}
      secondsLeft={props.secondsLeft}
      host={props.label}
    />
  ) : null
}

function OtherAccount({ other }: { other: () => void }) {
  const texts = useConsoleTexts()
  return (
    <button type="button" class="button quiet" onClick={other} data-action="other-account">
      {texts.band.action.otherAccount}
    </button>
  )
}
