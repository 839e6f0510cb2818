import type { RefObject } from 'hono/jsx/dom'
import { PveTerminal } from '../elements/pve-terminal.ts'
import { VncScreen } from '../elements/vnc-screen.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fileName } from '../model/console-facts.ts'
import type { StatusMark } from '../model/guest-status.ts'
import { useApp } from '../state.ts'
import type { ConsoleDesk } from './console-desk.ts'
import { ConsoleDetails } from './console-details.tsx'
import { ConsoleIcon } from './console-icon.tsx'
import { KeysMenu, KindMenu, PowerMenu, ScaleMenu } from './console-menus.tsx'
import { ConsoleMore } from './console-more.tsx'
import { Icon, StatusGlyph } from './icon.tsx'
import { offerFile } from './offer-file.ts'
import { FontSizes, TerminalSearch } from './terminal-tools.tsx'
import { keepFocus } from './touch-keys.tsx'

/** What of a console can be switched on and off. */
export interface Switch {
  readonly on: boolean
  readonly toggle: () => void
}

export interface ConsoleBarProps {
  readonly bar: RefObject<HTMLDivElement | null>
  readonly desk: ConsoleDesk
  readonly mark: StatusMark
  readonly id: string
  readonly place: string
  readonly note: string
  readonly full: Switch
  readonly hidden: Switch
  readonly viewOnly: Switch
  readonly searching: Switch
  /** The row of an on-screen keyboard is shown. */
  readonly typing: Switch
  readonly paste: () => void
  /** Undefined in a window of its own. */
  readonly ownWindow: (() => void) | undefined
}

/** The console's toolbar: where one is, how it is, and what can be done with the picture. */
export function ConsoleBar(props: ConsoleBarProps) {
  const { base } = useApp()
  const { console: texts } = useConsoleTexts()
  const { mark, desk } = props
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    if (event.key === 'Escape') {
      desk.toConsole()
      return
    }
    const letter = event.key.length === 1 ? CSS.escape(event.key.toLowerCase()) : ''
    const button =
      letter === ''
        ? null
        : (event.currentTarget as HTMLElement).querySelector<HTMLElement>(
            `[data-letter="${letter}"]`,
          )
    if (!button || button.matches(':disabled')) return
    event.preventDefault()
    button.click()
    const opened = document.querySelector<HTMLElement>('.popover:popover-open')
    opened?.querySelector<HTMLElement>('button:enabled, a')?.focus()
  }
  return (
    <header class="console-head">
      <div
        class="console-bar"
        role="toolbar"
        ref={props.bar}
        aria-label={texts.toolbar}
        onKeyDown={onKeyDown}
      >
        <a
          class="button quiet square"
          href={`${base}/`}
          aria-label={texts.toGuests}
          title={texts.toGuests}
          data-action="back"
          data-letter="g"
        >
          <Icon name="back" />
        </a>
        <StatusGlyph glyph={mark.glyph} tone={mark.tone} />
        <span class="unseen">{mark.word}</span>
        <h1 class="console-name" title={desk.name}>
          <bdi>{desk.name}</bdi>
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
          aria-pressed={props.typing.on ? 'true' : 'false'}
          aria-label={texts.keyboard}
          title={texts.keyboard}
          disabled={!desk.live && !props.typing.on}
          onMouseDown={keepFocus}
          onClick={props.typing.toggle}
          data-action="keyboard"
        >
          <Icon name="keyboard" />
        </button>
        {desk.chosen.kind === 'vnc' ? <ScreenTools {...props} /> : <TerminalTools {...props} />}
        <span class="divider bar-tool" />
        <KindMenu desk={desk} />
        <PowerMenu desk={desk} />
        <ConsoleDetails desk={desk} />
        <span class="divider bar-tool" />
        <WindowTools {...props} />
        <ConsoleMore {...props} />
      </div>
    </header>
  )
}

function ScreenTools(props: ConsoleBarProps) {
  const { console: texts } = useConsoleTexts()
  const { desk, viewOnly } = props
  const screenshot = async () => {
    const { current } = desk.element
    const picture = current instanceof VncScreen ? await current.picture() : null
    if (picture) offerFile(picture, fileName(desk.name, new Date(), 'png'))
    else desk.say(texts.noPicture)
    desk.toConsole()
  }
  return (
    <>
      <KeysMenu desk={desk} />
      <span class="divider bar-tool" />
      <ScaleMenu desk={desk} />
      <button
        type="button"
        class="button quiet square bar-tool"
        aria-pressed={viewOnly.on ? 'true' : 'false'}
        aria-label={texts.viewOnly}
        title={texts.viewOnly}
        onClick={viewOnly.toggle}
        data-action="view-only"
        data-letter="v"
      >
        <Icon name="eye" />
      </button>
      <button
        type="button"
        class="button quiet square bar-tool"
        aria-label={texts.screenshot}
        title={texts.screenshot}
        onClick={() => void screenshot()}
        data-action="screenshot"
        data-letter="s"
      >
        <ConsoleIcon name="camera" />
      </button>
    </>
  )
}

function TerminalTools(props: ConsoleBarProps) {
  const { console: texts } = useConsoleTexts()
  const { desk, searching } = props
  const { copyOnSelect, setCopyOnSelect } = desk.settings
  const saveText = () => {
    const { current } = desk.element
    if (!(current instanceof PveTerminal)) return
    const text = new Blob([current.text], { type: 'text/plain' })
    offerFile(text, fileName(desk.name, new Date(), 'txt'))
    desk.toConsole()
  }
  const square = (
    name: string,
    label: string,
    icon: 'search' | 'copy' | 'save',
    act: () => void,
    more: { letter?: string; pressed?: boolean } = {},
  ) => (
    <button
      type="button"
      class="button quiet square bar-tool"
      aria-label={label}
      title={label}
      aria-pressed={more.pressed === undefined ? undefined : more.pressed ? 'true' : 'false'}
      onClick={act}
      data-action={name}
      data-letter={more.letter}
    >
      {icon === 'save' ? <ConsoleIcon name="save" /> : <Icon name={icon} />}
    </button>
  )
  return (
    <>
      {searching.on ? (
        <TerminalSearch desk={desk} close={searching.toggle} />
      ) : (
        square('search', texts.search, 'search', searching.toggle)
      )}
      <span class="divider bar-tool" />
      <FontSizes desk={desk} />
      <span class="divider bar-tool" />
      <KeysMenu desk={desk} />
      <button
        type="button"
        class="button quiet bar-tool"
        disabled={!desk.live}
        aria-label={texts.paste}
        title={`${texts.paste} (Ctrl Shift V)`}
        onClick={props.paste}
        data-action="paste"
        data-letter="t"
      >
        <ConsoleIcon name="paste" />
        <span class="bar-word">{texts.paste}</span>
      </button>
      {square('copy-on-select', texts.copyOnSelect, 'copy', () => setCopyOnSelect(!copyOnSelect), {
        pressed: copyOnSelect,
      })}
      {square('save-text', texts.saveText, 'save', saveText, { letter: 's' })}
    </>
  )
}

function WindowTools({ full, hidden, ownWindow }: ConsoleBarProps) {
  const { console: texts } = useConsoleTexts()
  const fullLabel = full.on ? texts.leaveFullScreen : texts.fullScreen
  return (
    <>
      {ownWindow ? (
        <button
          type="button"
          class="button quiet square bar-tool"
          aria-label={texts.ownWindow}
          title={texts.ownWindow}
          onClick={ownWindow}
          data-action="own-window"
        >
          <Icon name="window" />
        </button>
      ) : null}
      <button
        type="button"
        class="button quiet square bar-tool"
        aria-pressed={full.on ? 'true' : 'false'}
        aria-label={fullLabel}
        title={fullLabel}
        onClick={full.toggle}
        data-action="full-screen"
        data-letter="f"
      >
        <Icon name="fullscreen" />
      </button>
      <button
        type="button"
        class="button quiet square bar-tool"
        aria-pressed={hidden.on ? 'true' : 'false'}
        aria-label={texts.hideBar}
        title={texts.hideBar}
        onClick={hidden.toggle}
        data-action="hide-bar"
      >
        <ConsoleIcon name="hide" />
      </button>
    </>
  )
}
