/**
 * What PVE answers, as far as this program reads it (PVE 7 to 9).
 *
 * Unknown fields are ignored, missing ones have the value that their absence means, and numbers may come
 * as text, as some calls send them.
 */
import * as v from 'valibot'

/** Entries of a list: 20,000 guests and what stands beside them. */
const MOST_ENTRIES = 50_000

const numeric = v.pipe(
  v.union([
    v.number(),
    v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i), v.transform(Number)),
  ]),
  v.finite(),
)
/** A figure that is absent, or null, where PVE has none. */
const figure = v.nullish(numeric, 0)
const shortText = v.pipe(v.string(), v.maxLength(256))
/** Nodes are host names. */
const nodeName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/))
const vmid = v.pipe(numeric, v.integer(), v.minValue(100), v.maxValue(999_999_999))
/** A ticket is opaque; it must only fit into a header or a query once encoded. */
const ticket = v.pipe(v.string(), v.minLength(1), v.maxLength(4096), v.regex(/^[\x20-\x7e]+$/))

/** GET /access/domains */
export const Domains = v.pipe(
  v.array(
    v.object({
      realm: v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9._-]{1,31}$/)),
      type: shortText,
      comment: v.optional(shortText),
      default: v.optional(numeric),
      tfa: v.optional(shortText),
    }),
  ),
  v.maxLength(1000),
)

/** POST /access/ticket; with NeedTFA the ticket authorises nothing but the second step. */
export const TicketAnswer = v.object({
  username: v.pipe(v.string(), v.minLength(3), v.maxLength(128)),
  ticket,
  CSRFPreventionToken: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,512}$/)),
  NeedTFA: v.optional(numeric),
})
export type TicketAnswer = v.InferOutput<typeof TicketAnswer>

/** POST /access/openid/auth-url: where to send a person. */
export const OpenIdUrl = v.pipe(v.string(), v.minLength(1), v.maxLength(4096))

/** GET /access/permissions: path to privilege to 0 or 1; 1 says that it goes down to paths below. */
export const Permissions = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check((paths) => Object.keys(paths).length <= MOST_ENTRIES),
  v.record(v.string(), v.record(v.string(), numeric)),
)
export type Permissions = v.InferOutput<typeof Permissions>

/** A guest in GET /cluster/resources; what is missing there is what nobody knows of it. */
export const GuestResource = v.object({
  type: v.picklist(['qemu', 'lxc']),
  vmid,
  node: nodeName,
  status: v.optional(shortText, 'unknown'),
  // What people see is cut, not refused: one odd guest must not hide the others.
  name: v.optional(
    v.pipe(
      v.string(),
      v.transform((name) => name.slice(0, 128)),
    ),
    '',
  ),
  lock: v.optional(shortText),
  tags: v.optional(v.pipe(v.string(), v.maxLength(4096)), ''),
  template: figure,
  cpu: figure,
  maxcpu: figure,
  mem: figure,
  maxmem: figure,
  disk: figure,
  maxdisk: figure,
  uptime: figure,
})
export type GuestResource = v.InferOutput<typeof GuestResource>

const NodeResource = v.object({
  type: v.literal('node'),
  node: nodeName,
  status: v.optional(shortText, 'unknown'),
  cpu: figure,
  maxcpu: figure,
  mem: figure,
  maxmem: figure,
  uptime: figure,
})
export type NodeResource = v.InferOutput<typeof NodeResource>

/** Storages, networks and what later versions add: of no interest here. */
const OtherResource = v.object({
  type: v.pipe(
    v.string(),
    v.check((type) => !['qemu', 'lxc', 'node'].includes(type)),
  ),
})

/** One entry of GET /cluster/resources. */
export const Resource = v.union([GuestResource, NodeResource, OtherResource])

/**
 * GET /cluster/resources. Entries are read one by one, for one that is odd must not hide the others.
 */
export const Resources = v.pipe(v.array(v.unknown()), v.maxLength(MOST_ENTRIES))

/** GET /nodes/{node}/{type}/{vmid}/status/current */
export const CurrentStatus = v.object({
  status: shortText,
  qmpstatus: v.optional(shortText),
  lock: v.optional(shortText),
  template: figure,
})

/**
 * A task's name; it says on which node the task runs (PVE 7 to 9):
 * UPID:node:pid:pstart:starttime:type:id:user: with hexadecimal numbers.
 */
export const UPID =
  /^UPID:([A-Za-z0-9][A-Za-z0-9-]{0,62}):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[a-z0-9]{1,32}:[^:\s]{0,64}:[^:\s]{1,128}:$/
export const Upid = v.pipe(v.string(), v.regex(UPID))

const consolePort = v.pipe(numeric, v.integer(), v.minValue(5900), v.maxValue(5999))
/** Only read to explain an end, so a console does not depend on its form. */
const consoleTask = v.optional(v.pipe(v.string(), v.maxLength(512)), '')

/**
 * POST …/vncproxy and …/vncshell. `password` is there since April 2026; before, the ticket's first eight
 * characters are the password.
 */
export const VncProxy = v.object({
  ticket,
  port: consolePort,
  password: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
  upid: consoleTask,
})

/** POST …/termproxy. User and ticket are the terminal's first line, so neither may break it. */
export const TermProxy = v.object({
  ticket,
  port: consolePort,
  user: v.pipe(v.string(), v.regex(/^[^:\s]{1,128}$/)),
  upid: consoleTask,
})

/** GET /nodes/{node}/tasks/{upid}/status */
export const TaskStatus = v.object({
  status: v.picklist(['running', 'stopped']),
  exitstatus: v.optional(v.string()),
})

/** GET /nodes/{node}/tasks/{upid}/log */
export const TaskLog = v.pipe(v.array(v.object({ n: numeric, t: v.string() })), v.maxLength(1000))

/** GET /version */
export const Version = v.object({ version: shortText })
