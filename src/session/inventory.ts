/** What PVE lists to one user on one host, asked no more often than it changes. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { type GuestPlace, type ResourceList, readPermissions, readResources } from '../pve/api.ts'
import { type Identity, PveRefusal } from '../pve/call.ts'
import type { Host } from '../pve/host.ts'
import { hasPrivilege } from '../pve/privileges.ts'
import type { GuestResource, Permissions } from '../pve/schemas.ts'

/** Milliseconds a list is good for: PVE itself keeps it for two seconds. */
const LIST_AGE = 2000
/** Milliseconds for which where a guest is can be taken from memory; a wrong node is asked for again. */
const PLACE_AGE = 10_000
/** Milliseconds rights are good for in what is shown; PVE checks each call anyway. */
const RIGHTS_AGE = 30_000

export interface Listing extends ResourceList {
  readonly permissions: Permissions
}

type Use = <T>(run: (identity: Identity) => Promise<T>) => Promise<T>

export class Inventory {
  readonly #resources: Kept<ResourceList>
  readonly #permissions: Kept<Permissions>

  /** `use` runs a call with the user's ticket. */
  constructor(host: Host, use: Use, clock: Pick<Clock, 'monotonic'>) {
    this.#resources = new Kept(() => use((identity) => readResources(host, identity)), clock)
    this.#permissions = new Kept(() => use((identity) => readPermissions(host, identity)), clock)
  }

  /** All that the user is shown. Throws as the calls do. */
  async list(): Promise<Listing> {
    const [resources, permissions] = await Promise.all([
      this.#resources.get(LIST_AGE),
      this.#permissions.get(RIGHTS_AGE),
    ])
    return { ...resources, permissions }
  }

  /**
   * Where a guest is; `fresh` asks PVE even if it was asked a moment ago.
   *
   * Throws Failure no_such_guest when there is none of this number, forbidden when it may be that PVE
   * only does not list it to this user.
   */
  async locate(vmid: number, fresh = false): Promise<GuestPlace> {
    const find = (guests: readonly GuestResource[]) => guests.find((guest) => guest.vmid === vmid)
    let guest = fresh ? undefined : find((await this.#resources.get(PLACE_AGE)).guests)
    guest ??= find((await this.#resources.get(0)).guests)
    if (guest) return { node: guest.node, type: guest.type, vmid }
    const permissions = await this.#permissions.get(RIGHTS_AGE)
    const seesAll = hasPrivilege(permissions, `/vms/${vmid}`, 'VM.Audit')
    throw new Failure(seesAll ? 'no_such_guest' : 'forbidden')
  }

  /**
   * Does something to a guest where it is; once more where it has moved to, when PVE does not find it.
   * Throws as `locate` and `act` do.
   */
  async at<T>(vmid: number, act: (place: GuestPlace) => Promise<T>): Promise<T> {
    try {
      return await act(await this.locate(vmid))
    } catch (error) {
      const gone = error instanceof PveRefusal && error.reason.includes('does not exist')
      if (!gone) throw error
    }
    return act(await this.locate(vmid, true))
  }
}

/** The answer to one question, kept for as long as the asker allows; askers at a time share one call. */
class Kept<T> {
  readonly #ask: () => Promise<T>
  readonly #clock: Pick<Clock, 'monotonic'>
  #value: { readonly value: T; readonly at: number } | null = null
  #asking: Promise<T> | null = null

  constructor(ask: () => Promise<T>, clock: Pick<Clock, 'monotonic'>) {
    this.#ask = ask
    this.#clock = clock
  }

  get(maxAge: number): Promise<T> {
    const kept = this.#value
    if (kept && this.#clock.monotonic() - kept.at < maxAge) return Promise.resolve(kept.value)
    // A question that was under way before does not know what has happened since.
    if (maxAge === 0) return this.#refresh()
    this.#asking ??= this.#refresh().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #refresh(): Promise<T> {
    const at = this.#clock.monotonic()
    const value = await this.#ask()
    this.#value = { value, at }
    return value
  }
}
