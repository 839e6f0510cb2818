import type { CloseReason, ProblemCode } from '../../src/http/contract.ts'

/** What happened, and below it why and what next. */
export interface Sentence {
  readonly title: string
  readonly detail: string
}

/** Everything that can go wrong: what the server names, and what only the browser notices. */
export type ReasonKey = CloseReason | ProblemCode | 'lost' | 'network' | 'unreadable'

export const enReasons = {
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
  taken_over: {
    title: 'This terminal goes on in another window.',
    detail: 'It was opened there meanwhile. Open it here again to take it back.',
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
  no_such_task: {
    title: 'This task is not there.',
    detail: '{host} does not know it, or it is not yours to see. Look at the guest itself.',
  },
  wrong_state: {
    title: 'The guest is in another state by now.',
    detail: 'What was asked for cannot be done in it. Look at its state again.',
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
  too_many_streams: {
    title: 'This browser has too many live windows.',
    detail: 'Close some of its windows; the list here is then kept up to date again.',
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
  not_pve: {
    title: 'What answers for {host} is not PVE.',
    detail: 'The address may be wrong, or a proxy in front of the host answers itself.',
  },
  pve_closed: {
    title: 'Connection lost.',
    detail: 'PVE closed it.',
  },
  rfb_failed: {
    title: 'Connection lost.',
    detail: 'The guest’s screen did not accept the connection.',
  },
  no_quorum: {
    title: 'The cluster of {host} has no quorum.',
    detail:
      'Too many of its nodes are away, so PVE starts and changes nothing until they are back.',
  },
  ports_exhausted: {
    title: '{host} has no console port free.',
    detail: 'A node has a hundred of them and all are taken. One is free again in a few seconds.',
  },
  pve_idle_limit: {
    title: 'PVE closed the idle screen.',
    detail:
      'It does so after fifteen minutes of silence, and where a screen shows a terminal after thirty minutes without a key.',
  },
  node_unreachable: {
    title: 'A node of {host} does not answer.',
    detail: 'The host itself works, but this node is off or cut off from the others.',
  },
  host_unreachable: {
    title: '{host} does not answer.',
    detail: 'The host is off or its network is down.',
  },
  gateway_down: {
    title: '{host} does not answer.',
    detail: 'A proxy in front of the host answered instead: it does not reach PVE.',
  },
  host_timeout: {
    title: 'Connection lost.',
    detail: '{host} did not answer in time.',
  },
  gateway_timeout: {
    title: '{host} did not answer in time.',
    detail: 'A proxy in front of the host gave up waiting for PVE. Try again.',
  },
  too_slow: {
    title: 'This line is too slow to keep up.',
    detail:
      'This browser took too long to take what the console sent, or to answer. Reconnect to go on.',
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
  openid_expired: {
    title: 'This sign-in is no longer waited for.',
    detail: 'It took too long, was used already, or began in another browser. Start it again.',
  },
  openid_unavailable: {
    title: 'The identity provider cannot be reached.',
    detail:
      'PVE gives no address to sign in at. Try again; if it stays so, tell whoever manages PVE.',
  },
  challenge_expired: {
    title: 'That took too long.',
    detail: 'The second factor was waited for too long or answered too often. Sign in again.',
  },
} as const satisfies Record<ReasonKey, Sentence>
