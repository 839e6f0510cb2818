import type { Locale, Preferences, Theme } from './state.ts'
import { createStore, type Store } from './store.ts'

const localeKey = 'pve-console.locale'
const themeKey = 'pve-console.theme'

/** Language and theme, as the person left them in this browser; else as the browser says. */
export function createPreferences(): Store<Preferences> {
  const store = createStore<Preferences>({ locale: readLocale(), theme: readTheme() })
  const apply = () => {
    const { locale, theme } = store.get()
    document.documentElement.lang = locale
    document.documentElement.dataset.theme = theme
    remember(localeKey, locale)
    remember(themeKey, theme)
  }
  store.subscribe(apply)
  document.documentElement.lang = store.get().locale
  document.documentElement.dataset.theme = store.get().theme
  return store
}

function readLocale(): Locale {
  const kept = recall(localeKey)
  if (kept === 'en' || kept === 'ko') return kept
  return navigator.languages[0]?.toLowerCase().startsWith('ko') ? 'ko' : 'en'
}

function readTheme(): Theme {
  const kept = recall(themeKey)
  return kept === 'light' || kept === 'dark' ? kept : 'auto'
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    // Storage is switched off in this browser: the choice then lasts as long as the page.
    return null
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // As above; a full or forbidden storage must not stop the switch itself.
  }
}
