import { useRef, useState } from 'hono/jsx/dom'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { Icon } from './icon.tsx'

/** How long a note stays, in ms. */
const readFor = 6000

/** Something that is said for a while; an empty one takes it back. */
export function useNote(): [string, (note: string) => void] {
  const [note, setNote] = useState('')
  const timer = useRef(0)
  const say = (next: string) => {
    window.clearTimeout(timer.current)
    setNote(next)
    if (next !== '') timer.current = window.setTimeout(() => setNote(''), readFor)
  }
  return [note, say]
}

/** One line below the toolbar. */
export function ConsoleStrip(props: { text: string; onClose: () => void }) {
  const { console: texts } = useConsoleTexts()
  return (
    <div class="console-strip" role="status" data-strip={props.text === '' ? undefined : 'true'}>
      {props.text === '' ? null : (
        <>
          <span>{props.text}</span>
          <button
            type="button"
            class="button quiet square"
            aria-label={texts.close}
            onClick={props.onClose}
          >
            <Icon name="close" />
          </button>
        </>
      )}
    </div>
  )
}
