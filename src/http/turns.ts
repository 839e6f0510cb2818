/** Lets only one at a time do something to the same thing, first come first served. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `work` once everything asked for under the same key before has settled. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
