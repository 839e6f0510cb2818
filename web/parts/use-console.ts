import type { RefObject } from 'hono/jsx/dom'
import { useEffect, useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { ConsoleSummary, Guest } from '../../src/http/contract.ts'
import type { ConsoleElement } from '../elements/console-element.ts'
import { type ConsoleState, idle } from '../model/console-machine.ts'
import { holdsConsole } from '../model/guest-status.ts'
import type { ConsoleTarget } from '../model/route.ts'
import { useApp } from '../state.ts'
import { poll } from './clock.ts'
import { useOpenConsoles } from './use-open-consoles.ts'

/** How long it is said that keys are lost after the last lost one, in ms. */
const saidFor = 2000

/** The state of the screen in `element`, and whether a key was lost just now. */
export function useConsole(
  element: RefObject<ConsoleElement | null>,
  target: ConsoleTarget,
  leave: () => void,
): { state: ConsoleState; dropped: boolean } {
  const { api } = useApp()
  const [state, setState] = useState<ConsoleState>(idle)
  const [dropped, setDropped] = useState(false)
  useLayoutEffect(() => {
    const shown = element.current
    if (!shown) return
    const listening = new AbortController()
    const { signal } = listening
    let timer = 0
    const askSession = async () => {
      const answer = await api.session()
      if (signal.aborted) return
      if (!answer.ok && answer.error.status === 401) shown.tellWhy(4401, answer.error.code)
      if (answer.ok && !answer.value.hosts.some((each) => each.host === target.host)) {
        shown.tellWhy(4401, 'not_signed_in')
      }
    }
    const onDropped = () => {
      window.clearTimeout(timer)
      setDropped(true)
      timer = window.setTimeout(() => setDropped(false), saidFor)
    }
    shown.addEventListener('statechange', () => setState(shown.state), { signal })
    shown.addEventListener('ask-session', () => void askSession(), { signal })
    shown.addEventListener('dropped', onDropped, { signal })
    shown.addEventListener('leave', leave, { signal })
    setState(shown.state)
    return () => {
      listening.abort()
      window.clearTimeout(timer)
    }
  }, [])
  // A frame later, for an element takes no focus before it is in the page.
  useEffect(() => element.current?.focus({ preventScroll: true }), [])
  return { state, dropped }
}

/** How often a guest is asked for, in ms: soon while its start is waited for. */
const askWaiting = 1000
const askLive = 5000
/** While its start is to be caught; only as long as the task that starts it runs. */
const askCatching = 300
/** Questions without an answer after which the server counts as silent. */
const silentAfter = 2

/**
 * The guest behind a screen, kept fresh; what its answer means for the screen is told to it. `lookNow` asks
 * at once, where there is a reason to. `known` was learnt just now; `catching`: its first picture is not to
 * be missed.
 */
export function useGuest(
  element: RefObject<ConsoleElement | null>,
  target: ConsoleTarget,
  state: ConsoleState,
  { known, catching }: { known: Guest | undefined; catching: boolean },
): { guest: Guest | undefined; lookNow: () => Promise<void> } {
  const { api } = useApp()
  const [guest, setGuest] = useState(known)
  const vmid = 'vmid' in target ? target.vmid : 0
  const phase = state.phase
  // Of a guest without this console one wants to know whether it has another.
  const lacks = state.why?.reason === 'no_such_console'
  const wanted = vmid > 0 && (lacks || ['live', 'guest-away', 'connecting'].includes(phase))
  const locked = useRef(false)
  locked.current = state.why?.reason === 'guest_locked'
  const askedAt = useRef(known ? performance.now() : Number.NEGATIVE_INFINITY)
  const ask = useRef<() => Promise<void>>(async () => {})
  useLayoutEffect(() => {
    if (!wanted) return
    let over = false
    const once = async () => {
      askedAt.current = performance.now()
      const answer = await api.guest(target.host, vmid)
      if (over) return
      if (answer.ok) {
        setGuest(answer.value)
        const free = !locked.current || !holdsConsole(answer.value.lock)
        if (answer.value.status === 'running' && free) element.current?.tell('guest-ready')
      } else {
        tellFailure(element.current, answer.error.status, answer.error.code)
      }
    }
    ask.current = once
    // A guest whose screen comes and goes makes this begin anew: that must not make it ask more often.
    const every = phase !== 'guest-away' ? askLive : catching ? askCatching : askWaiting
    const first = Math.max(0, askedAt.current + Math.min(every, askWaiting) - performance.now())
    const stop = poll(once, every, first)
    return () => {
      over = true
      ask.current = async () => {}
      stop()
    }
  }, [wanted, phase === 'guest-away', catching])
  return { guest, lookNow: () => ask.current() }
}

/**
 * This console in the server's list; undefined before it is there. The questions for that list show whether the server
 * is still there too: a line that is cut somewhere in between tells nobody.
 */
export function useHeard(
  element: RefObject<ConsoleElement | null>,
  state: ConsoleState,
): ConsoleSummary | undefined {
  const [unanswered, setUnanswered] = useState(0)
  const silent = state.phase === 'stalled' || unanswered > 0
  const { list } = useOpenConsoles(
    silent ? 'silent' : state.phase === 'live' ? 'usual' : 'new',
    (answered, askedAt) => {
      const flows = (element.current?.figures.heardAt ?? 0) > askedAt
      const count = answered || flows ? 0 : unanswered + 1
      setUnanswered(count)
      if (answered) element.current?.tell('answers')
      else if (count >= silentAfter) element.current?.tell('silent')
    },
  )
  return list?.find((entry) => element.current?.isOwn(entry))
}

const meanings: Readonly<Record<number, number>> = { 401: 4401, 403: 4403, 404: 4404 }

function tellFailure(element: ConsoleElement | null, status: number, code: string): void {
  const close = meanings[status]
  // 404 without a name of ours: this server has no such route, which says nothing of the guest.
  if (close && code !== 'not_found') element?.tellWhy(close, code)
}
