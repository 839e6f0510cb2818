/** What PVE lists to one user on one host, asked no more often than it changes. */
import type { Clock } from '../clock.ts'
import { Failure } from '../errors.ts'
import { type GuestPlace, type ResourceList, readPermissions, readResources } from '../pve/api.ts'
import type { Identity } from '../pve/call.ts'
import { findGuest, type GuestPlaces, isElsewhere } from '../pve/find-guest.ts'
import type { Host } from '../pve/host.ts'
import { hasPrivilege } from '../pve/privileges.ts'
import type { GuestResource, Permissions } from '../pve/schemas.ts'

/** Milliseconds a list is good for: PVE itself keeps it for two seconds. */
const LIST_AGE = 2000
/** Milliseconds for which where a guest is can be taken from memory; a wrong node is asked for again. */
const PLACE_AGE = 10_000
/** Milliseconds rights are good for in what is shown; PVE checks each call anyway. */
const RIGHTS_AGE = 30_000
/** What lets somebody at a guest that PVE does not list to them. */
const BLIND_RIGHTS = ['VM.Console', 'VM.PowerMgmt'] as const

export interface Listing extends ResourceList {
  readonly permissions: Permissions
}

type Use = <T>(run: (identity: Identity) => Promise<T>) => Promise<T>

export class Inventory {
  readonly #host: Host
  readonly #use: Use
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #resources: Kept<ResourceList>
  readonly #permissions: Kept<Permissions>
  /** Guests that were found though they are not listed, and when. */
  readonly #found = new Map<number, { readonly place: GuestPlace; readonly at: number }>()

  /** `use` runs a call with the user's ticket. */
  constructor(host: Host, use: Use, clock: Pick<Clock, 'monotonic'>) {
    this.#host = host
    this.#use = use
    this.#clock = clock
    this.#resources = new Kept(() => use((identity) => readResources(host, identity)), clock)
    this.#permissions = new Kept(() => use((identity) => readPermissions(host, identity)), clock)
  }

  /** All that the user is shown. Throws as the calls do. */
  list(): Promise<Listing> {
    return this.#list(LIST_AGE)
  }

  /** The same where the guest itself is asked besides: its name and its place need not be new. */
  knownList(): Promise<Listing> {
    return this.#list(PLACE_AGE)
  }

  /** What was listed last, however old; null before the first answer. */
  get latest(): Listing | null {
    const [resources, permissions] = [this.#resources.latest, this.#permissions.latest]
    return resources && permissions && { ...resources, permissions }
  }

  async #list(maxAge: number): Promise<Listing> {
    const [resources, permissions] = await Promise.all([
      this.#resources.get(maxAge),
      this.#permissions.get(RIGHTS_AGE),
    ])
    return { ...resources, permissions }
  }

  /**
   * Where a guest is; `fresh` asks PVE even if it was asked a moment ago. One that the user may open or
   * switch but does not see is looked for where it can be.
   *
   * Throws Failure no_such_guest when there is none of this number, forbidden when it may be that PVE
   * only does not list it to this user.
   */
  async locate(vmid: number, fresh = false): Promise<GuestPlace> {
    const [likeliest] = await this.#places(vmid, fresh)
    return likeliest
  }

  /** What PVE says of a node: online, offline, unknown. Throws Failure no_such_node. */
  async nodeStatus(node: string, fresh = false): Promise<string> {
    const { nodes } = await this.#resources.get(fresh ? 0 : LIST_AGE)
    const found = nodes.find((candidate) => candidate.node === node)
    if (!found) throw new Failure('no_such_node')
    return found.status
  }

  /**
   * Does something to a guest where it is; once more where it has moved to, when PVE does not find it.
   * Throws as `locate` and `act` do.
   */
  async at<T>(vmid: number, act: (place: GuestPlace) => Promise<T>): Promise<T> {
    let missed: unknown
    for (const fresh of [false, true]) {
      const places = await this.#places(vmid, fresh)
      for (const place of places) {
        try {
          const done = await act(place)
          if (places.length > 1) this.#remember(place)
          return done
        } catch (error) {
          if (!isElsewhere(error)) throw error
          missed = error
        }
      }
    }
    throw missed
  }

  /** The place of a guest; several only where PVE does not say which of them it is, the likeliest first. */
  async #places(vmid: number, fresh: boolean): Promise<GuestPlaces> {
    const found = this.#found.get(vmid)
    if (found && !fresh && this.#clock.monotonic() - found.at < PLACE_AGE) return [found.place]
    const listed = await this.#listed(vmid, fresh)
    if (listed) return [{ node: listed.node, type: listed.type, vmid }]
    const path = `/vms/${vmid}`
    const permissions = await this.#permissions.get(fresh ? 0 : RIGHTS_AGE)
    if (hasPrivilege(permissions, path, 'VM.Audit')) throw new Failure('no_such_guest')
    const may = (now: Permissions) => BLIND_RIGHTS.some((right) => hasPrivilege(now, path, right))
    // A right that was given a moment ago is not refused from memory.
    if (!may(permissions) && !may(await this.#permissions.get(LIST_AGE))) {
      throw new Failure('forbidden')
    }
    return this.#find(vmid)
  }

  async #listed(vmid: number, fresh: boolean): Promise<GuestResource | undefined> {
    const find = ({ guests }: ResourceList) => guests.find((guest) => guest.vmid === vmid)
    const known = fresh ? undefined : find(await this.#resources.get(PLACE_AGE))
    return known ?? find(await this.#resources.get(0))
  }

  async #find(vmid: number): Promise<GuestPlaces> {
    const last = this.#found.get(vmid)?.place ?? null
    const { nodes } = await this.#resources.get(PLACE_AGE)
    const places = await this.#use((who) => findGuest(this.#host, who, vmid, nodes, last))
    if (places.length === 1) this.#remember(places[0])
    return places
  }

  #remember(place: GuestPlace): void {
    this.#found.set(place.vmid, { place, at: this.#clock.monotonic() })
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

  get latest(): T | null {
    return this.#value?.value ?? null
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
