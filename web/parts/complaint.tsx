import type { ApiError } from '../api.ts'
import { fill } from '../i18n/fill.ts'
import { useTexts } from '../state.ts'
import { useNow } from './clock.ts'
import { failureText } from './failure-text.ts'
import { StatusGlyph } from './icon.tsx'

/** What was wrong, at the field it is about, and read out at once. */
export function Complaint({ id, text, more = '' }: { id: string; text: string; more?: string }) {
  return (
    <p class="complaint" id={id} role="alert">
      <StatusGlyph glyph="problem" tone="bad" />
      <span>
        {text}
        {more === '' ? null : <span class="quiet-text"> {more}</span>}
      </span>
    </p>
  )
}

/** Seconds until a blocked form takes a try again; 0 when it does. */
export function useSecondsLeft(until: number): number {
  const now = useNow(until > 0, 250)
  return until > now ? Math.ceil((until - now) / 1000) : 0
}

/** Why a sign-in step failed, with the seconds that are left where there are any. */
export function SignInComplaint(props: {
  id: string
  error: ApiError
  secondsLeft: number
  host: string
  wrong?: string
  /** What may have been wrong with it. */
  hint?: string
}) {
  const texts = useTexts()
  const { error, secondsLeft } = props
  if (error.code === 'too_many_logins' && secondsLeft > 0) {
    return <Complaint id={props.id} text={fill(texts.signIn.waitSeconds, { n: secondsLeft })} />
  }
  if (error.code === 'login_failed') {
    const text = props.wrong ?? texts.reason.login_failed.title
    return <Complaint id={props.id} text={text} more={props.hint ?? ''} />
  }
  const said = failureText(error, texts, { host: props.host })
  return <Complaint id={props.id} text={said.title} more={said.detail} />
}
