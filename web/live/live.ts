import type { Api, ApiError } from '../api.ts'
import { Leadership, type Word } from '../model/leadership.ts'
import {
  apply,
  asSnapshot,
  type LiveEvent,
  type LiveList,
  nothingKnown,
} from '../model/live-list.ts'
import { createStore, type Store } from '../store.ts'
import { EventFeed } from './event-feed.ts'

/** Milliseconds without a word after which what is shown may be old; words come every fifteen seconds. */
export const oldAfter = 40_000

/** The list as it is known in this window, and how fresh that is. */
export interface Live {
  readonly list: LiveList
  /** When something was heard last, on the page's own clock; 0 before that. */
  readonly at: number
  /** Why nothing is heard; undefined while all is well. */
  readonly trouble: Trouble | undefined
}

/** As much of an ApiError as another window can be told. */
export type Trouble = Pick<ApiError, 'status' | 'code' | 'message' | 'id'>

/** What the leading window says to the others. */
type Said =
  | { readonly kind: 'beat' }
  | { readonly kind: 'event'; readonly event: LiveEvent }
  | { readonly kind: 'trouble'; readonly trouble: Trouble }

interface Message {
  readonly word: Word
  readonly said?: Said
}

export interface LiveNews {
  readonly store: Store<Live>
  /** Keeps the list up to date until the answer is called; how often at a time does not matter. */
  watch(): () => void
  /** Listens anew, at once: the line is back, or the person has signed in. */
  retry(): void
}

/** One stream of events for all windows of this browser; see model/leadership.ts for how they agree. */
export function createLive(api: Api, base: string): LiveNews {
  return new WindowNews(api, openChannel(`pve-console${base}`))
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    // Storage is switched off in this browser, and windows cannot hear each other: each is alone.
    return undefined
  }
}

class WindowNews implements LiveNews {
  readonly store = createStore<Live>({ list: nothingKnown, at: 0, trouble: undefined })
  readonly #api: Api
  readonly #channel: BroadcastChannel | undefined
  readonly #leadership: Leadership
  #feed: EventFeed | undefined
  #watchers = 0

  constructor(api: Api, channel: BroadcastChannel | undefined) {
    this.#api = api
    this.#channel = channel
    this.#leadership = new Leadership({
      id: crypto.getRandomValues(new Uint32Array(4)).join('-'),
      schedule,
      random: Math.random,
      send: (word) => this.#post({ word }),
      onLead: (leads) => this.#lead(leads),
      onHello: () => this.#tellAll(),
    })
    channel?.addEventListener('message', ({ data }) => this.#hear(data as Message))
    document.addEventListener('visibilitychange', () => this.#look())
    window.addEventListener('online', () => this.retry())
    window.addEventListener('pagehide', () => this.#leadership.leave())
    window.addEventListener('pageshow', () => this.#look())
  }

  watch(): () => void {
    this.#watchers++
    this.#look()
    let watching = true
    return () => {
      if (watching) this.#watchers--
      watching = false
      this.#look()
      // Whoever looks again has signed in again: that there was no session is old news by then.
      const { trouble } = this.store.get()
      if (this.#watchers === 0 && isEnd(trouble)) {
        this.store.set({ ...this.store.get(), trouble: undefined })
      }
    }
  }

  retry(): void {
    this.#feed?.stop()
    if (this.#feed) this.#feed = this.#openFeed()
    else this.#look()
  }

  #look(): void {
    if (this.#watchers === 0) this.#leadership.leave()
    else this.#leadership.see(document.visibilityState === 'visible')
  }

  #lead(leads: boolean): void {
    this.#feed?.stop()
    this.#feed = leads ? this.#openFeed() : undefined
  }

  #openFeed(): EventFeed {
    return new EventFeed({
      api: this.#api,
      schedule,
      random: Math.random,
      onEvent: (event) => this.#say({ kind: 'event', event }),
      onBeat: () => this.#say({ kind: 'beat' }),
      onTrouble: ({ status, code, message, id }) =>
        this.#say({ kind: 'trouble', trouble: { status, code, message, id } }),
    })
  }

  /** Says something to the other windows, and takes it in here. */
  #say(said: Said): void {
    this.#post({ word: this.#leadership.word(), said })
    this.#take(said)
  }

  #hear({ word, said }: Message): void {
    if (!this.#leadership.hear(word) || !said) return
    if (said.kind === 'trouble' && isEnd(said.trouble)) this.#lookForItself()
    else this.#take(said)
  }

  /** The leader found no session; the person may have signed in here since it asked. */
  #lookForItself(): void {
    this.#leadership.leave()
    this.#look()
  }

  #take(said: Said): void {
    const { list } = this.store.get()
    if (said.kind === 'trouble') {
      this.#takeTrouble(said.trouble)
      return
    }
    const next = said.kind === 'event' ? apply(list, said.event) : list
    this.store.set({ list: next, at: performance.now(), trouble: undefined })
  }

  #takeTrouble(trouble: Trouble): void {
    if (!isEnd(trouble)) {
      this.store.set({ ...this.store.get(), trouble })
      return
    }
    // Nobody is signed in any more, and who comes next may be somebody else.
    this.store.set({ list: nothingKnown, at: 0, trouble })
    this.#leadership.leave()
  }

  /** A window has come into sight and knows nothing, or what it knows is old. */
  #tellAll(): void {
    const { list, trouble } = this.store.get()
    const say = (said: Said) => this.#post({ word: this.#leadership.word(), said })
    if (list.known) say({ kind: 'event', event: { event: 'snapshot', data: asSnapshot(list) } })
    if (list.session) say({ kind: 'event', event: { event: 'session', data: list.session } })
    if (trouble) say({ kind: 'trouble', trouble })
    if (!list.known && !trouble) this.#post({ word: this.#leadership.word() })
  }

  #post(message: Message): void {
    this.#channel?.postMessage(message)
  }
}

/** Nobody is signed in. */
function isEnd(trouble: Trouble | undefined): boolean {
  return trouble?.status === 401
}

function schedule(run: () => void, ms: number): () => void {
  const timer = window.setTimeout(run, ms)
  return () => window.clearTimeout(timer)
}
