import type { CloseReason, ProblemCode } from '../../src/http/contract.ts'

/** What happened, and below it why and what next. */
export interface Sentence {
  readonly title: string
  readonly detail: string
}

/** Everything that can go wrong: what the server names, and what only the browser notices. */
export type ReasonKey = CloseReason | ProblemCode | 'lost' | 'network' | 'unreadable'

const reason = {
  lost: {
    title: 'Connection lost.',
    detail: 'The server does not answer; your network may be down.',
  },
  network: {
    title: 'This server does not answer.',
    detail: 'Your network may be down, or pve-console is not running. Try again.',
  },
  unreadable: {
    title: 'The answer could not be read.',
    detail: 'Something between this page and pve-console changed it. Reload the page.',
  },
  ended: {
    title: 'The console has ended.',
    detail: 'The guest or its shell closed it. Open it again to go on.',
  },
  restarting: {
    title: 'Connection lost.',
    detail: 'pve-console is restarting. You may have to sign in again.',
  },
  binary_only: {
    title: 'Something failed here.',
    detail: 'The page sent what a screen does not take. Reconnect; if it happens again, reload.',
  },
  too_fast: {
    title: 'Too much input at once.',
    detail: 'The page sent more keys and pointer moves a second than the server takes. Reconnect.',
  },
  message_too_big: {
    title: 'Too much at once.',
    detail: 'The page sent more than 1 MiB in one piece. Reconnect and send less, as with a paste.',
  },
  bad_request: {
    title: 'This address is not right.',
    detail: 'No console can be opened under it. Go back and open the guest from the list.',
  },
  not_signed_in: {
    title: 'Sign in to {host} again.',
    detail: 'There is no sign-in to this host. You come back to this console.',
  },
  session_expired: {
    title: 'Sign in to {host} again.',
    detail: 'The session is over. You come back to this console.',
  },
  signed_out: {
    title: 'Sign in to {host} again.',
    detail: 'You signed out. You come back to this console.',
  },
  forbidden: {
    title: 'You may not open this console.',
    detail: 'PVE does not give this account {right} on {path}. Ask whoever manages PVE for it.',
  },
  no_such_guest: {
    title: 'This guest no longer exists.',
    detail: '{host} has no guest {vmid} any more, or has not told you of it. Go back to the list.',
  },
  no_such_node: {
    title: 'This node no longer exists.',
    detail: '{host} has no node {node}. Go back to the list.',
  },
  no_such_host: {
    title: 'This host is not configured.',
    detail: 'pve-console knows no host of this name. Go back and pick another.',
  },
  no_such_console: {
    title: 'This guest has no screen.',
    detail:
      'Its hardware has no display that can be shown here. Give it one in PVE and check again.',
  },
  guest_not_running: {
    title: '{guest} is not running.',
    detail: 'This page connects by itself as soon as it starts.',
  },
  guest_locked: {
    title: '{guest} is locked: {lock}.',
    detail: 'Nothing to do: the console opens when the task is over.',
  },
  guest_moved: {
    title: '{guest} has moved to another node.',
    detail: 'Nothing to do: the console follows.',
  },
  too_many_consoles: {
    title: 'Too many consoles are open.',
    detail: 'Close one that you do not need, then try again.',
  },
  host_untrusted: {
    title: 'Nobody has confirmed {host}’s certificate yet.',
    detail:
      'The connection was closed before anything was sent. An administrator has to confirm it.',
  },
  certificate_changed: {
    title: '{host} shows a different certificate.',
    detail:
      'The connection was closed before anything was sent. An administrator has to confirm the new one.',
  },
  internal: {
    title: 'Something failed here. Log number {id}.',
    detail: 'The log of pve-console says more under this number. Reconnect to go on.',
  },
  pve_error: {
    title: '{host} refused it.',
    detail: 'PVE answered with an error. Its own task log says more.',
  },
  pve_closed: {
    title: 'Connection lost.',
    detail: 'PVE closed it.',
  },
  rfb_failed: {
    title: 'Connection lost.',
    detail: 'The guest’s screen did not accept the connection.',
  },
  host_unreachable: {
    title: '{host} does not answer.',
    detail: 'The host is off or its network is down.',
  },
  host_timeout: {
    title: 'Connection lost.',
    detail: '{host} did not answer in time.',
  },
  too_slow: {
    title: 'This line is too slow to keep up.',
    detail: 'The picture came faster than this browser could take it. Reconnect to go on.',
  },
  pve_too_slow: {
    title: '{host} is too slow to keep up.',
    detail: 'It takes keys and pointer moves too slowly. Reconnect to go on.',
  },
  cross_origin: {
    title: 'This address is not allowed.',
    detail:
      'pve-console is reached here under an address it does not know. Its administrator sets public_url to the one in your browser.',
  },
  insecure_http: {
    title: 'Sign-in is closed over plain HTTP.',
    detail:
      'Your password could be read on the way. Open this page over HTTPS, or ask the administrator to set tls.mode or public_url.',
  },
  login_failed: {
    title: 'User name or password is wrong.',
    detail: 'Check the user name, the realm and the password.',
  },
  method_not_allowed: {
    title: 'This is not possible here.',
    detail: 'This release of pve-console does not do it. Use PVE’s own page for it.',
  },
  not_found: {
    title: 'There is nothing at this address.',
    detail: 'It may have been mistyped, or this release does not have it. Go back to the list.',
  },
  too_large: {
    title: 'That is too long.',
    detail: 'Shorten it and try again.',
  },
  too_many_logins: {
    title: 'Too many failed sign-ins.',
    detail: 'Wait a little and try again.',
  },
  unknown_host: {
    title: 'This address is not known.',
    detail:
      'pve-console does not know itself under it. Its administrator sets public_url to the one in your browser.',
  },
  unsupported_media_type: {
    title: 'Something failed here.',
    detail: 'The page sent a form the server does not take. Reload the page.',
  },
  challenge_expired: {
    title: 'That took too long.',
    detail: 'The second factor was waited for too long or answered too often. Sign in again.',
  },
  shutting_down: {
    title: 'pve-console is stopping.',
    detail: 'Try again in a few seconds.',
  },
} as const satisfies Record<ReasonKey, Sentence>

export const en = {
  reason,
  language: 'Language',
  languageName: 'English',
  theme: { label: 'Theme', auto: 'As the system', light: 'Light', dark: 'Dark' },
  nav: {
    guests: 'Guests',
    more: 'More',
    hosts: 'Hosts',
    addHost: 'Sign in to another host…',
    signOutOf: 'Sign out of {host}',
    signOutAll: 'Sign out everywhere',
    skip: 'Skip to the content',
    back: 'Back',
  },
  hostState: {
    ready: 'Ready',
    untrusted: 'Not trusted',
    unreachable: 'No answer',
    signedIn: 'Signed in',
  },
  signIn: {
    title: 'Sign in',
    intro: 'Pick a host and use your own Proxmox VE account. You can add more hosts later.',
    hosts: 'Host',
    untrusted: 'Nobody has confirmed this host’s certificate yet. Sign-in stays closed until then.',
    seeCertificate: 'See its certificate',
    nextTry: 'Next try in {n} s.',
    tryNow: 'Try now',
    realm: 'Realm',
    realmAsking: 'Asking {host}',
    realmFailed: '{host} did not tell its realms.',
    user: 'User name',
    password: 'Password',
    show: 'Show the password',
    hide: 'Hide the password',
    submit: 'Sign in',
    busy: 'Signing in',
    promise:
      'The password goes to {host} once and is not kept. Its ticket stays in this server’s memory; your browser only gets a session cookie.',
    rights: 'Proxmox VE decides what you may see and do.',
    keyHost: 'host',
    keyNext: 'next field',
    waitSeconds: 'Too many failed sign-ins. Try again in {n} s.',
    asking: 'Asking which hosts there are',
    noHosts: 'No host is configured.',
    noHostsHint: 'An administrator adds one: pve-console --host home=ADDRESS',
    noReady: 'No host is ready for sign-in.',
    userMissing: 'Enter your user name.',
    passwordMissing: 'Enter your password.',
  },
  factor: {
    title: 'Second factor',
    intro: 'The password was right. This account needs a second factor.',
    method: 'Method',
    totp: 'App code',
    recovery: 'Recovery key',
    yubico: 'Yubico OTP',
    totpLabel: 'The 6 digits in your authenticator app',
    recoveryLabel: 'One of your recovery keys',
    yubicoLabel: 'Touch your YubiKey',
    submit: 'Confirm',
    back: 'Back',
    change: 'Change account',
    wrong: 'This code was not accepted.',
    missing: 'Enter the code.',
    webauthn:
      'Security keys (WebAuthn) are bound to PVE’s own address and do not work here. Add an authenticator app or recovery keys in PVE as well.',
    webauthnOnly:
      'This account has a security key (WebAuthn) only. It is bound to PVE’s own address and does not work here. Sign in to PVE itself once and add an authenticator app or recovery keys.',
  },
  guests: {
    search: 'Name, VMID, tag or node',
    searchLabel: 'Search guests',
    clear: 'Clear search',
    count: '{n} guest|{n} guests',
    nodes: '{n} node|{n} nodes',
    cores: '{n} core|{n} cores',
    status: 'Status',
    vmid: 'VMID',
    name: 'Name',
    type: 'Type',
    tags: 'Tags',
    cpu: 'CPU',
    memory: 'Memory',
    uptime: 'Uptime',
    actions: 'Actions',
    open: 'Open',
    openWindow: 'Open in a new window',
    asking: 'Asking {n} host|Asking {n} hosts',
    none: 'These hosts show you no guests.',
    noneHint: 'PVE lists a guest to whoever has VM.Audit on it.',
    noMatch: 'No guest matches “{query}”.',
    failed: 'The list did not arrive.',
    tryNow: 'Try now',
    checkAgain: 'Check again',
    seeCertificate: 'See its certificate',
    seeChange: 'See what changed',
    signInAgain: 'Sign in again',
    stale: 'Its last known guests are shown.',
    live: 'Live',
    asOf: 'As of {n} s ago',
    noScreen: 'No screen',
    noRight: 'No VM.Console',
    moreProblems: '{n} more host has a problem|{n} more hosts have a problem',
    keyMove: 'move',
    keyOpen: 'open',
    keySearch: 'search',
    signedOut: 'Signed out of {host}.',
  },
  status: {
    running: 'Running',
    stopped: 'Stopped',
    paused: 'Paused',
    unknown: 'Unknown',
    online: 'Online',
    offline: 'Offline',
  },
  lock: {
    backup: 'Backup',
    clone: 'Cloning',
    create: 'Creating',
    disk: 'Disk task',
    migrate: 'Migrating',
    rollback: 'Rollback',
    snapshot: 'Snapshot',
    'snapshot-delete': 'Snapshot',
    suspending: 'Suspending',
    suspended: 'Suspended',
    other: 'Locked',
  },
  kind: { qemu: 'VM', lxc: 'CT' },
  unit: { d: '{n} d', h: '{n} h', min: '{n} min', s: '{n} s' },
  console: {
    screen: 'Screen of {guest}',
    node: 'Node {node}',
    guest: 'Guest {vmid}',
    toolbar: 'Console',
    toGuests: 'Back to guests',
    ctrlAltDel: 'Ctrl-Alt-Del',
    fit: 'Fit',
    actual: '1:1',
    fitLabel: 'Fit the picture to the window',
    fullScreen: 'Full screen',
    leaveFullScreen: 'Leave full screen',
    away: 'offline {n} s',
    leaveHint: 'Left Ctrl + left Alt leaves the console',
  },
  band: {
    opening: 'Opening the console.',
    lost: 'Connection lost. Next try in {n} s.',
    hostDown: '{host} does not answer. Next try in {n} s.',
    trying: 'Connection lost. Trying now.',
    hostTrying: '{host} does not answer. Trying now.',
    notSent: 'Keys you press now are not sent.',
    attempt: 'Attempt {n}.',
    stalled: 'This device is offline.',
    stalledDetail: 'The console goes on when the network is back.',
    paused: '{guest} is paused.',
    pausedDetail: 'It stands still until it is resumed.',
    migrating: '{guest} is moving to another node.',
    migratingDetail: 'Nothing to do: the console follows when it has arrived.',
    starting: '{guest} is starting.',
    resuming: '{guest} is being resumed.',
    powerRefused: 'PVE did not do it: {detail}',
    powerMissing: 'It cannot be started from here yet. Start it in PVE; this page then connects.',
    noPowerRight: 'Starting it needs VM.PowerMgmt, which this account does not have.',
    passwordFor: 'Password for {user}',
    shellEnded: 'The shell has ended.',
    shellEndedDetail: 'It was closed from inside. Open it again to start a new one.',
    label: {
      connecting: 'Connecting',
      reconnecting: 'Reconnecting',
      noAnswer: 'No answer',
      stopped: 'Stopped',
      paused: 'Paused',
      locked: 'Locked',
      session: 'Session ended',
      certificate: 'Certificate',
      forbidden: 'No permission',
      gone: 'Gone',
      ended: 'Ended',
      full: 'Limit reached',
      slow: 'Too slow',
      fault: 'Error',
      offline: 'Offline',
      live: 'Connected',
    },
    action: {
      tryNow: 'Try now',
      back: 'Back to guests',
      start: 'Start',
      resume: 'Resume',
      again: 'Open again',
      check: 'Check again',
      reconnect: 'Reconnect',
      seeChange: 'See what changed',
      seeCertificate: 'See its certificate',
      continue: 'Continue',
      otherAccount: 'Other account',
      signIn: 'Sign in',
    },
  },
  help: {
    titleUntrusted: 'Nobody has confirmed {host}’s certificate yet',
    titleReady: '{host} is trusted',
    titleUnreachable: '{host} does not answer',
    titleUnknown: 'There is no host of this name',
    why: 'This server has not seen this certificate before, or another one than before. That is so on a new host, and after a renewal or a reinstall. It is also so when someone sits between this server and {host}; only a look at the node itself can tell which. Until then nothing is sent to {host}: no password, no ticket.',
    ready: 'Its certificate is confirmed. You can go on.',
    unreachable: 'Its certificate cannot be looked at until it answers. Check again in a moment.',
    unknown: 'pve-console has no such host in its configuration. Go back and pick another.',
    step1: 'On the PVE node, print its fingerprint.',
    step1Detail: 'Use its own screen or an SSH session you already trust.',
    step2: 'On the machine that runs pve-console, the administrator confirms it.',
    step2Detail:
      'The command shows what the host presents. Compare all 32 pairs before saying yes.',
    step3: 'Check again.',
    step3Detail: 'You return to where you were.',
    whyNot: 'Why can’t I approve it here?',
    whyNotDetail:
      'Whoever could show you a false certificate could also show you a false page. Approval is done where the configuration lives, by someone who can reach it.',
    lessOften: 'How to be asked less often',
    lessOftenDetail:
      'Give this host the cluster’s CA (ca in the configuration). Renewals then pass by themselves, because the CA stays the same.',
    check: 'Check again',
    checking: 'Asking {host}',
    stillUntrusted: '{host}: checked just now, still not confirmed.',
    goOn: 'Go on',
    copy: 'Copy',
    copied: 'Copied.',
    copyFailed: 'The browser did not allow copying. Select the text and copy it.',
  },
  wall: {
    title: 'The wall is not built yet',
    detail:
      'Several consoles on one page will live here. Until then, open each guest in its own window.',
  },
  notFound: {
    title: 'There is nothing at this address',
    detail: 'It may have been mistyped, or it belongs to another release.',
    toStart: 'To the guests',
  },
  loading: 'One moment',
} as const

/** The English texts' shape with any words in it: what every language must fill. */
export type Texts = Widened<typeof en>

type Widened<T> = { readonly [K in keyof T]: T[K] extends string ? string : Widened<T[K]> }
