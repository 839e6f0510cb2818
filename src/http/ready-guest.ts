import { Failure } from '../errors.ts'
import { type GuestPlace, readStatus } from '../pve/api.ts'
import { type Identity, PveRefusal } from '../pve/call.ts'
import {
  type GuestConfig,
  type GuestConsoleKind,
  readGuestConfig,
  requireKind,
} from '../pve/guest-config.ts'
import type { Host } from '../pve/host.ts'
import type { SignIn } from '../session/sign-in.ts'

/** What is known of a guest that runs and has the console that is wished for. */
export interface ReadyGuest {
  /** Null for a user who may not read it (VM.Console without VM.Audit). */
  readonly config: GuestConfig | null
  /** The serial port of a terminal; undefined where there is none to name. */
  readonly serial: number | undefined
}

/**
 * Makes sure that a console of a guest can be opened: PVE would open one that is not there, or of a guest
 * that is off, just as well, and then end it without a word. `serial` is the person's wish.
 *
 * Throws Failure: no_such_console, guest_not_running, and as PVE's calls do.
 */
export async function requireReady(
  signIn: SignIn,
  place: GuestPlace,
  kind: GuestConsoleKind,
  serial?: number,
): Promise<ReadyGuest> {
  const [config, status] = await signIn.use((identity) =>
    Promise.all([
      readGuestConfig(signIn.host, identity, place),
      readStatusIfAllowed(signIn.host, identity, place),
    ]),
  )
  // First what starting the guest would not mend.
  if (status?.template) {
    throw new Failure('no_such_console', {
      detail: 'A template never runs, so it has no console.',
    })
  }
  const port = requireKind(config, kind, serial)
  if (status && status.status !== 'running') throw new Failure('guest_not_running')
  return { config, serial: port }
}

/** Null where the state may not be known. */
async function readStatusIfAllowed(host: Host, identity: Identity, place: GuestPlace) {
  try {
    return await readStatus(host, identity, place)
  } catch (error) {
    // VM.Console without VM.Audit: the console may be opened, only its state may not be known.
    if (error instanceof PveRefusal && error.status === 403) return null
    throw error
  }
}
