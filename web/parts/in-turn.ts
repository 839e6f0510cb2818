/** Longer than a sign-in takes that works, in ms. */
const patience = 3000

/**
 * Runs a sign-in once those of this browser's other tabs have been answered, or took too long: each answer
 * brings a cookie, which two at a time would take away from each other where there is none yet.
 */
export async function inTurn<T>(run: () => Promise<T>): Promise<T> {
  // Not there over plain HTTP from another machine.
  if (!('locks' in navigator)) return run()
  let begun: Promise<T> | undefined
  const begin = () => {
    begun = run()
    return begun
  }
  try {
    const signal = AbortSignal.timeout(patience)
    return await navigator.locks.request('pve-console.sign-in', { signal }, begin)
  } catch {
    // Its turn did not come in time.
    return begun ?? run()
  }
}
