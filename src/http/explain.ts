/**
 * Finding out why a console ended: PVE ends every console without a word. What it can be asked is where the
 * guest is now, its state, and the task that PVE made of the console.
 */
import { type Clock, within } from '../clock.ts'
import { Failure, type FailureCode } from '../errors.ts'
import { type GuestPlace, readStatus } from '../pve/api.ts'
import { PveRefusal } from '../pve/call.ts'
import { readConsoleWords } from '../pve/console-words.ts'
import { isNodeAway } from '../pve/find-guest.ts'
import { readTask, type TaskState } from '../pve/tasks.ts'
import type { SignIn } from '../session/sign-in.ts'
import type { LiveConsole } from './live-console.ts'
import { refusalToFailure } from './refusal.ts'

/** Milliseconds for all questions together: a browser waits for its close meanwhile. */
const PATIENCE = 4000
/** Milliseconds until PVE is asked once more, where all seems well: a process takes a moment to go. */
const SECOND_LOOK = 700

/**
 * The person's sign-in at this moment: it is another one after they signed in again.
 * Throws Failure signed_out when there is none.
 */
export type CurrentSignIn = () => SignIn

/** What is known of an ended console beside what PVE can be asked. */
export interface Clues {
  /** It showed a shell, which may just have ended. */
  readonly shell?: boolean
  /** All that a terminal printed, where that is no more than PVE's own few words. */
  readonly printed?: string
  /** It ended at a limit that PVE has for screens nobody uses. */
  readonly idle?: boolean
}

/** What has to be explained; everything else explains itself. */
const UNEXPLAINED: readonly FailureCode[] = ['pve_closed', 'host_timeout']

/**
 * The failure to tell. Asks PVE a handful of questions, twice at most, for no longer than PATIENCE; where that
 * brings nothing certain, it stays at what was seen. Never throws.
 */
export async function explain(
  error: unknown,
  current: CurrentSignIn,
  console: LiveConsole,
  clock: Clock,
  clues: Clues = {},
): Promise<unknown> {
  const seen = refusalToFailure(error)
  if (!(seen instanceof Failure) || !UNEXPLAINED.includes(seen.code)) return seen
  // Without a place nothing was opened, and it is PVE's answers that did not come.
  if (!console.place) return seen
  try {
    const inquiry = new Inquiry(current(), console, clues, clock)
    const code = await within(inquiry.run(), PATIENCE, clock)
    return code === undefined ? seen : new Failure(code, { cause: seen })
  } catch (unknown) {
    const reason = refusalToFailure(unknown)
    return reason instanceof Failure && CERTAIN.includes(reason.code) ? reason : seen
  }
}

/** Answers to a question that are an explanation themselves. */
const CERTAIN: readonly FailureCode[] = [
  'no_such_guest',
  'no_such_node',
  'forbidden',
  'node_unreachable',
  'session_expired',
  'signed_out',
  'host_unreachable',
  'gateway_down',
  'host_untrusted',
  'certificate_changed',
]

/** Tasks during which PVE replaces or ends what a console shows; others go on beside it. */
const HOLDING: readonly string[] = ['create', 'migrate', 'rollback', 'suspending']

/** The questions about one console that ended. */
class Inquiry {
  readonly #signIn: SignIn
  readonly #console: LiveConsole
  readonly #clues: Clues
  readonly #clock: Clock
  /** The guest is locked, which may be why where nothing else is. */
  #locked = false

  constructor(signIn: SignIn, console: LiveConsole, clues: Clues, clock: Clock) {
    this.#signIn = signIn
    this.#console = console
    this.#clues = clues
    this.#clock = clock
  }

  /** The reason; undefined where none shows. */
  async run(): Promise<FailureCode | undefined> {
    const { live } = this.#console
    const [place, task] = await Promise.all([this.#look(), live ? null : this.#readTask()])
    if (place) return place
    const words = this.#clues.printed ?? task?.log.join('\n') ?? ''
    const idle = this.#clues.idle ? 'pve_idle_limit' : undefined
    return readConsoleWords(words) ?? idle ?? (await this.#lookAgain())
  }

  async #lookAgain(): Promise<FailureCode | undefined> {
    await new Promise<void>((resolve) => this.#clock.schedule(resolve, SECOND_LOOK))
    const endable = this.#clues.shell && this.#console.live
    const [place, task] = await Promise.all([this.#look(), endable ? this.#readTask() : null])
    if (place) return place
    // The task of a console that was cut goes on for a while; that of a shell which has ended is over.
    if (endable && task?.state !== 'running') return 'ended'
    return this.#locked ? 'guest_locked' : undefined
  }

  /** What is the matter with the guest or node; undefined where nothing is. Throws where it is gone. */
  async #look(): Promise<FailureCode | undefined> {
    const { place, target } = this.#console
    const { inventory } = this.#signIn
    if (target.vmid === undefined)
      return offline(await inventory.nodeStatus(target.node ?? '', true))
    // Asked at the same time, and not waited for where the other answer says enough.
    const state = place && 'type' in place ? this.#stateOf(place) : Promise.resolve(undefined)
    state.catch(() => {})
    const now = await inventory.locate(target.vmid, true)
    if (place && now.node !== place.node) return 'guest_moved'
    return offline(await inventory.nodeStatus(now.node)) ?? (await state)
  }

  async #stateOf(place: GuestPlace): Promise<FailureCode | undefined> {
    const { host } = this.#signIn
    try {
      const { status, lock } = await this.#signIn.use((identity) =>
        readStatus(host, identity, place),
      )
      const runs = status === 'running'
      this.#locked = lock !== undefined
      // Hibernated is what a person can end, by starting it.
      const held = lock !== undefined && (runs ? HOLDING.includes(lock) : lock !== 'suspended')
      if (held) return 'guest_locked'
      return runs ? undefined : 'guest_not_running'
    } catch (error) {
      if (!(error instanceof PveRefusal)) throw error
      // Without VM.Audit it may not be known; at the moment of a migration it is nowhere.
      return isNodeAway(error) ? 'node_unreachable' : undefined
    }
  }

  /** Null where there is none to be read. */
  async #readTask(): Promise<TaskState | null> {
    const { upid } = this.#console
    if (upid === '') return null
    try {
      return await this.#signIn.use((identity) => readTask(this.#signIn.host, identity, upid))
    } catch {
      return null
    }
  }
}

function offline(status: string): FailureCode | undefined {
  return status === 'offline' ? 'node_unreachable' : undefined
}
