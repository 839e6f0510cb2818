import { type Locale, type Theme, useApp, useStore, useTexts } from '../state.ts'
import { ThemeIcon } from './icon.tsx'

const languages: readonly (readonly [Locale, string])[] = [
  ['en', 'English'],
  ['ko', '한국어'],
]

/** English or 한국어, each in its own words. */
export function LanguageSwitch() {
  const { preferences } = useApp()
  const { locale } = useStore(preferences)
  const texts = useTexts()
  return (
    <fieldset class="segments" aria-label={texts.language}>
      {languages.map(([key, name]) => (
        <button
          key={key}
          type="button"
          class="button quiet"
          lang={key}
          aria-pressed={key === locale ? 'true' : 'false'}
          onClick={() => preferences.set({ ...preferences.get(), locale: key })}
        >
          {name}
        </button>
      ))}
    </fieldset>
  )
}

const nextTheme: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' }

/** Goes round the three themes; its name says which one is on. */
export function ThemeSwitch({ worded = false }: { worded?: boolean }) {
  const { preferences } = useApp()
  const { theme } = useStore(preferences)
  const texts = useTexts()
  const name = `${texts.theme.label}: ${texts.theme[theme]}`
  return (
    <button
      type="button"
      class={worded ? 'button quiet' : 'button quiet square'}
      title={worded ? undefined : name}
      aria-label={name}
      data-theme-choice={theme}
      onClick={() => preferences.set({ ...preferences.get(), theme: nextTheme[theme] })}
    >
      <ThemeIcon />
      {worded ? name : null}
    </button>
  )
}

/** Both, as they stand at the top of pages that need no sign-in. */
export function PreferenceSwitches() {
  return (
    <>
      <LanguageSwitch />
      <span class="divider" />
      <ThemeSwitch />
    </>
  )
}
