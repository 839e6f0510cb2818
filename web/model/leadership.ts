/**
 * Which of a browser's windows listens to the server for all of them: over HTTP/1.1 a browser has six
 * connections to a server, and streams of every window would use them up.
 *
 * A window that is seen says hello. The leader answers; where nobody does, the window leads. The leader says
 * something at least every fifteen seconds, as the server does, so one that has gone without a word is
 * noticed. Two that began at once have different terms or names, and the lesser one gives way. One that is
 * seen no more leads on for a while and then gives way too: windows nobody looks at need no news, and
 * browsers put them to sleep.
 */

/** Milliseconds to wait for a leader's answer; a window answers others at once, even unseen. */
const patience = 120
/** Milliseconds of silence after which a leader has gone. */
const silence = 35_000
/** Milliseconds that an unseen window leads on: people come back from other tabs. */
const grace = 30_000
/** Milliseconds over which windows spread their claims when a leader says goodbye. */
const spread = 150

/** What windows say to each other about leading. */
export type Word =
  | { readonly kind: 'hello'; readonly from: string }
  | { readonly kind: 'lead'; readonly from: string; readonly term: number }
  | { readonly kind: 'bye'; readonly from: string; readonly term: number }

export interface LeadershipOptions {
  /** This window's own name, unlike all others'. */
  readonly id: string
  /** Runs once after `ms` milliseconds; the answer cancels it. */
  readonly schedule: (run: () => void, ms: number) => () => void
  /** From 0 to 1. */
  readonly random: () => number
  readonly send: (word: Word) => void
  /** This window leads from now on, or no more. */
  readonly onLead: (leads: boolean) => void
  /** Another window wants to know all that is known. */
  readonly onHello: () => void
}

export class Leadership {
  readonly #options: LeadershipOptions
  #term = 0
  #leads = false
  #seen = false
  #cancel: () => void = () => {}

  constructor(options: LeadershipOptions) {
    this.#options = options
  }

  get leads(): boolean {
    return this.#leads
  }

  /** The window came into sight or went out of it. */
  see(seen: boolean): void {
    if (seen === this.#seen) return
    this.#seen = seen
    this.#cancel()
    if (this.#leads) {
      if (!seen) this.#wait(() => this.leave(), grace)
    } else if (seen) {
      this.#wait(() => this.#claim(), patience)
      this.#options.send({ kind: 'hello', from: this.#options.id })
    }
  }

  /** Takes another window's word; true when it is this window's leader that speaks. */
  hear(word: Word): boolean {
    if (word.kind === 'lead') return this.#hearLeader(word)
    if (word.kind === 'hello') {
      if (this.#leads) this.#options.onHello()
    } else if (!this.#leads && word.term >= this.#term && this.#seen) {
      this.#cancel()
      this.#wait(() => this.#claim(), this.#options.random() * spread)
    }
    return false
  }

  /** What a leader sends along with all it says. */
  word(): Word {
    return { kind: 'lead', from: this.#options.id, term: this.#term }
  }

  /** Gives way: the window closes, or has no use for news any more. */
  leave(): void {
    this.#cancel()
    this.#seen = false
    if (!this.#leads) return
    this.#leads = false
    this.#options.onLead(false)
    this.#options.send({ kind: 'bye', from: this.#options.id, term: this.#term })
  }

  #hearLeader({ from, term }: Word & { readonly kind: 'lead' }): boolean {
    if (this.#leads) {
      const greater = term > this.#term || (term === this.#term && from > this.#options.id)
      if (!greater) {
        this.#options.send(this.word())
        return false
      }
      this.#leads = false
      this.#options.onLead(false)
    }
    if (term < this.#term) return false
    this.#term = term
    this.#cancel()
    if (this.#seen) this.#wait(() => this.#claim(), silence)
    return true
  }

  #claim(): void {
    this.#term++
    this.#leads = true
    this.#options.send(this.word())
    this.#options.onLead(true)
  }

  #wait(run: () => void, ms: number): void {
    this.#cancel = this.#options.schedule(run, ms)
  }
}
