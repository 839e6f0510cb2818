import { useEffect, useRef } from 'hono/jsx/dom'
import type { PowerAction } from '../../src/http/contract.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { Dialog } from './dialog.tsx'

/** Asks before a guest loses what it has not saved. The focus begins on Cancel. */
export function PowerQuestion(props: {
  action: 'stop' | 'reset'
  guest: string
  /** What the guest takes part in; undefined where it cannot. */
  gentler: PowerAction | undefined
  act: (action: PowerAction) => void
  onClose: () => void
}) {
  const { console: texts } = useConsoleTexts()
  const cancel = useRef<HTMLButtonElement>(null)
  useEffect(() => cancel.current?.focus(), [])
  const { action, gentler } = props
  const question = texts.question[action]
  return (
    <Dialog
      id="power-question"
      title={fill(question.title, { guest: props.guest })}
      closeLabel={texts.close}
      onClose={props.onClose}
    >
      <p class="dialog-body">{question.detail}</p>
      <footer class="dialog-foot">
        <button type="button" class="button quiet" ref={cancel} onClick={props.onClose} autofocus>
          {texts.cancel}
        </button>
        {gentler ? (
          <button type="button" class="button outline" onClick={() => props.act(gentler)}>
            {question.instead}
          </button>
        ) : null}
        <button
          type="button"
          class="button danger"
          onClick={() => props.act(action)}
          data-action="confirm"
        >
          {question.confirm}
        </button>
      </footer>
    </Dialog>
  )
}
