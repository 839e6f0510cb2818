/**
 * The JSON bodies of our own API, as schemas that validate and as types that the page shares.
 *
 * Bodies we read are strict: an unknown key is an error. Bodies we write are typed by the same schemas.
 */
import * as v from 'valibot'

export { CloseReason, ProblemCode } from './failure-codes.ts'
export type * from './terminal-messages.ts'

/** A host key as the configuration accepts it. */
export const HostKey = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/))

/** A guest's number, as PVE bounds it. */
export const Vmid = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(999_999_999))

/** A node's name, which is a host name. */
export const NodeName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/))

export const HostState = v.picklist(['ready', 'untrusted', 'unreachable'])

/** One configured PVE entry as anybody may see it; `user` is the asker's own sign-in there. */
export const HostSummary = v.object({
  key: HostKey,
  label: v.string(),
  realm: v.optional(v.string()),
  state: HostState,
  user: v.nullable(v.string()),
  version: v.optional(v.string()),
})
export type HostSummary = v.InferOutput<typeof HostSummary>

/**
 * What a host shows, and what was expected instead. Fingerprints are SHA-256 as PVE prints them. While it is
 * not trusted, also how an administrator confirms it: the command, and who has to type it.
 */
export const Certificate = v.object({
  trusted: v.boolean(),
  fingerprint: v.string(),
  subject: v.string(),
  issuer: v.string(),
  sans: v.array(v.string()),
  valid_from: v.string(),
  valid_to: v.string(),
  expected: v.optional(v.array(v.string())),
  confirm: v.optional(v.object({ command: v.string(), user: v.string() })),
})
export type Certificate = v.InferOutput<typeof Certificate>

export const Realm = v.object({
  realm: v.string(),
  type: v.string(),
  comment: v.optional(v.string()),
  default: v.optional(v.boolean()),
  tfa: v.optional(v.string()),
})
export type Realm = v.InferOutput<typeof Realm>

/** Sign-in: the password goes to PVE byte for byte and is not kept. */
export const SignInRequest = v.strictObject({
  username: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  realm: v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9._-]{1,31}$/)),
  password: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
})
export type SignInRequest = v.InferOutput<typeof SignInRequest>

export const FactorMethod = v.picklist(['totp', 'recovery', 'yubico', 'webauthn', 'u2f'])
export type FactorMethod = v.InferOutput<typeof FactorMethod>

/** Answer 202 to a sign-in: PVE wants a second factor. */
export const ChallengeAnswer = v.object({
  challenge: v.object({ id: v.string(), methods: v.array(FactorMethod) }),
})
export type ChallengeAnswer = v.InferOutput<typeof ChallengeAnswer>

export const ChallengeRequest = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  method: v.picklist(['totp', 'recovery', 'yubico']),
  response: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
})
export type ChallengeRequest = v.InferOutput<typeof ChallengeRequest>

/** Sign-in through the identity provider of a realm of type openid. */
export const OpenIdRequest = v.strictObject({ realm: SignInRequest.entries.realm })
export type OpenIdRequest = v.InferOutput<typeof OpenIdRequest>

/** Where to send the person. */
export const OpenIdAnswer = v.object({ url: v.string() })
export type OpenIdAnswer = v.InferOutput<typeof OpenIdAnswer>

/** What the identity provider sent back with the person, as PVE bounds it. */
export const OpenIdReturn = v.strictObject({
  state: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  code: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
})
export type OpenIdReturn = v.InferOutput<typeof OpenIdReturn>

/** A sign-in that holds; `expires` is when our session ends, ISO 8601. */
export const SignedIn = v.object({ user: v.string(), host: HostKey, expires: v.string() })
export type SignedIn = v.InferOutput<typeof SignedIn>

/**
 * The asker's session. What is left of it is told in seconds too, for a browser's clock may be wrong:
 * `idle_seconds_left` where idleness ends it, `seconds_left` until it ends in any case.
 */
export const SessionSummary = v.object({
  hosts: v.array(SignedIn),
  expires: v.string(),
  seconds_left: v.number(),
  idle_seconds_left: v.optional(v.number()),
})
export type SessionSummary = v.InferOutput<typeof SessionSummary>

/** What is told to say that somebody is there: nothing. */
export const ActivityRequest = v.strictObject({})

/**
 * A session in which an account of the asker's is signed in; `hosts` are the sign-ins that are the asker's
 * own. Dates are ISO 8601, `browser` is a few words for people.
 */
export const OwnSession = v.object({
  id: v.string(),
  current: v.boolean(),
  since: v.string(),
  active: v.string(),
  expires: v.string(),
  hosts: v.array(v.object({ host: HostKey, user: v.string() })),
  client: v.string(),
  browser: v.string(),
})
export type OwnSession = v.InferOutput<typeof OwnSession>

export const ConsoleKind = v.picklist(['vnc', 'terminal'])
export type ConsoleKind = v.InferOutput<typeof ConsoleKind>

export const GuestType = v.picklist(['qemu', 'lxc'])

/** A VM or container. `cpu` is a share of `maxcpu` from 0 to 1; `mem`, `disk` in bytes; `uptime` in seconds. */
export const Guest = v.object({
  host: HostKey,
  vmid: Vmid,
  type: GuestType,
  name: v.string(),
  node: v.string(),
  status: v.string(),
  lock: v.optional(v.string()),
  tags: v.array(v.string()),
  template: v.boolean(),
  cpu: v.number(),
  maxcpu: v.number(),
  mem: v.number(),
  maxmem: v.number(),
  disk: v.number(),
  maxdisk: v.number(),
  uptime: v.number(),
  consoles: v.array(ConsoleKind),
  can: v.object({ console: v.boolean(), power: v.boolean() }),
})
export type Guest = v.InferOutput<typeof Guest>

/** A cluster member. Figures are 0 where the user lacks Sys.Audit on it. */
export const Node = v.object({
  host: HostKey,
  node: v.string(),
  status: v.string(),
  cpu: v.number(),
  maxcpu: v.number(),
  mem: v.number(),
  maxmem: v.number(),
  uptime: v.number(),
  can: v.object({ console: v.boolean() }),
})
export type Node = v.InferOutput<typeof Node>

/** Why one host's part of an answer is missing; the other hosts' parts are there. */
export const HostProblem = v.object({ host: HostKey, code: v.string(), detail: v.string() })
export type HostProblem = v.InferOutput<typeof HostProblem>

export const GuestList = v.object({
  guests: v.array(Guest),
  nodes: v.array(Node),
  problems: v.array(HostProblem),
})
export type GuestList = v.InferOutput<typeof GuestList>

/**
 * One open console of the asker's session; `since` is ISO 8601, bytes are counted from the browser's side.
 *
 * `label` is what its page calls it; `viewers` how many browsers show this guest through this server;
 * `kept` a terminal that waits for its browser; `phases` the milliseconds its opening took.
 */
export const ConsoleSummary = v.object({
  id: v.string(),
  host: HostKey,
  vmid: v.optional(Vmid),
  node: v.optional(v.string()),
  kind: ConsoleKind,
  since: v.string(),
  bytes_in: v.number(),
  bytes_out: v.number(),
  rtt_ms: v.optional(v.number()),
  label: v.optional(v.string()),
  viewers: v.number(),
  kept: v.optional(v.boolean()),
  phases: v.record(v.string(), v.number()),
})
export type ConsoleSummary = v.InferOutput<typeof ConsoleSummary>

/** Event `snapshot`: all that is listed; `asking` are the hosts that have yet to answer. */
export const Snapshot = v.object({ ...GuestList.entries, asking: v.array(HostKey) })
export type Snapshot = v.InferOutput<typeof Snapshot>

/**
 * Event `change`: entries that are new or read differently now, each whole, and those that are gone. Figures
 * count as changed when a list shows another number.
 */
export const Change = v.object({
  guests: v.array(Guest),
  nodes: v.array(Node),
  removed: v.array(
    v.union([
      v.object({ host: HostKey, vmid: Vmid }),
      v.object({ host: HostKey, node: v.string() }),
    ]),
  ),
})
export type Change = v.InferOutput<typeof Change>

/** Event `problem`: what is wrong with a host now; `code` is null once nothing is. */
export const ProblemNews = v.object({
  ...HostProblem.entries,
  code: v.nullable(v.string()),
})
export type ProblemNews = v.InferOutput<typeof ProblemNews>

/** Event `session`: the asker's session, and what it has open. */
export const SessionNews = v.object({
  ...SessionSummary.entries,
  consoles: v.array(ConsoleSummary),
})
export type SessionNews = v.InferOutput<typeof SessionNews>

/** What can be done to a guest; containers have no reset. */
export const PowerAction = v.picklist([
  'start',
  'shutdown',
  'reboot',
  'stop',
  'reset',
  'suspend',
  'resume',
])
export type PowerAction = v.InferOutput<typeof PowerAction>

export const PowerRequest = v.strictObject({ action: PowerAction })

/** Answer 202 to a power action: the task that does it. */
export const PowerAnswer = v.object({ task: v.string() })
export type PowerAnswer = v.InferOutput<typeof PowerAnswer>

/** A task of PVE's; `status` is how it ended, in PVE's words. */
export const Task = v.object({
  state: v.picklist(['running', 'ok', 'failed']),
  status: v.optional(v.string()),
  log: v.array(v.string()),
})
export type Task = v.InferOutput<typeof Task>

/** Every error body (RFC 9457, application/problem+json). `code` is stable, `detail` is for people. */
export const Problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.string(),
  detail: v.string(),
  hint: v.optional(v.string()),
  id: v.optional(v.string()),
})
export type Problem = v.InferOutput<typeof Problem>
