import { render } from 'hono/jsx/dom'
import { createApi } from './api.ts'
import { followLocale, loadTexts } from './i18n/load.ts'
import { readKind } from './model/console-kind.ts'
import { type ProviderReturn, readReturn } from './model/provider.ts'
import { belowBase, parsePath } from './model/route.ts'
import { GuestsPage } from './pages/guests.tsx'
import { LazyConsole } from './pages/lazy-console.tsx'
import { NotFoundPage, WallPage } from './pages/plain.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { TlsHelpPage } from './pages/tls-help.tsx'
import { LazySessionWarning } from './parts/lazy-session-warning.tsx'
import { createPreferences } from './preferences.ts'
import { readTwice } from './second-look.ts'
import { type App, AppProvider, createApp, useApp, useStore } from './state.ts'
import { createStore } from './store.ts'

function Page() {
  const app = useApp()
  const { path } = useStore(app.place)
  const route = parsePath(path)
  switch (route.page) {
    case 'guests':
      return <GuestsPage />
    case 'sign-in':
      return <SignInPage />
    case 'console':
      return <LazyConsole key={path} target={route.target} />
    case 'tls-help':
      return <TlsHelpPage key={path} host={route.host} />
    case 'wall':
      return <WallPage />
    case 'not-found':
      return <NotFoundPage />
  }
}

/** Links within the app change the page without loading it; everything else is the browser's. */
function followLinks(app: App): void {
  document.addEventListener('click', (event) => {
    const plain = !event.defaultPrevented && event.button === 0
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
    const target = event.target instanceof Element ? event.target.closest('a') : null
    if (!plain || modified || !target || target.target !== '') return
    if (target.origin !== location.origin || target.hasAttribute('download')) return
    if (!target.pathname.startsWith(`${app.base}/`) || target.hash !== '') return
    // A terminal needs a document of its own policy: the browser loads it.
    if (readKind(target.search)?.kind === 'terminal' && !app.mayShowTerminals) return
    event.preventDefault()
    app.go(target.pathname.slice(app.base.length) + target.search)
  })
}

/** Reads what an identity provider put into the address, and takes it out of there before anything else. */
function takeReturn(base: string): ProviderReturn | undefined {
  if (parsePath(belowBase(base, location.pathname)).page !== 'sign-in') return undefined
  const returned = readReturn(location.search)
  if (returned) history.replaceState(history.state, '', location.pathname)
  return returned
}

async function start(): Promise<void> {
  const base = document.querySelector<HTMLMetaElement>('meta[name=pve-console-base]')?.content ?? ''
  const returned = takeReturn(base)
  const api = createApi(
    base,
    readTwice((url, init) => fetch(url, init)),
  )
  const preferences = createPreferences()
  const texts = createStore(await loadTexts(preferences.get().locale))
  followLocale(preferences, texts)
  const app = createApp(api, base, preferences, texts, returned)
  followLinks(app)
  const root = document.getElementById('app')
  if (!root) throw new Error('the page has no #app')
  render(
    <AppProvider value={app}>
      <Page />
      <LazySessionWarning />
    </AppProvider>,
    root,
  )
}

void start()
