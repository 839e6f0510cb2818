import type { RefObject } from 'hono/jsx/dom'
import { useLayoutEffect, useRef } from 'hono/jsx/dom'
import type { ConsoleElement } from '../elements/console-element.ts'
import { readKind } from '../model/console-kind.ts'
import type { ConsoleState } from '../model/console-machine.ts'
import { type ConsoleTarget, consolePath } from '../model/route.ts'
import { useApp, useStore } from '../state.ts'
import type { LoginProps } from './band-login.tsx'

/** In that time the new name of a session has reached this browser, in ms. */
const renamingTakes = 500

/**
 * The sign-in that a console waits for: in place where the account is known, else on the sign-in page
 * and back. A sign-in in another window counts as well.
 */
export function useLogin(
  element: RefObject<ConsoleElement | null>,
  target: ConsoleTarget,
  state: ConsoleState,
): LoginProps | undefined {
  const app = useApp()
  const hosts = useStore(app.hosts)
  const host = hosts.known ? hosts.list.find((each) => each.key === target.host) : undefined
  const user = useRef('')
  if (host?.user) user.current = host.user
  const wanted = state.phase === 'needs-login'
  const here = () => consolePath(target, readKind(location.search))
  const elsewhere = () => {
    const trail = { back: here(), host: target.host }
    app.go('/signin', { replace: true, trail })
  }
  useLayoutEffect(() => {
    if (wanted && hosts.known && user.current === '') elsewhere()
  }, [wanted, hosts.known])
  useLayoutEffect(() => {
    if (!wanted) return
    const look = async () => {
      const answer = await app.api.session()
      const back = answer.ok && answer.value.hosts.some((each) => each.host === target.host)
      if (back) element.current?.tell('signed-in')
    }
    const onFocus = () => void look()
    window.addEventListener('focus', onFocus)
    // A sign-in in another window had just given the session a new name, and it looked ended.
    const timer = window.setTimeout(onFocus, renamingTakes)
    return () => {
      window.removeEventListener('focus', onFocus)
      window.clearTimeout(timer)
    }
  }, [wanted])
  if (!wanted || user.current === '') return undefined
  return {
    host: target.host,
    here,
    label: host?.label ?? target.host,
    user: user.current,
    mayFocus: state.liveAt === 0,
    done: () => {
      element.current?.tell('signed-in')
      element.current?.focus({ preventScroll: true })
      void app.askHosts()
    },
    other: elsewhere,
  }
}
