/**
 * Everything that can go wrong, in one table: a stable code with its HTTP status, WebSocket close code,
 * a sentence that is safe to show to anybody, and what to do next.
 */
export interface FailureKind {
  readonly status: number
  /** The close code of a console that ends this way. */
  readonly close: number
  readonly title: string
  readonly detail: string
  readonly hint?: string
}

const kinds = {
  ended: {
    status: 410,
    close: 1000,
    title: 'Ended',
    detail: 'The guest or shell ended the console.',
  },
  restarting: {
    status: 503,
    close: 1001,
    title: 'Restarting',
    detail: 'This server is stopping.',
    hint: 'Try again in a few seconds.',
  },
  binary_only: {
    status: 400,
    close: 1003,
    title: 'Binary messages only',
    detail: 'A screen takes binary messages only.',
  },
  too_fast: {
    status: 429,
    close: 1008,
    title: 'Too many messages',
    detail: 'The browser sent more messages a second than this server takes.',
  },
  message_too_big: {
    status: 413,
    close: 1009,
    title: 'Message too big',
    detail: 'A message may have 1 MiB at most.',
  },
  bad_request: {
    status: 400,
    close: 4400,
    title: 'Bad request',
    detail: 'The request is not one that this server understands.',
  },
  not_signed_in: {
    status: 401,
    close: 4401,
    title: 'Not signed in',
    detail: 'There is no sign-in to this host.',
    hint: 'Sign in and try again.',
  },
  session_expired: {
    status: 401,
    close: 4401,
    title: 'Session over',
    detail: 'The session has ended.',
    hint: 'Sign in again.',
  },
  signed_out: {
    status: 401,
    close: 4401,
    title: 'Signed out',
    detail: 'You have signed out.',
    hint: 'Sign in again.',
  },
  login_failed: {
    status: 401,
    close: 4401,
    title: 'Sign-in failed',
    detail: 'Proxmox VE did not accept this user name and password.',
    hint: 'Check the user name, the realm and the password.',
  },
  challenge_expired: {
    status: 401,
    close: 4401,
    title: 'Second factor expired',
    detail: 'This second factor was waited for too long, or answered too often.',
    hint: 'Start the sign-in again.',
  },
  forbidden: {
    status: 403,
    close: 4403,
    title: 'Not allowed',
    detail: 'Proxmox VE does not allow this to you.',
    hint: 'Ask for the privilege VM.Console on the guest, or Sys.Console on the node.',
  },
  cross_origin: {
    status: 403,
    close: 4403,
    title: 'Foreign origin',
    detail: 'The request came from a page of another address.',
    hint: 'Set public_url in the configuration to the address in the browser.',
  },
  insecure_http: {
    status: 403,
    close: 4403,
    title: 'Plain HTTP',
    detail: 'Sign-in needs HTTPS, or a browser on this machine.',
    hint: 'Set tls.mode, or public_url where a proxy ends TLS; allow_insecure_http permits it as it is.',
  },
  not_found: {
    status: 404,
    close: 4404,
    title: 'Not found',
    detail: 'There is nothing at this address.',
  },
  no_such_host: {
    status: 404,
    close: 4404,
    title: 'No such host',
    detail: 'No host of this name is configured.',
  },
  no_such_guest: {
    status: 404,
    close: 4404,
    title: 'No such guest',
    detail: 'The host has no guest of this number.',
  },
  no_such_node: {
    status: 404,
    close: 4404,
    title: 'No such node',
    detail: 'The host has no node of this name.',
  },
  no_such_console: {
    status: 404,
    close: 4404,
    title: 'No such console',
    detail: 'The guest has no console of this kind.',
  },
  method_not_allowed: {
    status: 405,
    close: 4400,
    title: 'Method not allowed',
    detail: 'This address does not take this method.',
  },
  guest_not_running: {
    status: 409,
    close: 4409,
    title: 'Guest not running',
    detail: 'The guest is not running.',
    hint: 'Start it.',
  },
  guest_locked: {
    status: 409,
    close: 4409,
    title: 'Guest locked',
    detail: 'The guest is locked by a task.',
    hint: 'Wait for the task to end.',
  },
  guest_moved: {
    status: 409,
    close: 4410,
    title: 'Guest moved',
    detail: 'The guest has moved to another node.',
  },
  too_large: {
    status: 413,
    close: 1009,
    title: 'Too large',
    detail: 'A request body may have 16 KiB at most.',
  },
  unsupported_media_type: {
    status: 415,
    close: 4400,
    title: 'Unsupported media type',
    detail: 'A request body must be application/json.',
  },
  unknown_host: {
    status: 421,
    close: 4400,
    title: 'Unknown address',
    detail: 'This server does not know itself under this address.',
    hint: 'Set public_url in the configuration to the address in the browser.',
  },
  too_many_logins: {
    status: 429,
    close: 4429,
    title: 'Too many sign-ins',
    detail: 'There were too many failed sign-ins.',
    hint: 'Wait and try again.',
  },
  too_many_consoles: {
    status: 429,
    close: 4429,
    title: 'Too many consoles',
    detail: 'The limit of open consoles is reached.',
    hint: 'Close one that you do not need.',
  },
  internal: {
    status: 500,
    close: 4500,
    title: 'Internal error',
    detail: 'Something failed in this server.',
    hint: 'The log says more under this id.',
  },
  host_untrusted: {
    status: 502,
    close: 4495,
    title: 'Host not trusted',
    detail: 'Nobody has confirmed the certificate of this host yet.',
    hint: 'An administrator of this server has to confirm it.',
  },
  certificate_changed: {
    status: 502,
    close: 4495,
    title: 'Certificate changed',
    detail: 'The host shows another certificate than the one that was confirmed.',
    hint: 'An administrator of this server has to confirm the new one.',
  },
  pve_error: {
    status: 502,
    close: 4502,
    title: 'Proxmox VE refused',
    detail: 'Proxmox VE answered with an error.',
  },
  pve_closed: {
    status: 502,
    close: 4502,
    title: 'Connection closed',
    detail: 'Proxmox VE closed the connection.',
  },
  rfb_failed: {
    status: 502,
    close: 4502,
    title: 'Screen refused',
    detail: 'The guest’s screen did not accept the connection.',
  },
  host_unreachable: {
    status: 503,
    close: 4503,
    title: 'Host unreachable',
    detail: 'The host does not answer.',
  },
  shutting_down: {
    status: 503,
    close: 1001,
    title: 'Stopping',
    detail: 'This server is stopping.',
    hint: 'Try again in a few seconds.',
  },
  host_timeout: {
    status: 504,
    close: 4504,
    title: 'Host too slow',
    detail: 'The host did not answer in time.',
  },
  too_slow: {
    status: 503,
    close: 4507,
    title: 'Browser too slow',
    detail: 'The browser took nothing for too long.',
  },
  pve_too_slow: {
    status: 503,
    close: 4507,
    title: 'Host too slow',
    detail: 'The host takes keys and pointer moves too slowly.',
  },
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof kinds

export interface FailureOptions extends ErrorOptions {
  /** A more exact sentence; it is shown, so nothing of PVE's secrets may stand in it. */
  readonly detail?: string
  readonly hint?: string
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number
}

/**
 * A failure with a name. The message is safe to show; the cause is for the log alone.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly hint: string | undefined
  readonly retryAfter: number | undefined

  constructor(code: FailureCode, options: FailureOptions = {}) {
    super(options.detail ?? kinds[code].detail, options)
    this.code = code
    this.hint = options.hint ?? (kinds[code] as FailureKind).hint
    this.retryAfter = options.retryAfter
  }

  get kind(): FailureKind {
    return kinds[this.code]
  }
}

/** The table entry of a code. */
export function failureKind(code: FailureCode): FailureKind {
  return kinds[code]
}
