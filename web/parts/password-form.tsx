import { useEffect, useRef, useState } from 'hono/jsx/dom'
import type { HostSummary } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { realmInName, splitUser } from '../model/sign-in.ts'
import { useTexts } from '../state.ts'
import { Complaint, SignInComplaint, useSecondsLeft } from './complaint.tsx'
import { PasswordInput } from './password-input.tsx'
import { takeFocus } from './take-focus.ts'
import type { Realms } from './use-realms.ts'
import type { SignIn } from './use-sign-in.ts'

type Missing = 'user' | 'password' | undefined

/** User name and password, which go to the host as they are typed. */
export function PasswordForm(props: {
  host: HostSummary
  realms: Realms
  /** Empty while it is not known yet. */
  realm: string
  signIn: SignIn
  user: string
  keepUser: (user: string) => void
}) {
  const { host, realm, signIn } = props
  const texts = useTexts()
  const form = useRef<HTMLFormElement>(null)
  const user = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  const [missing, setMissing] = useState<Missing>(undefined)
  const [waits, setWaits] = useState(false)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  useEffect(() => {
    const kept = splitUser(props.user).username
    if (user.current && kept !== '') user.current.value = kept
    takeFocus(kept === '' ? user.current : password.current)
  }, [])
  useEffect(() => {
    if (signIn.error?.code === 'login_failed') password.current?.select()
  }, [signIn.error])
  const submit = (event: Event) => {
    event.preventDefault()
    const name = user.current?.value ?? ''
    const secret = password.current?.value ?? ''
    const lacks = name.trim() === '' ? 'user' : secret === '' ? 'password' : undefined
    setMissing(lacks)
    if (lacks === 'user') user.current?.focus()
    if (lacks === 'password') password.current?.focus()
    if (lacks || signIn.busy || secondsLeft > 0) return
    setWaits(realm === '')
    if (realm === '') return
    props.keepUser(`${name}@${realm}`)
    void signIn.submit(name, realm, secret)
  }
  // Whoever types faster than the realms arrive is signed in once they have.
  useEffect(() => {
    if (waits && realm !== '') form.current?.requestSubmit()
    if (props.realms.state === 'failed') setWaits(false)
  }, [waits, realm, props.realms.state])
  const extra = realmInName(splitUser(props.user).username, props.realms.list)
  const wrong = missing === 'password' || (missing === undefined && signIn.error !== undefined)
  return (
    <form class="password-form" ref={form} onSubmit={submit} novalidate data-form="sign-in">
      <UserField field={user} missing={missing === 'user'} />
      <div class="field">
        <label for="password">{texts.signIn.password}</label>
        <PasswordInput
          id="password"
          field={password}
          invalid={wrong}
          complaint="password-complaint"
        />
        {missing === 'password' ? (
          <Complaint id="password-complaint" text={texts.signIn.passwordMissing} />
        ) : null}
        {missing === undefined && signIn.error ? (
          <SignInComplaint
            id="password-complaint"
            error={signIn.error}
            secondsLeft={secondsLeft}
            host={host.label}
            hint={extra === '' ? '' : fill(texts.signIn.nameHasRealm, { realm: extra })}
          />
        ) : null}
      </div>
      <div class="form-actions">
        <button
          type="submit"
          class="button filled wide"
          disabled={signIn.busy || secondsLeft > 0}
          data-action="sign-in"
        >
          {signIn.busy || waits ? texts.signIn.busy : texts.signIn.submit}
        </button>
        <span class="key only-wide" aria-hidden="true">
          Enter
        </span>
      </div>
      <p class="hint form-foot">{fill(texts.signIn.promise, { host: host.label })}</p>
    </form>
  )
}

function UserField(props: { field: { current: HTMLInputElement | null }; missing: boolean }) {
  const texts = useTexts()
  const invalid = props.missing
  return (
    <div class="field">
      <label for="user">{texts.signIn.user}</label>
      <input
        class="input"
        id="user"
        name="username"
        autocomplete="username"
        autocapitalize="off"
        spellcheck={false}
        maxlength={64}
        ref={props.field}
        aria-invalid={invalid ? 'true' : undefined}
        aria-describedby={invalid ? 'user-complaint' : undefined}
      />
      {invalid ? <Complaint id="user-complaint" text={texts.signIn.userMissing} /> : null}
    </div>
  )
}
