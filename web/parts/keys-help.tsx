import type { ConsoleKind } from '../../src/http/contract.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { Dialog } from './dialog.tsx'

/** Which keys do what in a console; above all how to get out of it. */
export function KeysHelp(props: { kind: ConsoleKind; onClose: () => void }) {
  const { console: texts } = useConsoleTexts()
  const { help } = texts
  const isScreen = props.kind === 'vnc'
  const then: (readonly [string, string])[] = [
    ['K', texts.keys],
    ...(isScreen ? [] : [['T', texts.paste] as const]),
    ...(isScreen ? [['V', texts.viewOnly] as const] : []),
    ['S', isScreen ? texts.screenshot : texts.saveText],
    ['P', texts.power],
    ['D', texts.details],
    ['F', texts.fullScreen],
    ['G', texts.toGuests],
    ['?', texts.allKeys],
    ['Esc', help.back],
  ]
  const terminal = [
    ['Ctrl Shift C', texts.copy],
    ['Ctrl Shift V', texts.paste],
    ['Ctrl Shift F', texts.search],
  ] as const
  return (
    <Dialog id="keys-help" title={help.title} closeLabel={texts.close} onClose={props.onClose}>
      <div class="dialog-body">
        <p>{isScreen ? help.allToGuest : help.allToTerminal}</p>
        <p class="keys-out">
          <span class="key">{help.leftCtrl}</span> + <span class="key">{help.leftAlt}</span>{' '}
          {help.released}
        </p>
        <h3>{help.thenOne}</h3>
        <KeyList keys={then} />
        {isScreen ? null : (
          <>
            <h3>{help.inTerminal}</h3>
            <KeyList keys={terminal} />
          </>
        )}
      </div>
    </Dialog>
  )
}

function KeyList({ keys }: { keys: readonly (readonly [string, string])[] }) {
  return (
    <dl class="key-list">
      {keys.map(([key, does]) => (
        <div key={key}>
          <dt>
            {key.split(' ').map((each) => (
              <span class="key" key={each}>
                {each}
              </span>
            ))}
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  )
}
