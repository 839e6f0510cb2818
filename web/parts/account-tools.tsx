import type { Child } from 'hono/jsx'
import { useState } from 'hono/jsx/dom'
import type { HostSummary } from '../../src/http/contract.ts'
import { fill } from '../i18n/fill.ts'
import { useApp, useStore, useTexts } from '../state.ts'
import { AccountDialog, type AccountDialogName } from './account-dialog.tsx'
import { Icon, StatusGlyph } from './icon.tsx'
import { PopoverButton } from './popover.tsx'
import { LanguageSwitch, ThemeSwitch } from './preference-switches.tsx'

/** The hosts that this person is signed in to, and everything about the account behind one button. */
export function AccountTools({ signedOut }: { signedOut: (host: HostSummary) => void }) {
  const app = useApp()
  const texts = useTexts()
  const hosts = useStore(app.hosts)
  const { path } = useStore(app.place)
  const mine = hosts.known ? hosts.list.filter((host) => host.user !== null) : []
  const more = hosts.known && hosts.list.some((host) => host.user === null)
  const [dialog, setDialog] = useState<AccountDialogName | undefined>(undefined)
  const signOut = async (host: HostSummary) => {
    await app.api.signOut(host.key)
    await app.askHosts()
    signedOut(host)
  }
  const signOutAll = async () => {
    await app.api.signOutAll()
    await app.askHosts()
    app.go('/signin')
  }
  return (
    <>
      {mine.map((host) => (
        <PopoverButton
          key={host.key}
          id={`host-${host.key}`}
          class="button quiet host-tool"
          face={<HostFace host={host} />}
        >
          <SignOutButton host={host} signOut={signOut} />
        </PopoverButton>
      ))}
      <span class="divider only-wide" />
      <PopoverButton
        id="account"
        class="button quiet square"
        label={texts.nav.more}
        face={<Icon name="more" />}
      >
        {more ? (
          <button
            type="button"
            class="button"
            data-closes
            data-action="add-host"
            onClick={() => app.go('/signin', { trail: { back: path } })}
          >
            <Icon name="plus" />
            {texts.nav.addHost}
          </button>
        ) : null}
        {mine.map((host) => (
          <SignOutButton key={host.key} host={host} signOut={signOut} />
        ))}
        <hr />
        <MenuItem name="number" icon="keyboard" choose={setDialog}>
          {texts.account.byNumber}…
        </MenuItem>
        <MenuItem name="sessions" icon="window" choose={setDialog}>
          {texts.account.sessions}…
        </MenuItem>
        <hr />
        <div class="popover-head">
          <LanguageSwitch />
        </div>
        <ThemeSwitch worded />
        <hr />
        <button
          type="button"
          class="button"
          data-closes
          data-action="sign-out-all"
          onClick={signOutAll}
        >
          <Icon name="signout" />
          {texts.nav.signOutAll}
        </button>
      </PopoverButton>
      {dialog ? (
        <AccountDialog key={dialog} name={dialog} onClose={() => setDialog(undefined)} />
      ) : null}
    </>
  )
}

function MenuItem(props: {
  name: AccountDialogName
  icon: 'keyboard' | 'window'
  choose: (name: AccountDialogName) => void
  children: Child
}) {
  return (
    <button
      type="button"
      class="button"
      data-closes
      data-action={`dialog-${props.name}`}
      onClick={() => props.choose(props.name)}
    >
      <Icon name={props.icon} />
      {props.children}
    </button>
  )
}

function SignOutButton(props: {
  host: HostSummary
  signOut: (host: HostSummary) => Promise<void>
}) {
  const texts = useTexts()
  return (
    <button
      type="button"
      class="button"
      data-closes
      data-action="sign-out"
      data-host={props.host.key}
      onClick={() => void props.signOut(props.host)}
    >
      <Icon name="user" />
      <span class="clip">{fill(texts.nav.signOutOf, { host: props.host.label })}</span>
    </button>
  )
}

function HostFace({ host }: { host: HostSummary }) {
  const ready = host.state === 'ready'
  return (
    <>
      <StatusGlyph glyph={ready ? 'run' : 'problem'} tone={ready ? 'run' : 'bad'} />
      <span class="host-tool-name">{host.label}</span>
      <span class="hint host-tool-user">{host.user}</span>
    </>
  )
}
