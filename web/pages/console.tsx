import { PveTerminal } from '../elements/pve-terminal.ts'
import { VncScreen } from '../elements/vnc-screen.ts'
import { type ConsoleTarget, socketPath } from '../model/route.ts'
import { ConsoleView } from '../parts/console-view.tsx'
import { useKind } from '../parts/use-kind.ts'

if (!customElements.get('vnc-screen')) customElements.define('vnc-screen', VncScreen)
if (!customElements.get('pve-terminal')) customElements.define('pve-terminal', PveTerminal)

/** A console of a guest or node: its screen or its terminal, which are as different as two pages. */
export function ConsolePage({ target }: { target: ConsoleTarget }) {
  const { kind, choose, guest } = useKind(target)
  if (!kind) return <div class="blank dark" data-page="console" data-state="idle" />
  return (
    <ConsoleView
      key={socketPath(target, kind)}
      target={target}
      chosen={kind}
      choose={choose}
      known={guest}
    />
  )
}
