import { useLayoutEffect } from 'hono/jsx/dom'
import type { Band } from '../model/band.ts'
import type { StatusMark } from '../model/guest-status.ts'
import { showFavicon } from './favicon.ts'

/** The tab says which guest it is and how it is, in words and in the icon's colour. */
export function useConsoleTitle(
  band: Band | undefined,
  mark: StatusMark,
  name: string,
  host: string,
): void {
  const title = `${band ? `${band.label}: ` : ''}${name}, ${host}`
  useLayoutEffect(() => {
    document.title = title
  }, [title])
  useLayoutEffect(() => showFavicon(mark.tone), [mark.tone])
  useLayoutEffect(() => () => showFavicon(undefined), [])
}
