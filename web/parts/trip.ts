import { readTrip, type Trip } from '../model/provider.ts'

/** In this tab only: what is kept for a way back is of no use to another. */
const key = 'pve-console.trip'

export function keepTrip(trip: Trip): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(trip))
  } catch {
    // Storage is switched off in this browser: one comes back to the list of guests then.
  }
}

/** What was kept when the page was left, for the last time. */
export function takeTrip(): Trip | undefined {
  try {
    const kept = sessionStorage.getItem(key)
    sessionStorage.removeItem(key)
    return readTrip(kept)
  } catch {
    // As above.
    return undefined
  }
}
