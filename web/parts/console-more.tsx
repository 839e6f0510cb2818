import type { Child } from 'hono/jsx'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { powerActions } from '../model/console-power.ts'
import type { ConsoleBarProps } from './console-bar.tsx'
import { ConsoleIcon } from './console-icon.tsx'
import { Icon } from './icon.tsx'
import { PopoverButton } from './popover.tsx'

/** On small windows: everything the toolbar has no room for, as one list. */
export function ConsoleMore(props: ConsoleBarProps) {
  const { console: texts } = useConsoleTexts()
  const { desk, viewOnly, searching, full, ownWindow } = props
  const isScreen = desk.chosen.kind === 'vnc'
  const leads = (to: string, words: string, icon: Child) => (
    <button type="button" class="button" data-closes popovertarget={to} data-to={to}>
      {icon}
      {words}
    </button>
  )
  const does = (name: string, words: string, icon: Child, act: () => void) => (
    <button type="button" class="button" data-closes data-more={name} onClick={act}>
      {icon}
      {words}
    </button>
  )
  const clicks = (action: string) => () =>
    props.bar.current?.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click()
  return (
    <PopoverButton
      id="console-more"
      class="button quiet square narrow-only"
      label={texts.more}
      popoverClass="more-menu"
      face={<Icon name="more" />}
    >
      {leads('console-keys', texts.keys, <Icon name="keyboard" />)}
      {isScreen ? (
        <>
          {leads('console-scale', texts.scaleLabel, <Icon name="fit" />)}
          {does(
            'view-only',
            texts.viewOnly,
            <Icon name={viewOnly.on ? 'check' : 'eye'} />,
            viewOnly.toggle,
          )}
          {does(
            'screenshot',
            texts.screenshot,
            <ConsoleIcon name="camera" />,
            clicks('screenshot'),
          )}
        </>
      ) : (
        <>
          {does('paste', texts.paste, <ConsoleIcon name="paste" />, props.paste)}
          {does('search', texts.search, <Icon name="search" />, searching.toggle)}
          {does('save-text', texts.saveText, <ConsoleIcon name="save" />, clicks('save-text'))}
        </>
      )}
      {desk.offered.length > 1
        ? leads('console-kind', texts.kindLabel, <ConsoleIcon name="screen" />)
        : null}
      {desk.guest && powerActions(desk.guest).length > 0
        ? leads('console-power', texts.power, <ConsoleIcon name="power" />)
        : null}
      {leads('console-details', texts.details, <ConsoleIcon name="info" />)}
      <hr />
      {does('consoles', texts.openConsoles, <ConsoleIcon name="list" />, () =>
        desk.open('consoles'),
      )}
      {does('full-screen', texts.fullScreen, <Icon name="fullscreen" />, full.toggle)}
      {ownWindow ? does('own-window', texts.ownWindow, <Icon name="window" />, ownWindow) : null}
    </PopoverButton>
  )
}
