import { useEffect, useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { HostSummary, Realm, SignedIn } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { pickRealm, realmName } from '../model/sign-in.ts'
import { useApp, useTexts } from '../state.ts'
import { Complaint, SignInComplaint, useSecondsLeft } from './complaint.tsx'
import { FactorForm } from './factor-form.tsx'
import { Icon } from './icon.tsx'
import { PasswordInput } from './password-input.tsx'
import { type SignIn, useSignIn } from './use-sign-in.ts'

/** Sign-in to one host; the second factor, where PVE wants one, takes the same place. */
export function SignInForm(props: { host: HostSummary; done: (signedIn: SignedIn) => void }) {
  const { host } = props
  const texts = useTexts()
  const signIn = useSignIn(host.key, props.done)
  const [user, setUser] = useState('')
  if (!signIn.challenge) {
    return <PasswordForm host={host} signIn={signIn} user={user} keepUser={setUser} />
  }
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

type Missing = 'user' | 'password' | undefined

function PasswordForm(props: {
  host: HostSummary
  signIn: SignIn
  user: string
  keepUser: (user: string) => void
}) {
  const { host, signIn } = props
  const texts = useTexts()
  const user = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  const [realm, setRealm] = useState('')
  const [missing, setMissing] = useState<Missing>(undefined)
  const [waits, setWaits] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  useEffect(() => {
    const kept = props.user.slice(0, props.user.lastIndexOf('@'))
    if (user.current && kept !== '') user.current.value = kept
    if (window.matchMedia('(pointer: fine)').matches) {
      ;(kept === '' ? user : password).current?.focus()
    }
  }, [])
  useEffect(() => {
    if (signIn.error?.code === 'login_failed') password.current?.select()
  }, [signIn.error])
  const submit = (event: Event) => {
    event.preventDefault()
    const name = user.current?.value.trim() ?? ''
    const secret = password.current?.value ?? ''
    const lacks = name === '' ? 'user' : secret === '' ? 'password' : undefined
    setMissing(lacks)
    if (lacks === 'user') user.current?.focus()
    if (lacks === 'password') password.current?.focus()
    if (lacks || signIn.busy || secondsLeft > 0) return
    if (realm === '') {
      setWaits(true)
      return
    }
    setWaits(false)
    props.keepUser(`${name}@${realm}`)
    void signIn.submit(name, realm, secret)
  }
  // Whoever types faster than the realms arrive is signed in once they have.
  const choose = (chosen: string) => {
    setRealm(chosen)
    if (chosen === '') setWaits(false)
  }
  useEffect(() => {
    if (waits && realm !== '') form.current?.requestSubmit()
  }, [waits, realm])
  const busy = signIn.busy || waits
  const wrong = missing === 'password' || (missing === undefined && signIn.error !== undefined)
  return (
    <form class="password-form" ref={form} onSubmit={submit} novalidate data-form="sign-in">
      <RealmField host={host} realm={realm} choose={choose} />
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
          ref={user}
          aria-invalid={missing === 'user' ? 'true' : undefined}
          aria-describedby={missing === 'user' ? 'user-complaint' : undefined}
        />
        {missing === 'user' ? (
          <Complaint id="user-complaint" text={texts.signIn.userMissing} />
        ) : null}
      </div>
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
          {busy ? texts.signIn.busy : texts.signIn.submit}
        </button>
        <span class="key only-wide" aria-hidden="true">
          Enter
        </span>
      </div>
      <p class="hint form-foot">{fill(texts.signIn.promise, { host: host.label })}</p>
    </form>
  )
}

type Realms = 'asking' | 'failed' | readonly Realm[]

function RealmField(props: { host: HostSummary; realm: string; choose: (realm: string) => void }) {
  const { host } = props
  const { api } = useApp()
  const texts = useTexts()
  const [realms, setRealms] = useState<Realms>('asking')
  const ask = async () => {
    setRealms('asking')
    const answer = await api.realms(host.key)
    setRealms(answer.ok && answer.value.length > 0 ? answer.value : 'failed')
    props.choose(answer.ok ? pickRealm(answer.value, host.realm) : '')
  }
  useLayoutEffect(() => void ask(), [host.key])
  const list = typeof realms === 'string' ? [] : realms
  return (
    <div class="field">
      <label for="realm">{texts.signIn.realm}</label>
      <div class="input-row select-row">
        <select
          class="input"
          id="realm"
          name="realm"
          value={props.realm}
          disabled={list.length === 0}
          onChange={(event: Event) => props.choose((event.target as HTMLSelectElement).value)}
        >
          {list.length === 0 ? (
            <option value="">
              {realms === 'asking' ? fill(texts.signIn.realmAsking, { host: host.label }) : ''}
            </option>
          ) : null}
          {list.map((each) => (
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
      {realms === 'failed' ? (
        <p class="complaint" role="alert">
          <span>{fill(texts.signIn.realmFailed, { host: host.label })}</span>
          <button type="button" class="link" onClick={ask}>
            {texts.signIn.tryNow}
          </button>
        </p>
      ) : null}
    </div>
  )
}
