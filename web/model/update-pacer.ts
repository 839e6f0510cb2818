/**
 * When a screen is asked for its next picture.
 *
 * QEMU sends one update for one request, so a page that asks again only after each update gets one per
 * round trip. This keeps several requests under way, as many as the line and the guest answer without delay:
 * the window grows while answers come as fast as the fastest did, and shrinks when they take longer, because
 * then they wait for the guest, or behind each other on the line.
 */

/** Milliseconds between requests: QEMU looks at its screen no more often (QEMU 7 to 10). */
const GAP = 25
/** Requests under way at most; enough for QEMU's own pace over half a second. */
const MOST = 16
/** Milliseconds by which an answer may be later than the fastest before something waits. */
const SLACK = 60
/** Answers before anything is concluded from them. */
const FIRST_ANSWERS = 8
/** Answers from which is learnt how long one takes. */
const ANSWERS = 64
/** Milliseconds of one update on the line above which a second one would only wait behind it. */
const LONG = 150
/** What is left of the window after an answer that was late. */
const SHRINK = 0.7
/** Milliseconds between two updates in which the line carried nothing: then nothing waits on it. */
const PAUSE = 4
/** Milliseconds after which a request is no longer under way: it was answered together with another. */
const FORGOTTEN = 1500
/** Updates until a second request is tried again where the last try brought nothing: twice as many each time. */
const FIRST_REST = 16
const LONGEST_REST = 256
/** Share of what answers usually take, below which one is much sooner. */
const SOONER = 0.7

export class UpdatePacer {
  /** When each request that is under way was sent, the oldest first. */
  #sent: number[] = []
  #window = 1
  #lastAt = Number.NEGATIVE_INFINITY
  #updatedAt = Number.NEGATIVE_INFINITY
  /** How long the latest answers took, in their order. */
  #answers: number[] = []
  /** How long an answer takes when nothing waits. */
  #base = 0
  /** Milliseconds that updates take on the line, lately. */
  #length = 0
  /** Late answers count once for all requests that were under way together. */
  #shrunkAt = Number.NEGATIVE_INFINITY
  /** Growth shows its effect only in what was asked for after it. */
  #grownAt = Number.NEGATIVE_INFINITY
  /** Nothing has been late since the line was found free. */
  #isFree = true
  /** Updates to come before more than one request is tried, and how many they were last time. */
  #resting = 0
  #rest = FIRST_REST
  /** Only one at a time: nobody looks, or the picture is small. */
  calm = false

  /** Milliseconds until the next request is to be sent; null until an answer comes. */
  wait(at: number): number | null {
    if (this.#sent.length < this.#most) return Math.max(0, this.#lastAt + GAP - at)
    // Fewer than were under way are wanted, so the last update was not followed by one. Should those that
    // are counted have been answered together, nothing would come any more.
    if (this.#lastAt >= this.#updatedAt) return null
    return Math.max(0, this.#updatedAt + 500 + 3 * this.#base - at)
  }

  requested(at: number): void {
    this.#sent.push(at)
    this.#lastAt = at
  }

  /**
   * An update began to come at `startedAt`, and has been drawn. The answer says whether a request has to
   * follow at once.
   */
  updated(startedAt: number, at: number): boolean {
    const wasIdle = startedAt - this.#updatedAt > PAUSE
    this.#updatedAt = at
    this.#length += (at - startedAt - this.#length) / 4
    const sentAt = this.#sent.shift()
    if (sentAt === undefined) return true
    const took = at - sentAt
    this.#remember(took)
    this.#forget(wasIdle ? at - this.#base : at - Math.max(FORGOTTEN, 3 * this.#base))
    if (this.#answers.length < FIRST_ANSWERS) return true
    if (this.#window >= 2 && wasIdle && this.#sent.length === 0) this.#giveUp()
    else if (took <= this.#base + SLACK) this.#grow(sentAt, at)
    else if (sentAt >= this.#shrunkAt) {
      this.#shrunkAt = at
      this.#isFree = false
      this.#window = Math.max(1, this.#window * SHRINK)
    }
    // While the line carries nothing, those that are counted may have been answered all the same.
    return wasIdle || this.#sent.length < this.#most
  }

  get #most(): number {
    if (this.calm || this.#length >= LONG) return 1
    // What fills the line; more would wait on it.
    const fill = 1 + Math.ceil((this.#base - this.#length) / Math.max(GAP, this.#length))
    return Math.max(1, Math.min(Math.floor(this.#window), fill))
  }

  /** All that was under way was answered at once: more requests bring no more updates. */
  #giveUp(): void {
    this.#window = 1
    this.#isFree = true
    this.#rest = Math.min(LONGEST_REST, 2 * this.#rest)
    this.#resting = this.#rest
  }

  #grow(sentAt: number, at: number): void {
    if (this.#resting > 0) {
      this.#resting--
      return
    }
    if (sentAt < this.#grownAt) return
    this.#grownAt = at
    if (this.#window >= 3) this.#rest = FIRST_REST
    const next = this.#isFree ? 2 * this.#window : this.#window + 1
    this.#window = Math.min(MOST, next)
  }

  /** What was sent before has been answered, together with what was answered now. */
  #forget(before: number): void {
    this.#sent = this.#sent.filter((sentAt) => sentAt > before)
  }

  /**
   * The guest also sends updates that nobody asked for, when its screen gets another size: those look like
   * answers that were far too fast, and do not count.
   */
  #remember(took: number): void {
    this.#answers = [...this.#answers, took].slice(-ANSWERS)
    const sorted = this.#answers.toSorted((a, b) => a - b)
    const usual = sorted[sorted.length >> 1] ?? took
    this.#base = sorted.find((each) => each >= usual / 2) ?? took
    // Something begins to move.
    if (took < SOONER * usual) this.#resting = 0
  }
}
