import { createContext, useContext, useLayoutEffect, useMemo, useState } from 'hono/jsx/dom'
import { type Locale, useApp, useStore, useTexts } from '../state.ts'
import type { ConsoleTexts, ConsoleWords } from './en-console.ts'

const languages: Readonly<Record<Locale, () => Promise<ConsoleWords>>> = {
  en: async () => (await import('./en-console.ts')).enConsole,
  ko: async () => (await import('./ko-console.ts')).koConsole,
}

/** The console's words in a language; English where the other one did not arrive. Rejects without either. */
export function loadConsoleWords(locale: Locale): Promise<ConsoleWords> {
  return languages[locale]().catch(languages.en)
}

const WordsContext = createContext<ConsoleWords | undefined>(undefined)
export const WordsProvider = WordsContext.Provider

/** The console's words, anew when the language is switched. `first` are those that came with it. */
export function useConsoleWords(first: ConsoleWords): ConsoleWords {
  const { preferences } = useApp()
  const { locale } = useStore(preferences)
  const [words, setWords] = useState(first)
  useLayoutEffect(() => {
    let over = false
    loadConsoleWords(locale).then(
      (loaded) => over || setWords(loaded),
      // The line is down: the console goes on in the language it has.
      () => undefined,
    )
    return () => {
      over = true
    }
  }, [locale])
  return words
}

/** Everything a console says, in the reader's language. */
export function useConsoleTexts(): ConsoleTexts {
  const texts = useTexts()
  const words = useContext(WordsContext)
  if (!words) throw new Error('a part of a console outside of WordsProvider')
  return useMemo(() => ({ ...texts, ...words }), [texts, words])
}
