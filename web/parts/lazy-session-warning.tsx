import { useLayoutEffect, useState } from 'hono/jsx/dom'

type Warning = typeof import('./session-warning.tsx').SessionWarning

/** The warning's code comes once the page stands: it is not needed before a minute of a session is left. */
export function LazySessionWarning() {
  const [Loaded, setLoaded] = useState<Warning | undefined>(undefined)
  useLayoutEffect(() => {
    import('./session-warning.tsx').then(
      ({ SessionWarning }) => setLoaded(() => SessionWarning),
      // The line is down: the session ends without a warning, and the pages say that it has.
      () => undefined,
    )
  }, [])
  return Loaded ? <Loaded /> : null
}
