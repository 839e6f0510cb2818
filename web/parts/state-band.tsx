import { useEffect, useRef } from 'hono/jsx/dom'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import type { Band, BandAction } from '../model/band.ts'
import { splitUser } from '../model/sign-in.ts'
import { SignInComplaint, useSecondsLeft } from './complaint.tsx'
import { FactorForm } from './factor-form.tsx'
import { StatusGlyph } from './icon.tsx'
import { PasswordInput } from './password-input.tsx'
import { useSignIn } from './use-sign-in.ts'

/** What the console waits for or why it ended, over the last picture, with what can be done. */
export function StateBand(props: {
  band: Band
  dropped: boolean
  act: (action: BandAction) => void
  login: LoginProps | undefined
}) {
  const { band } = props
  const texts = useConsoleTexts()
  return (
    <section class="band" data-band={band.label}>
      {band.progress === undefined ? null : (
        <span class="band-progress" style={{ transform: `scaleX(${band.progress.toFixed(3)})` }} />
      )}
      <div class="band-inner">
        <p class={`band-label tone-${band.tone}`}>
          <StatusGlyph glyph={band.glyph} tone={band.tone} />
          {band.label}
        </p>
        <div class="band-body">
          <h2 class="band-title">{band.title}</h2>
          <p class="band-detail">
            {band.detail}{' '}
            {band.keysLost || props.dropped ? (
              <span class={props.dropped ? 'keys-lost now' : 'keys-lost'}>
                {texts.band.notSent}
              </span>
            ) : null}
          </p>
          {band.form && props.login ? <BandLogin {...props.login} /> : null}
          {band.actions.length > 0 ? (
            <div class="band-actions">
              {band.actions.map((action, index) => (
                <button
                  key={action}
                  type="button"
                  class={buttonClass(action, index)}
                  data-action={action}
                  onClick={() => props.act(action)}
                >
                  {texts.band.action[action]}
                </button>
              ))}
            </div>
          ) : null}
        </div>
      </div>
    </section>
  )
}

function buttonClass(action: BandAction, index: number): string {
  if (action === 'back') return 'button quiet'
  return index === 0 && action !== 'check' ? 'button filled' : 'button outline'
}

export interface LoginProps {
  readonly host: string
  readonly label: string
  readonly user: string
  /** Nobody was typing into the guest, so the password field may take the focus. */
  readonly mayFocus: boolean
  readonly done: () => void
  readonly other: () => void
}

/** The password again, in place; the picture and the page stay where they are. */
function BandLogin(props: LoginProps) {
  const texts = useConsoleTexts()
  const signIn = useSignIn(props.host, props.done)
  const password = useRef<HTMLInputElement>(null)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  const { username, realm } = splitUser(props.user)
  useEffect(() => {
    if (props.mayFocus) password.current?.focus()
  }, [])
  if (signIn.challenge) return <FactorForm signIn={signIn} host={props.label} />
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
        {signIn.error ? (
          <SignInComplaint
            id="band-complaint"
            error={signIn.error}
            secondsLeft={secondsLeft}
            host={props.label}
          />
        ) : null}
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
        <button
          type="button"
          class="button quiet"
          onClick={props.other}
          data-action="other-account"
        >
          {texts.band.action.otherAccount}
        </button>
      </div>
    </form>
  )
}
