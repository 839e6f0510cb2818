import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { Guest } from '../../src/http/contract.ts'
import { type ChosenKind, offeredKinds, readKind } from '../model/console-kind.ts'
import { guestKey } from '../model/live-list.ts'
import { type ConsoleTarget, consolePath } from '../model/route.ts'
import { useApp } from '../state.ts'

export interface KindChoice {
  /** Undefined until it is known. */
  readonly kind: ChosenKind | undefined
  readonly choose: (kind: ChosenKind) => void
  /** What was learnt of the guest on the way. */
  readonly guest: Guest | undefined
}

/**
 * Which console is shown, as the page's address says. Without a word in the address it is the target's
 * default, which a guest has to be asked for, and it then stands there for the next time.
 */
export function useKind(target: ConsoleTarget): KindChoice {
  const app = useApp()
  const [kind, setKind] = useState<ChosenKind | undefined>(undefined)
  const [guest, setGuest] = useState<Guest | undefined>(undefined)
  const choose = (chosen: ChosenKind) => {
    history.replaceState(history.state, '', app.base + consolePath(target, chosen))
    // This document's policy lets no terminal be drawn: the same address brings one that does.
    if (chosen.kind === 'terminal' && !app.mayShowTerminals) location.reload()
    else setKind(chosen)
  }
  useLayoutEffect(() => {
    const wished = readKind(location.search)
    if (wished) return choose(wished)
    if ('node' in target) return choose({ kind: offeredKinds(target, undefined)[0] ?? 'terminal' })
    // The list tells what this sort of guest has; the few that lack it are told by their socket.
    const listed = app.live.store.get().list.guests.get(guestKey(target))?.consoles[0]
    if (listed) return choose({ kind: listed })
    let over = false
    void app.api.guest(target.host, target.vmid).then((answer) => {
      // Whatever stands in the way, the console's socket says it better.
      const [first = 'vnc'] = answer.ok ? offeredKinds(target, answer.value) : []
      if (over) return
      if (answer.ok) setGuest(answer.value)
      choose({ kind: first })
    })
    return () => {
      over = true
    }
  }, [])
  return { kind, choose, guest }
}
