/**
 * The lab: a stand-in for Proxmox VE that tests and the demo run against.
 *
 * `const lab = await startLab()` starts two hosts on free loopback ports, each behind its own certificate
 * authority: `alpha`, a cluster of the nodes `a` and `c` (PVE 8.4.1, console hand-over from before April 2026), and
 * `beta`, a single node `b` (PVE 9, hand-over since April 2026). Both have a VM 100. Everything a test starts it
 * ends with `await lab.close()`. Two labs at a time do not meet. `gamma()` of worlds.ts is a host of PVE 7.
 *
 * alpha has a realm of type openid, `sso`, which leads to the lab's identity provider, `lab.provider`; whoever wants to
 * come back from there adds the address to its `redirects`.
 *
 * The lab is at least as strict and as odd as PVE: what it does not do yet it answers with a 501 that says so and
 * notes in `host.pending`.
 */

/** Which console hand-over a host speaks: VNC tickets changed in April 2026. */
export type Generation = 'before-2026-04' | 'since-2026-04'

/** What draws a guest's screen. `qemu` is a real virtual machine, `rfb` the lab's own small server. */
export type ScreenKind = 'qemu' | 'rfb'

/**
 * `echo` shows keys, ticks and reports them; `busy` writes over the first rows of its screen for ever; with `none`
 * the machine finds nothing to boot, and its screen rests but for a cursor.
 */
export type GuestProgram = 'echo' | 'busy' | 'none'

export interface GuestOptions {
  readonly vmid: number
  readonly type?: 'qemu' | 'lxc'
  readonly name: string
  readonly node: string
  readonly running?: boolean
  /** The `vga` line of the configuration; `serial0` means that the VNC console is a terminal. */
  readonly vga?: string
  readonly serial0?: boolean
  /** More lines of that kind: `serial1: 'socket'`, or a device of the node's such as /dev/ttyS0. */
  readonly serials?: Readonly<Record<string, string>>
  readonly tags?: string
  readonly template?: boolean
  /** Overrides what the lab would choose: QEMU where it is installed and the guest is a VM. */
  readonly screen?: ScreenKind
  /** What a real machine runs; default `echo`. */
  readonly program?: GuestProgram
}

export interface HostOptions {
  readonly key: string
  readonly generation: Generation
  /** What /version answers, for instance 8.4.1. PVE 7 differs in what it says of errors and in what it takes. */
  readonly version: string
  readonly nodes: readonly string[]
  readonly guests: readonly GuestOptions[]
  /** Realms whose users sign in through the lab's identity provider. */
  readonly openid?: readonly OpenIdRealm[]
}

export interface OpenIdRealm {
  readonly realm: string
  readonly comment?: string
  /** What the provider says of a person that becomes the user name. Default `sub`, as PVE has it. */
  readonly usernameClaim?: string
  /** Whether people whom the host does not know are made users at their first sign-in. */
  readonly autocreate?: boolean
}

export interface LabOptions {
  /** Default: alpha and beta, see `alpha()` and `beta()` in worlds.ts, which take overrides. */
  readonly hosts?: readonly HostOptions[]
  /** How long a 401 waits. Default 3000 ms as PVE does; tests that are not about it set 0. */
  readonly authFailureDelayMs?: number
  /**
   * Whether text consoles are real shells, of the user who runs the lab. Default true. Without them they only say
   * back what is typed: for a lab that other machines reach.
   */
  readonly shells?: boolean
  /** Screens of VMs. Default: QEMU where installed, the lab's own RFB server elsewhere. */
  readonly screens?: ScreenKind
}

export interface Lab {
  readonly hosts: readonly LabHost[]
  /** The host of that key; throws when there is none. */
  host(key: string): LabHost
  readonly provider: LabProvider
  /** The directory of everything the lab writes; gone after `close`. */
  readonly directory: string
  /** True when VMs are real QEMU processes. */
  readonly realQemu: boolean
  /** Ends every process, socket and file the lab made. */
  close(): Promise<void>
}

/** The identity provider that realms of type openid lead to; no page of a host's own. */
export interface LabProvider {
  /** `http://127.0.0.1:port` */
  readonly issuer: string
  /** Redirect addresses that people are sent back to; for any other they see an error page. */
  readonly redirects: Set<string>
  /** Who can sign in there: `mina` is a user of the hosts, `dora` a disabled one, `nils` is new to them. */
  readonly people: readonly string[]
  /** Codes handed out so far. Each is good once, for a minute. */
  readonly codes: readonly string[]
  readonly settings: ProviderSettings
}

export interface ProviderSettings {
  /** Answers nothing but 503. */
  down: boolean
  /** What is wrong with the tokens that it makes. */
  flaw: 'nonce' | 'audience' | 'issuer' | 'key' | 'expired' | undefined
}

export interface LabAccount {
  readonly user: string
  readonly realm: string
  /** `user@realm` */
  readonly userid: string
  /** Empty where an identity provider says who it is. */
  readonly password: string
  readonly description: string
  readonly disabled?: true
  /** Factors that answer only to PVE's own address. */
  readonly webauthn?: true
  readonly u2f?: true
  /** Base32 secret of the TOTP factor (SHA-1, 6 digits, 30 s). */
  readonly totpSecret?: string
  readonly recoveryKeys?: readonly string[]
}

export interface LabNode {
  readonly name: string
  readonly port: number
  /** `https://127.0.0.1:port` */
  readonly url: string
  /** SHA-256 of the leaf as PVE shows it: upper-case hex with colons. */
  readonly fingerprint: string
  /** The same, 64 lower-case hex digits. */
  readonly sha256: string
}

/** One request as it arrived; for a WebSocket this is the upgrade. */
export interface LabRequest {
  readonly node: string
  readonly method: string
  /** As sent, with the query. */
  readonly target: string
  /** Decoded path without `/api2/json` and query. */
  readonly path: string
  /** Query and body merged as PVE does it. */
  readonly params: Readonly<Record<string, string>>
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Real time, ms since the epoch. */
  readonly at: number
  /** Id of the TCP connection it came in on, see `connections`. */
  readonly connection: number
  /** Filled in when answered; 0 before (and for ever when the lab never answers). */
  readonly status: number
}

/** Every secret the host handed out or knows, in the order they were made, so that tests can look for leaks. */
export interface LabSecrets {
  readonly tickets: readonly string[]
  readonly csrfTokens: readonly string[]
  readonly vncTickets: readonly string[]
  readonly vncPasswords: readonly string[]
  readonly ports: readonly number[]
  /** Passwords, second-factor secrets and recovery keys of the accounts. */
  readonly credentials: readonly string[]
  /** All of the above except ports. */
  all(): string[]
}

export interface LabConnection {
  readonly id: number
  readonly node: string
  readonly open: boolean
  /** True once TLS is established. */
  readonly secure: boolean
  /** Decrypted bytes the client sent. */
  readonly applicationBytesReceived: number
  readonly requests: number
}

export interface LabConsole {
  readonly id: number
  readonly vmid: number | undefined
  readonly node: string
  readonly userid: string
  readonly port: number
  readonly upid: string
  readonly open: boolean
  readonly bytesFromBackend: number
  readonly bytesToBackend: number
  readonly framesFromClient: number
  readonly largestFrameFromClient: number
  readonly pingsFromClient: number
  /** Bytes waiting in this process because the client does not read. */
  readonly buffered: number
  /** Why nothing from the client is processed any more; undefined while all is well. */
  readonly frozen: string | undefined
  /** Why it ended; undefined while open. */
  readonly ended: string | undefined
  /** Subprotocol the client asked for. */
  readonly protocol: string | undefined
}

/** Settings that may be changed while the lab runs. Times in ms of real time unless said otherwise. */
export interface LabSettings {
  authFailureDelayMs: number
  /** Added to every API answer. */
  latencyMs: number
  /** How late /cluster/resources is, in the host's own clock. Default 10 000. */
  resourcesLagMs: number
  /** Between 101 and the first byte of the screen. Default 0; PVE takes about a second. */
  bannerDelayMs: number
  /** How long a stopped VM's console stays open after 101. Default 200; PVE takes 1 to 3 s. */
  stoppedConsoleMs: number
  /**
   * How much of their two hours login tickets have left when they are handed out. Default: all. PVE's are always
   * new; older ones make a test of renewals short, and are judged by PVE's own rule all the same.
   */
  ticketLifeMs: number
  /** How long power tasks run before they take effect. Default 50. */
  powerTaskMs: number
  /** Whether the cluster has a majority: without it nothing is started. Default true. */
  quorate: boolean
}

export interface AnswerFault {
  readonly method?: string
  /** Compared with LabRequest.path. */
  readonly path: string | RegExp
  readonly node?: string
  readonly status?: number
  readonly reason?: string
  readonly body?: string
  readonly contentType?: string
  readonly delayMs?: number
  /** The answer waits for this. */
  readonly until?: Promise<unknown>
  /** Never answer, keep the connection open. */
  readonly hang?: boolean
  /** Cut the connection instead of answering. */
  readonly cut?: boolean
  /** How often it applies; for ever without. */
  readonly times?: number
}

/** Faults stay until the function they return is called, or `clear`. */
export interface LabFaults {
  /** Closes the listening socket of one node (or all): connections are refused. */
  refuseConnections(node?: string): Promise<() => Promise<void>>
  /**
   * A node of the cluster is gone: nothing listens there, and what was connected or tunnelled is cut. Its guests
   * are listed as running all the same.
   */
  failNode(node: string): Promise<() => Promise<void>>
  /** Accepts TCP and never says a word. */
  hangConnections(node?: string): () => void
  answer(fault: AnswerFault): () => void
  /** The next `times` (default 1) VNC authentications of the guest fail although the password is right. */
  failRfbAuth(vmid: number, times?: number): void
  /** Ends the open consoles of the guest as a crash would; how many there were. */
  dropConsoles(vmid: number): number
  /** Open consoles of the guest stay, but nothing flows in either direction. */
  stallConsoles(vmid: number): () => void
  /** Cuts every TCP connection of the host; how many there were. */
  cutConnections(): number
  clear(): Promise<void>
}

export interface LabKey {
  /** BIOS scan code (set 1, make). */
  readonly scancode: number
  readonly ascii: number
}

/** A seeded stream in place of a guest's screen, for byte-exactness and throughput. See LabHost.blast. */
export interface Blast {
  readonly bytes: number
  /** SHA-256, hex, of the whole stream that follows ServerInit. */
  readonly sha256: string
  /** Bytes of the stream given to the console so far, over all consoles. */
  readonly sent: number
  /** Bytes received after ClientInit, and their SHA-256 so far. */
  readonly received: number
  receivedSha256(): string
  /** Ends the blast: the guest has its own screen again for consoles opened later. */
  stop(): void
}

export interface BlastOptions {
  readonly bytes: number
  readonly seed: number
  /** Size of one backend read; default 4096 as `qm vncproxy` pumps. */
  readonly chunk?: number
  /** End the console after the last byte. Default false. */
  readonly end?: boolean
  /** Do not start before a first byte arrived after ClientInit. Default false. */
  readonly waitForClient?: boolean
  /** Send the same bytes whatever the client does with the handshake: no RFB at all. Default false. */
  readonly raw?: boolean
}

export interface LabGuest {
  readonly vmid: number
  readonly type: 'qemu' | 'lxc'
  readonly name: string
  readonly node: string
  readonly status: 'running' | 'stopped'
  readonly qmpstatus: string
  /** What keeps others from changing it: backup, migrate, ... */
  lock: string | undefined
  readonly screen: ScreenKind
  /** Process of a running QEMU. */
  readonly pid: number | undefined
  /** Keys the guest itself has read, in order. Empty again after a start. */
  received(): readonly LabKey[]
  /** The printable characters of `received()`. */
  receivedText(): string
  /** What was typed into its text consoles since its start, by all viewers. */
  terminalInput(): string
  /** The size the last viewer of a text console asked for. */
  terminalSize(): { readonly columns: number; readonly rows: number }
  /** Power as somebody else would use it; resolves when the process runs or is gone. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Moves the guest to another node of its host and ends its consoles, as a migration does. */
  migrate(node: string): void
}

export interface LabHost {
  readonly key: string
  readonly generation: Generation
  readonly version: string
  readonly nodes: readonly LabNode[]
  /** URL of the first node. */
  readonly url: string
  readonly caPem: string
  readonly caFile: string
  /** One more certificate under the host's authority, in PEM, with the names that PVE gives a node of this name. */
  issue(name: string): Promise<{ readonly cert: string; readonly key: string }>
  readonly accounts: readonly LabAccount[]
  account(userid: string): LabAccount
  /**
   * Gives a user privileges on a path from now on, in place of those the user had there: `{}` takes them away.
   * The value says whether a privilege goes down to paths below.
   */
  setAccess(userid: string, path: string, granted: Readonly<Record<string, 0 | 1>>): void
  readonly guests: readonly LabGuest[]
  guest(vmid: number): LabGuest
  /** Current code of the account's TOTP factor by the host's clock. PVE takes each code once. */
  totp(userid: string): string
  readonly requests: LabRequest[]
  readonly secrets: LabSecrets
  readonly connections: readonly LabConnection[]
  readonly consoles: readonly LabConsole[]
  /** TCP connections accepted since the start. */
  readonly accepted: number
  readonly settings: LabSettings
  readonly faults: LabFaults
  /** The host's clock, ms since the epoch: ticket ages, listener lives, idle limits, resource lag. */
  now(): number
  advance(ms: number): void
  /**
   * Replaces the key that signs tickets, as PVE does every 24 hours of the host's time: login tickets from
   * before stay good for their two hours, console tickets do not.
   */
  rotateKeys(): void
  /** Ends a guest and takes it away. */
  deleteGuest(vmid: number): Promise<void>
  /** Lets /cluster/resources catch up at once. */
  publishResources(): void
  /** Takes the guest's consoles opened from now on, screens and terminals, to a seeded byte stream. */
  blast(vmid: number, options: BlastOptions): Blast
  /** Calls the lab answered with "not done yet". */
  readonly pending: readonly string[]
}

export { startLab } from './start.ts'
