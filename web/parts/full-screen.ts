import { useLayoutEffect, useState } from 'hono/jsx/dom'

/** The Keyboard Lock API, which not all browsers have and none over plain HTTP. */
interface LockableKeyboard {
  lock?(): Promise<void>
  unlock?(): void
}

function keyboard(): LockableKeyboard | undefined {
  return (navigator as { keyboard?: LockableKeyboard }).keyboard
}

/** In full screen every key can be the guest's: Esc, Alt-Tab and Ctrl-W too. */
export function canLockKeyboard(): boolean {
  return keyboard()?.lock !== undefined
}

/**
 * Full screen of the whole page, so that the band and the toolbar come along. `withheld` is called when the
 * browser keeps its own keys in it.
 */
export function useFullScreen(page: { current: HTMLElement | null }, withheld: () => void) {
  const [on, setOn] = useState(false)
  useLayoutEffect(() => {
    const read = () => {
      const now = document.fullscreenElement !== null
      setOn(now)
      if (!now) keyboard()?.unlock?.()
      else if (canLockKeyboard()) keyboard()?.lock?.().catch(withheld)
      else withheld()
    }
    document.addEventListener('fullscreenchange', read)
    return () => {
      document.removeEventListener('fullscreenchange', read)
      keyboard()?.unlock?.()
    }
  }, [])
  const toggle = async () => {
    if (document.fullscreenElement) await document.exitFullscreen()
    else await page.current?.requestFullscreen?.({ navigationUI: 'hide' })
  }
  return { on, toggle: () => void toggle() }
}
