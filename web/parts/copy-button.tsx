import { fill } from '../i18n/fill.ts'
import { useTexts } from '../state.ts'
import { copyText } from './copy-text.ts'
import { Icon } from './icon.tsx'

/** Copies a text and says what came of it where the page says such things. */
export function CopyButton(props: {
  text: string
  /** What is copied, for those who do not see where the button stands. */
  of: string
  say: (note: string) => void
  worded?: boolean
}) {
  const { help } = useTexts()
  const label = fill(help.copyOf, { what: props.of })
  const copy = async () => {
    props.say((await copyText(props.text)) ? help.copied : help.copyFailed)
  }
  return (
    <button
      type="button"
      class={props.worded ? 'button quiet copy' : 'button quiet square copy'}
      aria-label={label}
      title={label}
      data-action="copy"
      onClick={() => void copy()}
    >
      <Icon name="copy" />
      {props.worded ? <span>{help.copy}</span> : null}
    </button>
  )
}
