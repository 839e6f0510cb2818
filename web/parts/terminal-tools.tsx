import { useEffect, useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import { PveTerminal } from '../elements/pve-terminal.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { type ConsoleDesk, type FontSize, fontSizes } from './console-desk.ts'
import { ConsoleIcon } from './console-icon.tsx'
import { Icon } from './icon.tsx'

function terminalOf(desk: ConsoleDesk): PveTerminal | undefined {
  const { current } = desk.element
  return current instanceof PveTerminal ? current : undefined
}

/** The search field in the toolbar; it is there while one searches. */
export function TerminalSearch({ desk, close }: { desk: ConsoleDesk; close: () => void }) {
  const { console: texts } = useConsoleTexts()
  const field = useRef<HTMLInputElement>(null)
  const [term, setTerm] = useState('')
  const [found, setFound] = useState({ at: 0, of: 0 })
  useEffect(() => field.current?.focus(), [])
  useLayoutEffect(() => () => terminalOf(desk)?.endSearch(), [])
  const look = (wanted: string, direction: 1 | -1) => {
    const terminal = terminalOf(desk)
    if (terminal) setFound(terminal.search(wanted, direction))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // The toolbar's own letters are letters here.
    event.stopPropagation()
    if (event.key === 'Enter') look(term, event.shiftKey ? 1 : -1)
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
  }
  return (
    <search class="terminal-search" data-part="terminal-search">
      <Icon name="search" />
      <input
        class="input"
        type="text"
        ref={field}
        value={term}
        aria-label={texts.search}
        autocomplete="off"
        spellcheck={false}
        onInput={(event: Event) => {
          const { value } = event.target as HTMLInputElement
          setTerm(value)
          terminalOf(desk)?.endSearch()
          look(value, -1)
        }}
        onKeyDown={onKeyDown}
      />
      <span class="hint mono" role="status">
        {term === '' ? '' : fill(texts.foundOf, { n: found.at, of: found.of })}
      </span>
      <button
        type="button"
        class="button quiet square"
        aria-label={texts.previous}
        title={texts.previous}
        disabled={found.of === 0}
        onClick={() => look(term, -1)}
        data-action="previous"
      >
        <ConsoleIcon name="up" />
      </button>
      <button
        type="button"
        class="button quiet square"
        aria-label={texts.next}
        title={texts.next}
        disabled={found.of === 0}
        onClick={() => look(term, 1)}
        data-action="next"
      >
        <Icon name="chevron" />
      </button>
      <button
        type="button"
        class="button quiet square"
        aria-label={texts.endSearch}
        title={texts.endSearch}
        onClick={close}
        data-action="end-search"
      >
        <Icon name="close" />
      </button>
    </search>
  )
}

/** Letters smaller and larger. */
export function FontSizes({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const { fontSize, setFontSize } = desk.settings
  const sizes = [...fontSizes].sort((a, b) => Number(a) - Number(b))
  const at = sizes.indexOf(fontSize)
  const step = (size: FontSize | undefined, label: string, small: boolean) => (
    <button
      type="button"
      class={`button quiet square ${small ? 'letter-small' : 'letter-large'}`}
      aria-label={label}
      title={label}
      disabled={!size}
      onClick={() => {
        if (size) setFontSize(size)
        desk.toConsole()
      }}
      data-action={small ? 'smaller' : 'larger'}
    >
      A
    </button>
  )
  return (
    <span class="font-sizes">
      {step(sizes[at - 1], texts.smaller, true)}
      <span class="hint mono">{fontSize}</span>
      {step(sizes[at + 1], texts.larger, false)}
    </span>
  )
}
