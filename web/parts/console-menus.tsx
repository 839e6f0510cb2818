import { PveTerminal } from '../elements/pve-terminal.ts'
import { VncScreen } from '../elements/vnc-screen.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import {
  type Chord,
  functionKeys,
  screenChords,
  strokesOfChord,
  terminalChords,
  virtualTerminals,
} from '../model/chords.ts'
import { destroys, powerActions } from '../model/console-power.ts'
import { type ConsoleDesk, scales } from './console-desk.ts'
import { ConsoleIcon } from './console-icon.tsx'
import { canLockKeyboard } from './full-screen.ts'
import { Icon } from './icon.tsx'
import { PopoverButton } from './popover.tsx'

/** Screen or terminal, where the guest has both. */
export function KindMenu({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const { chosen, offered } = desk
  if (offered.length < 2) return null
  return (
    <PopoverButton
      id="console-kind"
      class="button quiet bar-tool"
      label={`${texts.kindLabel}: ${texts.kind[chosen.kind]}`}
      face={
        <>
          <ConsoleIcon name={chosen.kind === 'vnc' ? 'screen' : 'terminal'} />
          <span class="bar-word">{texts.kind[chosen.kind]}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {offered.map((kind) => (
        <button
          key={kind}
          type="button"
          class="button"
          data-closes
          data-kind={kind}
          aria-pressed={kind === chosen.kind ? 'true' : 'false'}
          onClick={() => (kind === chosen.kind ? desk.toConsole() : desk.choose({ kind }))}
        >
          <ConsoleIcon name={kind === 'vnc' ? 'screen' : 'terminal'} />
          {texts.kind[kind]}
        </button>
      ))}
      {chosen.kind === 'terminal' && desk.live ? (
        <>
          <hr />
          <button
            type="button"
            class="button tone-bad"
            data-closes
            data-action="end-terminal"
            onClick={() => {
              const { current } = desk.element
              if (current instanceof PveTerminal) current.endForGood()
            }}
          >
            <Icon name="close" />
            {texts.endTerminal}
          </button>
        </>
      ) : null}
    </PopoverButton>
  )
}

/** How a screen fills the window. */
export function ScaleMenu({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const { scale, setScale } = desk.settings
  return (
    <PopoverButton
      id="console-scale"
      class="button quiet bar-tool"
      label={`${texts.scaleLabel}: ${texts.scale[scale]}`}
      face={
        <>
          <Icon name="fit" />
          <span class="bar-word">{texts.scale[scale]}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {scales.map((each) => (
        <button
          key={each}
          type="button"
          class="button two-lines"
          data-closes
          data-scale={each}
          aria-pressed={each === scale ? 'true' : 'false'}
          onClick={() => {
            setScale(each)
            desk.toConsole()
          }}
        >
          <span>{texts.scale[each]}</span>
          <span class="hint">{texts.scaleHint[each]}</span>
        </button>
      ))}
    </PopoverButton>
  )
}

/** Keys that the browser or its system would keep for itself. */
export function KeysMenu({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const isScreen = desk.chosen.kind === 'vnc'
  const send = (press: () => void) => () => {
    press()
    desk.toConsole()
  }
  const screen = (strokes: Parameters<VncScreen['press']>[0]) => {
    const { current } = desk.element
    if (current instanceof VncScreen) current.press(strokes)
  }
  const terminal = (bytes: string) => {
    const { current } = desk.element
    if (current instanceof PveTerminal) current.type(bytes)
  }
  return (
    <PopoverButton
      id="console-keys"
      class="button quiet bar-tool"
      label={texts.keys}
      popoverClass="keys-menu"
      letter="k"
      face={
        <>
          <Icon name="keyboard" />
          <span class="bar-word">{texts.keys}</span>
        </>
      }
    >
      <h2 class="popover-title">{texts.send}</h2>
      {isScreen
        ? screenChords.map((chord) => (
            <ChordButton
              key={chord.does}
              chord={chord}
              off={!desk.live}
              press={send(() => screen(strokesOfChord(chord.keys)))}
            />
          ))
        : terminalChords.map((chord) => (
            <ChordButton
              key={chord.does}
              chord={chord}
              off={!desk.live}
              press={send(() => terminal(chord.bytes))}
            />
          ))}
      <h2 class="popover-title">
        {isScreen ? 'Ctrl Alt + F1…F12' : 'F1…F12'}
        {isScreen ? <span class="hint">{texts.virtualTerminals}</span> : null}
      </h2>
      <div class="function-keys">
        {virtualTerminals.map((strokes, index) => (
          <button
            key={index}
            type="button"
            class="button outline"
            data-closes
            disabled={!desk.live}
            onClick={send(() => (isScreen ? screen(strokes) : terminal(functionKeys[index] ?? '')))}
          >
            F{index + 1}
          </button>
        ))}
      </div>
      <p class="popover-note hint">{canLockKeyboard() ? texts.lockHint : texts.noLockHint}</p>
      <hr />
      {isScreen ? null : <ScreenReaderSwitch desk={desk} />}
      <button
        type="button"
        class="button"
        data-closes
        data-action="all-keys"
        data-letter="?"
        onClick={() => desk.open('keys')}
      >
        {texts.allKeys}
        <span class="key">?</span>
      </button>
    </PopoverButton>
  )
}

function ScreenReaderSwitch({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const { screenReader, setScreenReader } = desk.settings
  return (
    <button
      type="button"
      class="button"
      data-closes
      data-action="screen-reader"
      aria-pressed={screenReader ? 'true' : 'false'}
      onClick={() => {
        setScreenReader(!screenReader)
        desk.toConsole()
      }}
    >
      {texts.screenReader}
      {screenReader ? <Icon name="check" /> : null}
    </button>
  )
}

function ChordButton(props: { chord: Chord; off: boolean; press: () => void }) {
  const { console: texts } = useConsoleTexts()
  const { faces, does } = props.chord
  return (
    <button
      type="button"
      class="button chord"
      data-closes
      data-chord={does}
      disabled={props.off}
      onClick={props.press}
    >
      <span class="chord-keys">
        {faces.map((face) => (
          <span class="key" key={face}>
            {face}
          </span>
        ))}
      </span>
      <span>{texts.chords[does]}</span>
    </button>
  )
}

/** What can be done to the guest's power, as its state and the person's rights allow. */
export function PowerMenu({ desk }: { desk: ConsoleDesk }) {
  const { console: texts } = useConsoleTexts()
  const { guest } = desk
  if (!guest) return null
  const actions = powerActions(guest)
  const may = guest.can.power
  return (
    <PopoverButton
      id="console-power"
      class="button quiet bar-tool"
      label={texts.power}
      letter="p"
      face={
        <>
          <ConsoleIcon name="power" />
          <span class="bar-word">{texts.power}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {actions.map((action, index) => (
        <>
          {destroys(action) && !destroys(actions[index - 1] ?? 'stop') ? <hr /> : null}
          <button
            key={action}
            type="button"
            class={destroys(action) ? 'button tone-bad' : 'button'}
            data-closes
            data-power={action}
            disabled={!may}
            onClick={() => desk.askPower(action)}
          >
            {texts.powerAction[action]}
            {destroys(action) ? '…' : ''}
          </button>
        </>
      ))}
      {actions.length === 0 ? <p class="popover-note hint">{texts.noPowerNow}</p> : null}
      {may ? null : <p class="popover-note hint">{texts.noPowerRight}</p>}
    </PopoverButton>
  )
}
