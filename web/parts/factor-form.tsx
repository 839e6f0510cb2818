import { useEffect, useRef, useState } from 'hono/jsx/dom'
import { type TypedFactor, typedFactors } from '../model/sign-in.ts'
import { useTexts } from '../state.ts'
import { Complaint, SignInComplaint, useSecondsLeft } from './complaint.tsx'
import type { SignIn } from './use-sign-in.ts'

/** The second step: a code by one of the ways that can be typed. */
export function FactorForm({ signIn, host }: { signIn: SignIn; host: string }) {
  const texts = useTexts()
  const methods = signIn.challenge?.methods ?? []
  const typed = typedFactors(methods)
  const [chosen, setChosen] = useState<TypedFactor>(typed[0] ?? 'totp')
  if (typed.length === 0) {
    return (
      <div class="factor">
        <p role="alert">{methods.length > 0 ? texts.factor.webauthnOnly : texts.factor.noneLeft}</p>
        <p>
          <button type="button" class="button outline" onClick={signIn.reset}>
            {texts.factor.back}
          </button>
        </p>
      </div>
    )
  }
  return (
    <div class="factor">
      {typed.length > 1 ? (
        <fieldset class="tabs" aria-label={texts.factor.method}>
          {typed.map((method) => (
            <button
              key={method}
              type="button"
              class="tab"
              aria-pressed={method === chosen ? 'true' : 'false'}
              onClick={() => setChosen(method)}
            >
              {texts.factor[method]}
            </button>
          ))}
        </fieldset>
      ) : null}
      <CodeForm key={chosen} signIn={signIn} method={chosen} host={host} />
      {methods.includes('webauthn') || methods.includes('u2f') ? (
        <p class="hint form-foot">{texts.factor.webauthn}</p>
      ) : null}
    </div>
  )
}

const labels = { totp: 'totpLabel', recovery: 'recoveryLabel', yubico: 'yubicoLabel' } as const

function CodeForm(props: { signIn: SignIn; method: TypedFactor; host: string }) {
  const { signIn, method } = props
  const texts = useTexts()
  const field = useRef<HTMLInputElement>(null)
  const [missing, setMissing] = useState(false)
  const secondsLeft = useSecondsLeft(signIn.blockedUntil)
  useEffect(() => field.current?.focus(), [])
  useEffect(() => {
    if (signIn.error) field.current?.select()
  }, [signIn.error])
  const submit = (event: Event) => {
    event.preventDefault()
    const code = field.current?.value.trim() ?? ''
    setMissing(code === '')
    if (code !== '' && !signIn.busy && secondsLeft === 0) void signIn.answer(method, code)
  }
  const invalid = missing || signIn.error !== undefined
  return (
    <form class="code-form" onSubmit={submit} novalidate data-form="factor">
      <div class="field">
        <label for="factor-code">{texts.factor[labels[method]]}</label>
        <input
          class={`input mono code-${method}`}
          id="factor-code"
          name="code"
          ref={field}
          inputmode={method === 'totp' ? 'numeric' : 'text'}
          autocomplete="one-time-code"
          autocapitalize="off"
          spellcheck={false}
          maxlength={method === 'totp' ? 12 : 128}
          aria-invalid={invalid ? 'true' : undefined}
          aria-describedby={invalid ? 'factor-complaint' : undefined}
        />
        {missing ? <Complaint id="factor-complaint" text={texts.factor.missing} /> : null}
        {!missing && signIn.error ? (
          <SignInComplaint
            id="factor-complaint"
            error={signIn.error}
            secondsLeft={secondsLeft}
            host={props.host}
            wrong={texts.factor.wrong}
          />
        ) : null}
      </div>
      <div class="form-actions">
        <button type="submit" class="button filled wide" disabled={signIn.busy || secondsLeft > 0}>
          {signIn.busy ? texts.signIn.busy : texts.factor.submit}
        </button>
        <button type="button" class="button quiet" onClick={signIn.reset}>
          {texts.factor.back}
        </button>
      </div>
    </form>
  )
}
