import type { RefObject } from 'hono/jsx/dom'
import { useLayoutEffect } from 'hono/jsx/dom'

/** `/` to the search field, arrows from guest to guest, Escape back to the whole list. */
export function useListKeys(search: RefObject<HTMLInputElement | null>): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const field = search.current
      const typing = event.target instanceof HTMLInputElement
      if (event.key === '/' && !typing) {
        event.preventDefault()
        field?.focus()
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        if (event.target !== document.body && !typing && !isRowLink(event.target)) return
        if (moveBy(event.key === 'ArrowDown' ? 1 : -1)) event.preventDefault()
      } else if (event.key === 'Enter' && event.target === field) {
        document.querySelector<HTMLElement>('.row-link')?.click()
      } else if (event.key === 'Escape' && isRowLink(event.target)) {
        field?.focus()
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function isRowLink(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('.row-link')
}

function moveBy(by: 1 | -1): boolean {
  const links = [...document.querySelectorAll<HTMLElement>('.row-link')]
  const current = links.findIndex((link) => link.matches(':focus'))
  const next = links[current < 0 ? (by > 0 ? 0 : links.length - 1) : current + by]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return next !== undefined
}
