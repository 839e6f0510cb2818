import { createContext, useContext, useLayoutEffect, useState } from 'hono/jsx/dom'
import type { HostSummary } from '../src/http/contract.ts'
import type { Answer, Api } from './api.ts'
import type { Texts } from './i18n/en.ts'
import { createLive, type LiveNews } from './live/live.ts'
import type { ProviderReturn } from './model/provider.ts'
import { belowBase, showsTerminals } from './model/route.ts'
import { secondLook } from './second-look.ts'
import { createStore, type Store } from './store.ts'

/** Layout effects, because plain ones wait for a frame and a tab in the background gets none. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(store.get())
  useLayoutEffect(() => {
    const read = () => setValue(() => store.get())
    read()
    return store.subscribe(read)
  }, [store])
  return value
}

export type Locale = 'en' | 'ko'
export type Theme = 'auto' | 'light' | 'dark'

export interface Preferences {
  readonly locale: Locale
  readonly theme: Theme
}

/** What a history entry carries besides its path: never in the URL, so nobody else can set it. */
export interface Trail {
  /** Where to go when this page is done. */
  readonly back?: string
  /** Which host it is about. */
  readonly host?: string
  /** One came here from another page of ours, so the browser's own Back leads to it. */
  readonly inside?: boolean
}

export interface Place {
  /** Below the sub-path. */
  readonly path: string
  readonly trail: Trail
}

export type Hosts =
  | { readonly known: false }
  | { readonly known: true; readonly list: readonly HostSummary[] }

/** Everything that pages share; made once in main.tsx and handed down by context. */
export interface App {
  readonly api: Api
  readonly base: string
  readonly preferences: Store<Preferences>
  /** The texts in the language that is on. */
  readonly texts: Store<Texts>
  readonly place: Store<Place>
  /** This document came with the policy that terminals need; another has to be loaded anew for one. */
  readonly mayShowTerminals: boolean
  readonly hosts: Store<Hosts>
  /** Guests, nodes and the session, as the server tells them. */
  readonly live: LiveNews
  /** Goes to a path below the sub-path. */
  go(path: string, options?: { replace?: boolean; trail?: Trail }): void
  /** Asks for the hosts and remembers the answer. */
  askHosts(): Promise<Answer<HostSummary[]>>
  /** What an identity provider sent the person back with, once. */
  takeReturn(): ProviderReturn | undefined
}

export function createApp(
  api: Api,
  base: string,
  preferences: Store<Preferences>,
  texts: Store<Texts>,
  returned: ProviderReturn | undefined,
): App {
  let arrival = returned
  const place = createStore(readPlace(base))
  const hosts = createStore<Hosts>({ known: false })
  window.addEventListener('popstate', () => place.set(readPlace(base)))
  return {
    api,
    base,
    preferences,
    texts,
    place,
    mayShowTerminals: showsTerminals(place.get().path),
    hosts,
    live: createLive(api, base),
    go(path, { replace = false, trail = {} } = {}) {
      if (replace)
        history.replaceState({ inside: place.get().trail.inside, ...trail }, '', base + path)
      else history.pushState({ ...trail, inside: true }, '', base + path)
      place.set(readPlace(base))
    },
    async askHosts() {
      const before = hosts.get()
      const wasIn = before.known && before.list.some(isIn)
      const answer = await secondLook(
        api.hosts,
        (each) => wasIn && each.ok && !each.value.some(isIn),
      )
      if (answer.ok) hosts.set({ known: true, list: answer.value })
      return answer
    },
    takeReturn() {
      const taken = arrival
      arrival = undefined
      return taken
    },
  }
}

function isIn(host: HostSummary): boolean {
  return host.user !== null
}

function readPlace(base: string): Place {
  const state: unknown = history.state
  const trail = typeof state === 'object' && state !== null ? (state as Trail) : {}
  return { path: belowBase(base, location.pathname), trail }
}

const AppContext = createContext<App | undefined>(undefined)
export const AppProvider = AppContext.Provider

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('a page outside of AppProvider')
  return app
}

/** The texts in the reader's language. */
export function useTexts(): Texts {
  return useStore(useApp().texts)
}
