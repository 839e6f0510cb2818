import { useLayoutEffect, useState } from 'hono/jsx/dom'
import { loadStyle } from '../elements/style-sheet.ts'
import { loadConsoleWords, useConsoleWords, WordsProvider } from '../i18n/console-texts.ts'
import type { ConsoleWords } from '../i18n/en-console.ts'
import type { ConsoleTarget } from '../model/route.ts'
import { useApp, useTexts } from '../state.ts'
import bandStyle from '../style/band.css' with { type: 'file' }
import consoleStyle from '../style/console.css' with { type: 'file' }
import menuStyle from '../style/console-menus.css' with { type: 'file' }
import dialogStyle from '../style/dialog.css' with { type: 'file' }
import touchStyle from '../style/touch.css' with { type: 'file' }

const styles = [consoleStyle, bandStyle, menuStyle, dialogStyle, touchStyle]

type ConsolePage = typeof import('./console.tsx').ConsolePage

interface Loaded {
  readonly Page: ConsolePage
  readonly words: ConsoleWords
}

/** The console's own code, words and styles come when one is opened. */
export function LazyConsole({ target }: { target: ConsoleTarget }) {
  const app = useApp()
  const texts = useTexts()
  const [loaded, setLoaded] = useState<Loaded | 'failed' | undefined>(undefined)
  useLayoutEffect(() => {
    let over = false
    // The screen imports it again and says what a failure means.
    import('@novnc/novnc').catch(() => undefined)
    const parts = Promise.all([
      import('./console.tsx'),
      loadConsoleWords(app.preferences.get().locale),
      ...styles.map((address) => loadStyle(address, import.meta.url)),
    ])
    parts.then(
      ([{ ConsolePage }, words]) => over || setLoaded({ Page: ConsolePage, words }),
      () => over || setLoaded('failed'),
    )
    return () => {
      over = true
    }
  }, [])
  if (loaded === 'failed') {
    return (
      <div class="blank dark">
        <p role="alert">
          {texts.reason.network.title} {texts.reason.network.detail}
        </p>
        <button type="button" class="button filled" onClick={() => location.reload()}>
          {texts.guests.tryNow}
        </button>
      </div>
    )
  }
  if (!loaded) return <div class="blank dark" data-page="console" data-state="idle" />
  return <Worded {...loaded} target={target} />
}

function Worded({ Page, words, target }: Loaded & { target: ConsoleTarget }) {
  return (
    <WordsProvider value={useConsoleWords(words)}>
      <Page target={target} />
    </WordsProvider>
  )
}
