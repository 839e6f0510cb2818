import type { RefObject } from 'hono/jsx/dom'
import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { ConsoleElement } from '../elements/console-element.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { fill } from '../i18n/fill.ts'
import { isKeyName, type KeyName, type Modifier } from '../model/touch-keys.ts'

/** Stands in the field so that a Backspace has something to take away, and is told to us at all. */
const filling = '_'.repeat(32)
/** Between these lengths, in characters, the field is left alone; outside it is filled anew. */
const shortest = 8
const longest = 96

/**
 * Typing with an on-screen keyboard: a field nobody sees, which has the keyboard come up when it takes the
 * focus, and above the keyboard a row of the keys that it lacks. The row is there while the field has the focus.
 */
export function TouchKeys(props: {
  field: RefObject<HTMLTextAreaElement | null>
  element: RefObject<ConsoleElement | null>
  guest: string
  on: boolean
  setOn: (on: boolean) => void
  /** Undefined where the guest knows no such keys: a terminal. */
  ctrlAltDel: (() => void) | undefined
}) {
  const texts = useConsoleTexts()
  const [held, setHeld] = useState<readonly Modifier[]>([])
  const before = useRef(filling)
  const refill = () => {
    const field = props.field.current
    if (!field) return
    field.value = filling
    before.current = filling
    field.setSelectionRange(filling.length, filling.length)
  }
  const take = (field: HTMLTextAreaElement, composing: boolean) => {
    const element = props.element.current
    if (!element) return
    const { value } = field
    const taken = element.takeTyped(before.current, value, composing, held)
    if (taken !== before.current) setHeld([])
    before.current = taken
    // While an input method puts a letter together, a new text would make it lose the letter.
    if (!composing && (value.length < shortest || value.length > longest)) refill()
  }
  const onInput = (event: InputEvent) =>
    take(event.target as HTMLTextAreaElement, event.isComposing)
  // The last letter is complete now, and nothing else says so.
  const onCompositionEnd = (event: Event) => take(event.target as HTMLTextAreaElement, false)
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event
    // What changes the field is told by its input; on many phones there is nothing else.
    const inField = key === 'Enter' || key === 'Backspace' || event.isComposing
    const chord = (event.ctrlKey || event.altKey) && key.length === 1
    if (inField || !(isKeyName(key) || chord)) return
    event.preventDefault()
    const real: Modifier[] = [...(event.ctrlKey ? ['ctrl' as const] : [])]
    if (event.altKey) real.push('alt')
    const all = [...held, ...real]
    if (isKeyName(key)) props.element.current?.pressKey(key, all)
    else props.element.current?.takeTyped('', key, false, all)
    setHeld([])
  }
  const name = (key: KeyName) => {
    props.element.current?.pressKey(key, held)
    setHeld([])
  }
  const hold = (which: Modifier) =>
    setHeld(held.includes(which) ? held.filter((each) => each !== which) : [...held, which])
  return (
    <section
      class="touch-keys"
      aria-label={texts.console.keyboard}
      data-on={props.on ? 'true' : undefined}
    >
      <textarea
        class="touch-field"
        ref={props.field}
        rows={1}
        tabindex={-1}
        autocomplete="off"
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        aria-label={fill(texts.console.typeHere, { guest: props.guest })}
        onFocus={() => {
          refill()
          props.setOn(true)
        }}
        onBlur={() => {
          setHeld([])
          props.setOn(false)
        }}
        onInput={onInput}
        onCompositionend={onCompositionEnd}
        onKeyDown={onKeyDown}
      />
      {props.on ? <Row held={held} hold={hold} name={name} ctrlAltDel={props.ctrlAltDel} /> : null}
    </section>
  )
}

function Row(props: {
  held: readonly Modifier[]
  hold: (which: Modifier) => void
  name: (key: KeyName) => void
  /** Undefined where the guest knows no such keys: a terminal. */
  ctrlAltDel: (() => void) | undefined
}) {
  const { console: texts } = useConsoleTexts()
  const key = (key: KeyName, face: string, label = face) => (
    <button type="button" class="touch-key" aria-label={label} onClick={() => props.name(key)}>
      {face}
    </button>
  )
  const modifier = (which: Modifier, face: string) => (
    <button
      type="button"
      class="touch-key"
      aria-pressed={props.held.includes(which) ? 'true' : 'false'}
      onClick={() => props.hold(which)}
    >
      {face}
    </button>
  )
  return (
    <div class="touch-row" role="toolbar" aria-label={texts.keys} onMouseDown={keepFocus}>
      {key('Escape', 'Esc')}
      {key('Tab', 'Tab')}
      {modifier('ctrl', 'Ctrl')}
      {modifier('alt', 'Alt')}
      {key('ArrowLeft', '←', texts.arrows.left)}
      {key('ArrowUp', '↑', texts.arrows.up)}
      {key('ArrowDown', '↓', texts.arrows.down)}
      {key('ArrowRight', '→', texts.arrows.right)}
      {props.ctrlAltDel ? (
        <button type="button" class="touch-key" onClick={props.ctrlAltDel}>
          {texts.ctrlAltDel}
        </button>
      ) : null}
    </div>
  )
}

/** A button that takes the focus would send the keyboard away. */
export function keepFocus(event: Event): void {
  event.preventDefault()
}

/** Makes a page as high as the on-screen keyboard leaves it: browsers lay the keyboard over the page. */
export function useKeyboardRoom(page: RefObject<HTMLElement | null>, on: boolean): void {
  useLayoutEffect(() => {
    const view = window.visualViewport
    const element = page.current
    if (!on || !view || !element) return
    const fit = () => {
      // Enlarged by two fingers it says nothing of the keyboard.
      if (view.scale === 1) element.style.height = `${view.height}px`
      window.scrollTo(0, 0)
    }
    fit()
    view.addEventListener('resize', fit)
    return () => {
      view.removeEventListener('resize', fit)
      element.style.height = ''
    }
  }, [on])
}
