import { useLayoutEffect } from 'hono/jsx/dom'
import type { ConsoleState } from '../model/console-machine.ts'
import { type ConsoleTarget, consolePath } from '../model/route.ts'
import { type App, useApp } from '../state.ts'

/** To the page about the host's certificate, and from there back to the console. */
export function toTrustHelp(app: App, target: ConsoleTarget): void {
  const trail = { back: consolePath(target) + location.search }
  app.go(`/help/tls/${target.host}`, { replace: true, trail })
}

/** Code 4495 leads to the page about the certificate; Back does not lead into it again. */
export function useTrustHelp(target: ConsoleTarget, state: ConsoleState): void {
  const app = useApp()
  const untrusted = state.phase === 'ended' && state.why?.code === 4495
  useLayoutEffect(() => {
    if (untrusted) toTrustHelp(app, target)
  }, [untrusted])
}
