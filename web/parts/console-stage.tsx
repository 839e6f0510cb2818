import type { ConsoleKind } from '../../src/http/contract.ts'
import type { ConsoleElement } from '../elements/console-element.ts'
import type { ConsoleSettings } from './console-desk.ts'

/** The picture itself: a custom element, which a render never touches inside. */
export function ConsoleStage(props: {
  kind: ConsoleKind
  element: { current: ConsoleElement | null }
  src: string
  label: string
  settings: ConsoleSettings
  viewOnly: boolean
  typing: boolean
}) {
  const { settings } = props
  const shared = {
    ref: props.element,
    class: 'picture',
    src: props.src,
    typing: props.typing ? 'true' : undefined,
    role: 'application',
    'aria-label': props.label,
  }
  if (props.kind === 'terminal') {
    return (
      <pve-terminal
        {...shared}
        font-size={settings.fontSize}
        screen-reader={settings.screenReader ? 'true' : undefined}
      />
    )
  }
  return (
    <vnc-screen
      {...shared}
      scale={settings.scale}
      view-only={props.viewOnly ? 'true' : undefined}
    />
  )
}
