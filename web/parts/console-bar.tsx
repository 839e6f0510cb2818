import type { RefObject } from 'hono/jsx/dom'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import type { StatusMark } from '../model/guest-status.ts'
import { useApp } from '../state.ts'
import { Icon, StatusGlyph } from './icon.tsx'
import { keepFocus } from './touch-keys.tsx'

/** The console's toolbar: where one is, how it is, and what can be done with the picture. */
export function ConsoleBar(props: {
  bar: RefObject<HTMLDivElement | null>
  mark: StatusMark
  name: string
  id: string
  place: string
  note: string
  live: boolean
  fit: boolean
  full: boolean
  toggleFit: () => void
  toggleFull: () => void
  ctrlAltDel: () => void
  /** The row of an on-screen keyboard is shown. */
  typing: boolean
  toggleTyping: () => void
}) {
  const { base } = useApp()
  const texts = useConsoleTexts()
  const { mark } = props
  return (
    <header class="console-head">
      <div class="console-bar" ref={props.bar} role="toolbar" aria-label={texts.console.toolbar}>
        <a
          class="button quiet square"
          href={`${base}/`}
          aria-label={texts.console.toGuests}
          title={texts.console.toGuests}
          data-action="back"
        >
          <Icon name="back" />
        </a>
        <StatusGlyph glyph={mark.glyph} tone={mark.tone} />
        <span class="unseen">{mark.word}</span>
        <h1 class="console-name" title={props.name}>
          <bdi>{props.name}</bdi>
        </h1>
        {props.id === '' ? null : <span class="console-id mono">{props.id}</span>}
        <span class="console-place">
          <bdi>{props.place}</bdi>
        </span>
        <span class="console-note" data-note>
          {props.note}
        </span>
        <button
          type="button"
          class="button quiet square touch-only"
          aria-pressed={props.typing ? 'true' : 'false'}
          aria-label={texts.console.keyboard}
          title={texts.console.keyboard}
          disabled={!props.live && !props.typing}
          onMouseDown={keepFocus}
          onClick={props.toggleTyping}
          data-action="keyboard"
        >
          <Icon name="keyboard" />
        </button>
        <button
          type="button"
          class="button quiet wide-only"
          disabled={!props.live}
          onClick={props.ctrlAltDel}
          data-action="ctrl-alt-del"
        >
          {texts.console.ctrlAltDel}
        </button>
        <span class="divider" />
        <button
          type="button"
          class="button quiet"
          aria-pressed={props.fit ? 'true' : 'false'}
          aria-label={texts.console.fitLabel}
          title={texts.console.fitLabel}
          onClick={props.toggleFit}
          data-action="fit"
        >
          <Icon name="fit" />
          <span class="bar-word">{props.fit ? texts.console.fit : texts.console.actual}</span>
        </button>
        <button
          type="button"
          class="button quiet square"
          aria-pressed={props.full ? 'true' : 'false'}
          aria-label={props.full ? texts.console.leaveFullScreen : texts.console.fullScreen}
          title={props.full ? texts.console.leaveFullScreen : texts.console.fullScreen}
          onClick={props.toggleFull}
          data-action="full-screen"
        >
          <Icon name="fullscreen" />
        </button>
      </div>
    </header>
  )
}
