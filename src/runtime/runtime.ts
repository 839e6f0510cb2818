/** What this program needs of the runtime it stands on; types only, implemented by bun.ts and deno.ts. */
import type { Duplex } from 'node:stream'
import type { BrowserPort, RawPort } from '../relay/port.ts'

/** Who sent a request, as the socket says. `address` is null on a unix socket. */
export interface Peer {
  readonly address: string | null
  readonly tls: boolean
}

export interface UpgradeOptions {
  /** The one subprotocol to select, if the browser offered it. */
  readonly protocol?: string
  /** Called once with the open socket, before any message of it is delivered. */
  readonly open: (port: BrowserPort) => void
}

/** What the HTTP application is given beside the request. */
export interface RequestContext {
  readonly peer: Peer
  /** Turns this request into a WebSocket; null when it is not a valid upgrade. */
  upgrade(options: UpgradeOptions): Response | null
}

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly hostname: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** A key pair in PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

export interface ServeOptions {
  readonly address: ListenAddress
  readonly tls?: TlsPair
  fetch(request: Request, context: RequestContext): Response | Promise<Response>
  /** A throw that no handler caught; the answer is already an error. */
  onError(error: unknown): void
}

export interface Listener {
  /** The address bound, with the real port where 0 was asked for. */
  readonly address: ListenAddress
  /**
   * Shows another certificate from now on, on the same address. Connections go on, but on Deno, where its
   * WebSockets end with 1001. Throws when the pair cannot be used; the old one stays then.
   */
  rekey(tls: TlsPair): Promise<void>
  /** Stops accepting, waits for requests up to the deadline, then cuts what is left. */
  stop(deadlineMs: number): Promise<void>
}

/** The certificate a TLS server presented, and what the runtime thinks of it. */
export interface PresentedCertificate {
  /** SHA-256 over the DER of the leaf, 64 lower-case hex digits. */
  readonly sha256: string
  readonly subject: string
  readonly issuer: string
  readonly sans: readonly string[]
  readonly validFrom: string
  readonly validTo: string
  /** True when chain and name were verified against the authorities given to the dial. */
  readonly authorized: boolean
  /** The runtime's error code when not authorized, for instance DEPTH_ZERO_SELF_SIGNED_CERT. */
  readonly authorizationError?: string
}

export interface DialTarget {
  /** Name or IP literal to connect to. */
  readonly hostname: string
  readonly port: number
  /** The name the certificate must carry and that SNI sends; defaults to `hostname`. */
  readonly servername?: string
  /** Certificates in PEM to verify chain and name against. */
  readonly authorities: readonly string[]
  /** Judges the certificate before the first byte is written; a throw ends the connection. */
  readonly verify: (certificate: PresentedCertificate) => void
  /** Milliseconds for TCP and TLS together. */
  readonly timeoutMs: number
}

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** What this process takes of the machine. */
export interface Usage {
  readonly memoryBytes: number
  readonly cpuSeconds: number
  /** Files and sockets; null where the system does not tell. */
  readonly openFiles: number | null
}

/** One runtime; everything in this program that differs between Bun and Deno, or leaves the process. */
export interface Runtime {
  /** For instance "Bun 1.4.5". */
  readonly name: string
  /** Arguments behind the program's own name. */
  readonly args: readonly string[]
  /** The machine's own name, possibly with a domain. */
  readonly machineName: string
  /** Who this process runs as; its number where the system has no name for it. */
  readonly userName: string
  /** The machine's own IP addresses, loopback included. */
  addresses(): readonly string[]
  readonly isTerminal: boolean
  /** Whether what is written as an error goes to systemd's journal. */
  readonly logsToJournal: boolean
  env(name: string): string | undefined
  serve(options: ServeOptions): Promise<Listener>
  /** A judged connection as a byte port; throws Failure host_unreachable, host_timeout, or what `verify` threw. */
  dial(target: DialTarget): Promise<{ readonly port: RawPort; readonly address: string }>
  /** A judged connection as a node socket, for node:https; throws as `dial` does. */
  connect(target: DialTarget): Promise<{ readonly socket: Duplex; readonly address: string }>
  /** Status of a GET to a server on this machine, its certificate unjudged; `unix:PATH` asks /healthz. */
  probe(url: URL, timeoutMs: number): Promise<number>
  /** The system's certificate authorities; the runtime's own where the system has none. */
  systemAuthorities(): readonly string[]
  /** Throws the system's error when there is no such file or it may not be read. */
  readText(path: string): string
  readBytes(path: string): Uint8Array<ArrayBuffer>
  fileExists(path: string): boolean
  /** When a file was last written, in milliseconds since 1970; null when there is none. */
  modifiedAt(path: string): number | null
  /** Whether files could be made in this directory, which need not exist yet. */
  canWriteIn(directory: string): boolean
  /**
   * Replaces a file at once or not at all, with these permissions; its directory is made where missing.
   * Root leaves it to whom the directory belongs.
   */
  writeText(path: string, text: string, mode: number): void
  /** Adds to a file, in the order of the calls; it is made where missing, for its owner and group to read. */
  appendText(path: string, text: string): Promise<void>
  usage(): Usage
  /** Asks a question on the terminal and returns the line that was typed. */
  ask(question: string): Promise<string>
  onSignal(signal: Signal, handle: () => void): void
  /** Errors that nobody caught; without a handler they would end the process. */
  onUncaught(handle: (error: unknown) => void): void
  writeOut(text: string): void
  writeError(text: string): void
  /** Ends the process once its output has gone out, or nobody reads it. */
  exit(code: number): Promise<never>
}
