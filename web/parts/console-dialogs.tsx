import type { PowerAction } from '../../src/http/contract.ts'
import { powerActions } from '../model/console-power.ts'
import type { ConsoleDesk, ConsoleDialog } from './console-desk.ts'
import { KeysHelp } from './keys-help.tsx'
import { OpenConsoles } from './open-consoles.tsx'
import { PowerQuestion } from './power-question.tsx'
import { LinkDialog, PasteDialog } from './terminal-dialogs.tsx'
import type { TerminalQuestion } from './use-terminal.ts'

/** The one dialog that is open, if any. */
export function ConsoleDialogs(props: {
  desk: ConsoleDesk
  dialog: ConsoleDialog
  destroying: 'stop' | 'reset' | undefined
  question: TerminalQuestion | undefined
  paste: (text: string) => void
  act: (action: PowerAction) => void
  onClose: () => void
}) {
  const { desk, destroying, question, onClose } = props
  if (destroying) {
    const gentler = destroying === 'stop' ? 'shutdown' : 'reboot'
    const can = desk.guest && powerActions(desk.guest).includes(gentler)
    return (
      <PowerQuestion
        action={destroying}
        guest={desk.name}
        gentler={can ? gentler : undefined}
        act={(action) => {
          onClose()
          props.act(action)
        }}
        onClose={onClose}
      />
    )
  }
  if (question?.kind === 'paste') {
    return (
      <PasteDialog
        text={question.text}
        byHand={question.byHand}
        guest={desk.name}
        paste={props.paste}
        onClose={onClose}
      />
    )
  }
  if (question?.kind === 'link') return <LinkDialog url={question.url} onClose={onClose} />
  if (props.dialog === 'consoles') return <OpenConsoles here={desk.own?.id} onClose={onClose} />
  if (props.dialog === 'keys') return <KeysHelp kind={desk.chosen.kind} onClose={onClose} />
  return null
}
