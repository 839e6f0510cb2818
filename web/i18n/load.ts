import type { Locale, Preferences } from '../state.ts'
import type { Store } from '../store.ts'
import { en, type Texts } from './en.ts'

/** English comes with the page; every other language is fetched when it is wanted. */
const others: Readonly<Record<Exclude<Locale, 'en'>, () => Promise<Texts>>> = {
  ko: async () => (await import('./ko.ts')).ko,
}

/** The texts of a language; English where the other one did not arrive. */
export async function loadTexts(locale: Locale): Promise<Texts> {
  if (locale === 'en') return en
  try {
    return await others[locale]()
  } catch {
    // The chunk did not arrive, as when the line is down: readable in English beats blank.
    return en
  }
}

/** Keeps `texts` in the language of `preferences`. */
export function followLocale(preferences: Store<Preferences>, texts: Store<Texts>): void {
  let shown = preferences.get().locale
  preferences.subscribe(async () => {
    const { locale } = preferences.get()
    if (locale === shown) return
    shown = locale
    const loaded = await loadTexts(locale)
    if (shown === locale) texts.set(loaded)
  })
}
