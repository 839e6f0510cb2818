import { useEffect, useRef, useState } from 'hono/jsx/dom'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { guardPaste } from '../model/paste-guard.ts'
import { Dialog } from './dialog.tsx'

/**
 * A text before it goes into a terminal: as it was pasted, to be looked at, or empty where the browser gives
 * this page no clipboard.
 */
export function PasteDialog(props: {
  text: string
  guest: string
  /** The clipboard could not be read, and that is why one sees this. */
  byHand: boolean
  paste: (text: string) => void
  onClose: () => void
}) {
  const { console: texts } = useConsoleTexts()
  const [text, setText] = useState(props.text)
  const field = useRef<HTMLTextAreaElement>(null)
  const paste = guardPaste(text)
  useEffect(() => field.current?.focus(), [])
  const go = () => {
    props.onClose()
    props.paste(paste.text)
  }
  return (
    <Dialog
      id="paste"
      title={fill(texts.pasteInto, { guest: props.guest })}
      closeLabel={texts.close}
      onClose={props.onClose}
    >
      <div class="dialog-body">
        <p class="quiet-text">
          {props.byHand ? texts.pasteByHand : texts.pasteGuard}
          {window.isSecureContext || !props.byHand ? '' : ` ${texts.noClipboardHttp}`}
        </p>
        <textarea
          class="input paste-field mono"
          ref={field}
          rows={8}
          spellcheck={false}
          aria-label={fill(texts.pasteInto, { guest: props.guest })}
          value={text}
          onInput={(event: Event) => setText((event.target as HTMLTextAreaElement).value)}
          onKeyDown={(event: KeyboardEvent) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go()
          }}
        />
      </div>
      <footer class="dialog-foot">
        <span class="hint">
          {text === '' ? '' : fill(texts.pasteLines, { n: paste.lines })}
          {paste.removed > 0 ? ` ${fill(texts.pasteRemoved, { n: paste.removed })}` : ''}
        </span>
        <button type="button" class="button quiet" onClick={props.onClose}>
          {texts.cancel}
        </button>
        <button
          type="button"
          class="button filled"
          disabled={paste.text === ''}
          onClick={go}
          data-action="paste-now"
        >
          {texts.paste}
        </button>
      </footer>
    </Dialog>
  )
}

/** Where a link leads, before one goes there: its text came from the guest. */
export function LinkDialog(props: { url: URL; onClose: () => void }) {
  const { console: texts } = useConsoleTexts()
  const cancel = useRef<HTMLButtonElement>(null)
  useEffect(() => cancel.current?.focus(), [])
  return (
    <Dialog id="link" title={texts.openLink} closeLabel={texts.close} onClose={props.onClose}>
      <div class="dialog-body">
        <p class="quiet-text">{texts.linkFrom}</p>
        <p class="link-host">{props.url.host}</p>
        <p class="link-whole mono">
          <bdi>{props.url.href}</bdi>
        </p>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button quiet" ref={cancel} onClick={props.onClose}>
          {texts.cancel}
        </button>
        <a
          class="button outline"
          href={props.url.href}
          target="_blank"
          rel="noopener noreferrer"
          onClick={props.onClose}
          data-action="open-link"
        >
          {texts.openLinkNow}
        </a>
      </footer>
    </Dialog>
  )
}
