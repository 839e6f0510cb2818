import type { RefObject } from 'hono/jsx/dom'
import { useState } from 'hono/jsx/dom'
import { useTexts } from '../state.ts'
import { Icon } from './icon.tsx'

/** A password field with a switch that shows what was typed. */
export function PasswordInput(props: {
  id: string
  field: RefObject<HTMLInputElement | null>
  invalid: boolean
  complaint: string
}) {
  const texts = useTexts()
  const [shown, setShown] = useState(false)
  const name = shown ? texts.signIn.hide : texts.signIn.show
  return (
    <div class="input-row">
      <input
        class="input"
        id={props.id}
        name="password"
        type={shown ? 'text' : 'password'}
        autocomplete="current-password"
        autocapitalize="off"
        spellcheck={false}
        maxlength={1024}
        ref={props.field}
        aria-invalid={props.invalid ? 'true' : undefined}
        aria-describedby={props.invalid ? props.complaint : undefined}
      />
      <button
        type="button"
        class="button quiet square"
        aria-label={name}
        aria-pressed={shown ? 'true' : 'false'}
        title={name}
        onClick={() => setShown(!shown)}
      >
        <Icon name={shown ? 'eye-off' : 'eye'} />
      </button>
    </div>
  )
}
