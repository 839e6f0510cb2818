import type { Child } from 'hono/jsx'
import { useLayoutEffect, useRef } from 'hono/jsx/dom'
import { Icon } from './icon.tsx'

/** A modal dialog that is open for as long as it is in the page; Escape and its cross close it. */
export function Dialog(props: {
  id: string
  title: string
  closeLabel: string
  onClose: () => void
  class?: string
  children: Child
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const element = dialog.current
    // After it is in the page: an element outside of it cannot be shown.
    queueMicrotask(() => {
      if (element?.isConnected && !element.open) element.showModal()
    })
    return () => element?.close()
  }, [])
  return (
    <dialog
      class={`dialog ${props.class ?? ''}`}
      ref={dialog}
      aria-labelledby={`${props.id}-title`}
      data-dialog={props.id}
      onCancel={(event: Event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <div class="dialog-inner">
        <div class="dialog-head">
          <h2 id={`${props.id}-title`}>{props.title}</h2>
          <button
            type="button"
            class="button quiet square"
            aria-label={props.closeLabel}
            title={props.closeLabel}
            onClick={props.onClose}
            data-action="close-dialog"
          >
            <Icon name="close" />
          </button>
        </div>
        {props.children}
      </div>
    </dialog>
  )
}
