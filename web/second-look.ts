import type { Fetch } from './api.ts'

/** Milliseconds in which a new cookie that is on its way to this browser has arrived. */
const soon = 300

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/**
 * A sign-in to one host more gives the session a new name, and what another window asks under the old one
 * at that moment comes from nobody. So who finds that there is no session looks a second time.
 */
export async function secondLook<T>(
  ask: () => Promise<T>,
  findsNobody: (answer: T) => boolean,
  pause = wait,
): Promise<T> {
  const answer = await ask()
  if (!findsNobody(answer)) return answer
  await pause(soon)
  return ask()
}

/** A fetch whose reads look a second time before they say that nobody is signed in. */
export function readTwice(fetch: Fetch, pause = wait): Fetch {
  return (url, init) => {
    const ask = () => fetch(url, init)
    return init.method === 'GET' ? secondLook(ask, ({ status }) => status === 401, pause) : ask()
  }
}
