import type { RefObject } from 'hono/jsx/dom'
import type { ConsoleKind, ConsoleSummary, Guest, PowerAction } from '../../src/http/contract.ts'
import type { ConsoleElement } from '../elements/console-element.ts'
import type { ChosenKind } from '../model/console-kind.ts'
import type { ConsoleTarget } from '../model/route.ts'
import { useRemembered } from './use-remembered.ts'

/** Dialogs of a console, one at a time. */
export type ConsoleDialog = 'consoles' | 'keys' | undefined

/** What the toolbar and its menus work on. */
export interface ConsoleDesk {
  readonly target: ConsoleTarget
  readonly element: RefObject<ConsoleElement | null>
  readonly chosen: ChosenKind
  readonly choose: (kind: ChosenKind) => void
  /** What else its console can be, the default first. */
  readonly offered: readonly ConsoleKind[]
  readonly live: boolean
  readonly name: string
  readonly guest: Guest | undefined
  /** This console in the server's list. */
  readonly own: ConsoleSummary | undefined
  readonly settings: ConsoleSettings
  readonly askPower: (action: PowerAction) => void
  readonly open: (dialog: ConsoleDialog) => void
  /** Says something below the toolbar, for as long as one reads it. */
  readonly say: (note: string) => void
  /** Back to what one was doing. */
  readonly toConsole: () => void
}

export const scales = ['fit', 'actual', 'resize'] as const
export type Scale = (typeof scales)[number]
export const fontSizes = ['14', '11', '12', '13', '15', '16', '18', '20', '24'] as const
export type FontSize = (typeof fontSizes)[number]
const switches = ['off', 'on'] as const

export interface ConsoleSettings {
  readonly scale: Scale
  readonly setScale: (scale: Scale) => void
  readonly fontSize: FontSize
  readonly setFontSize: (size: FontSize) => void
  readonly copyOnSelect: boolean
  readonly setCopyOnSelect: (on: boolean) => void
  readonly screenReader: boolean
  readonly setScreenReader: (on: boolean) => void
}

/** How a person likes consoles: the scale for each guest by itself, the letters of terminals for all. */
export function useConsoleSettings(target: ConsoleTarget): ConsoleSettings {
  const place = 'vmid' in target ? target.vmid : target.node
  const [scale, setScale] = useRemembered(`pve-console.scale.${target.host}.${place}`, scales)
  const [fontSize, setFontSize] = useRemembered('pve-console.font-size', fontSizes)
  const [copy, setCopy] = useRemembered('pve-console.copy-on-select', switches)
  const [reader, setReader] = useRemembered('pve-console.screen-reader', switches)
  return {
    ...{ scale, setScale, fontSize, setFontSize },
    copyOnSelect: copy === 'on',
    setCopyOnSelect: (on) => setCopy(on ? 'on' : 'off'),
    screenReader: reader === 'on',
    setScreenReader: (on) => setReader(on ? 'on' : 'off'),
  }
}
