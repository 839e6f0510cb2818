import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { ConsoleTarget } from '../model/route.ts'
import { useTexts } from '../state.ts'

type ConsolePage = typeof import('./console.tsx').ConsolePage

/** The console's own code comes when one is opened; noVNC's is asked for at the same time. */
export function LazyConsole({ target }: { target: ConsoleTarget }) {
  const texts = useTexts()
  const [loaded, setLoaded] = useState<{ Page: ConsolePage } | 'failed' | undefined>(undefined)
  useLayoutEffect(() => {
    // The screen imports it again and says what a failure means.
    import('@novnc/novnc').catch(() => undefined)
    import('./console.tsx').then(
      ({ ConsolePage }) => setLoaded({ Page: ConsolePage }),
      () => setLoaded('failed'),
    )
  }, [])
  if (loaded === 'failed') {
    return (
      <div class="console dark console-blank">
        <p role="alert">
          {texts.reason.network.title} {texts.reason.network.detail}
        </p>
        <button type="button" class="button filled" onClick={() => location.reload()}>
          {texts.band.action.tryNow}
        </button>
      </div>
    )
  }
  if (!loaded) return <div class="console dark" data-page="console" data-state="idle" />
  const { Page } = loaded
  return <Page target={target} />
}
