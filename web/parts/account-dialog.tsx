import { useLayoutEffect, useState } from 'hono/jsx/dom'
import { loadStyle } from '../elements/style-sheet.ts'
import sessionStyle from '../style/account.css' with { type: 'file' }
import dialogStyle from '../style/dialog.css' with { type: 'file' }

export type AccountDialogName = 'sessions' | 'number'

type Dialog = typeof import('./own-sessions.tsx').OwnSessions

const dialogs: Readonly<Record<AccountDialogName, () => Promise<Dialog>>> = {
  sessions: async () => (await import('./own-sessions.tsx')).OwnSessions,
  number: async () => (await import('./open-by-number.tsx')).OpenByNumber,
}

/** A dialog of the account menu, whose code and styles come when it is opened. */
export function AccountDialog(props: { name: AccountDialogName; onClose: () => void }) {
  const [Loaded, setLoaded] = useState<Dialog | undefined>(undefined)
  useLayoutEffect(() => {
    let over = false
    const styles = [dialogStyle, sessionStyle].map((each) => loadStyle(each, import.meta.url))
    Promise.all([dialogs[props.name](), ...styles]).then(
      ([dialog]) => over || setLoaded(() => dialog),
      // The line is down, which the page says at its foot: the menu can be opened again.
      () => over || props.onClose(),
    )
    return () => {
      over = true
    }
  }, [])
  return Loaded ? <Loaded onClose={props.onClose} /> : null
}
