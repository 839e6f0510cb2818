import type { Child } from 'hono/jsx'
import { useLayoutEffect, useRef } from 'hono/jsx/dom'

/** A button with a floating list below it; Escape and a click elsewhere close it, as the browser does. */
export function PopoverButton(props: {
  id: string
  /** The name where the face is a drawing, or may be only that; else the face is the name. */
  label?: string
  face: Child
  class?: string
  popoverClass?: string
  /** The letter that opens it while its toolbar has the focus. */
  letter?: string
  children: Child
}) {
  const popover = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const place = () => {
    const box = button.current?.getBoundingClientRect()
    const style = popover.current?.style
    if (!style || !box) return
    if (window.innerWidth < 640) {
      style.top = ''
      style.right = ''
      return
    }
    // Aligned to the button's right edge: these buttons all stand at the right of their bar.
    style.top = `${box.bottom + 4}px`
    style.right = `${Math.max(8, window.innerWidth - box.right)}px`
  }
  useLayoutEffect(() => {
    const element = popover.current
    const close = (event: Event) => {
      const chosen = event.target instanceof Element && event.target.closest('[data-closes]')
      if (chosen) element?.hidePopover()
    }
    element?.addEventListener('click', close)
    return () => element?.removeEventListener('click', close)
  }, [])
  return (
    // One element around both: of two roots the renderer moves each at every change, which closes the popover.
    <span class="popover-anchor">
      <button
        type="button"
        class={props.class ?? 'button quiet'}
        ref={button}
        popovertarget={props.id}
        aria-haspopup="true"
        aria-label={props.label}
        title={props.label}
        data-letter={props.letter}
      >
        {props.face}
      </button>
      <div
        class={`popover ${props.popoverClass ?? ''}`}
        id={props.id}
        popover="auto"
        ref={popover}
        onBeforetoggle={place}
      >
        {props.children}
      </div>
    </span>
  )
}
