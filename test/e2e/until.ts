import { setTimeout as wait } from 'node:timers/promises'

/** Waits until a condition holds; throws with what was waited for when it does not come to hold. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await wait(10)
  }
}
