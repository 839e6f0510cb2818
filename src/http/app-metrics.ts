/** What this server counts of itself. Labels name hosts of the configuration, never people or guests. */
import type { Clock } from '../clock.ts'
import { Metrics } from '../metrics.ts'
import type { Hosts } from '../pve/hosts.ts'
import type { Usage } from '../runtime/runtime.ts'
import type { Sessions } from '../session/sessions.ts'
import type { ConsoleKind } from './contract.ts'
import type { LiveConsole } from './live-console.ts'

/** Seconds that an opening takes: a good one, PVE's usual second, one that waited. */
const OPENING_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Seconds that consoles live: a look, a task, a day's work. */
const LIFE_BOUNDS = [10, 60, 600, 3600, 14_400, 86_400]
/** Milliseconds between looks at how late a timer comes. */
const LAG_LOOK = 1000

export interface MetricSources {
  readonly hosts: Pick<Hosts, 'all'>
  readonly sessions: Pick<Sessions, 'size'>
  readonly clock: Clock
  /** What the process takes of the machine. */
  readonly usage: () => Usage
  readonly build: Readonly<Record<string, string>>
}

/** How a sign-in went. */
export type SignInResult = 'ok' | 'refused' | 'limited' | 'challenged' | 'failed'

export class AppMetrics {
  readonly #metrics = new Metrics()
  readonly #live = new Set<LiveConsole>()
  readonly #bytes = { in: 0, out: 0 }
  readonly #opened = this.#metrics.counter(
    'pve_console_consoles_opened_total',
    'Consoles that were opened.',
  )
  readonly #closed = this.#metrics.counter(
    'pve_console_consoles_closed_total',
    'Consoles that ended, by why; also those that never opened.',
  )
  readonly #phase = this.#metrics.histogram(
    'pve_console_opening_seconds',
    'What the opening of a console waited for.',
    OPENING_BOUNDS,
  )
  readonly #life = this.#metrics.histogram(
    'pve_console_console_seconds',
    'How long consoles lived.',
    LIFE_BOUNDS,
  )
  readonly #signIns = this.#metrics.counter(
    'pve_console_sign_ins_total',
    'Sign-ins by how they went.',
  )
  readonly #uncaught = this.#metrics.counter(
    'pve_console_uncaught_errors_total',
    'Errors that nobody caught; each is a fault of this program.',
  )
  /** Milliseconds by which the latest look came late at most, since somebody asked. */
  #lag = 0

  constructor(sources: MetricSources) {
    this.#defineGauges(sources)
    this.#defineProcess(sources)
  }

  consoleOpened(console: LiveConsole): void {
    this.#live.add(console)
    const { kind, host } = console.target
    this.#opened.add({ kind, host })
    for (const [phase, ms] of Object.entries(console.phases)) {
      this.#phase.observe(ms / 1000, { phase })
    }
  }

  consoleClosed(console: LiveConsole, reason: string, seconds: number): void {
    const { kind, host } = console.target
    this.#closed.add({ kind, host, reason })
    if (!this.#live.delete(console)) return
    this.#life.observe(seconds, { kind })
    this.#bytes.in += console.bytes.in
    this.#bytes.out += console.bytes.out
  }

  signIn(host: string, result: SignInResult): void {
    this.#signIns.add({ host, result })
  }

  uncaught(): void {
    this.#uncaught.add()
  }

  /** The text that Prometheus reads. */
  format(): string {
    const text = this.#metrics.format()
    this.#lag = 0
    return text
  }

  #defineGauges({ hosts, sessions }: MetricSources): void {
    const metrics = this.#metrics
    metrics.gauge('pve_console_sessions', 'Sessions that live.', () => [[{}, sessions.size]])
    metrics.gauge('pve_console_consoles', 'Consoles that are open, kept terminals included.', () =>
      KINDS.map((kind) => [{ kind }, this.#count(kind)] as const),
    )
    metrics.gauge('pve_console_host_ready', 'Whether the host’s last answer was one.', () =>
      hosts.all().map((host) => [{ host: host.config.key }, host.state === 'ready' ? 1 : 0]),
    )
    metrics.gauge(
      'pve_console_relayed_bytes_total',
      'Bytes through consoles since the start.',
      () => {
        const all = [...this.#live].map(({ bytes }) => bytes)
        const sum = (way: 'in' | 'out') =>
          all.reduce((n, bytes) => n + bytes[way], this.#bytes[way])
        return [
          [{ direction: 'in' }, sum('in')],
          [{ direction: 'out' }, sum('out')],
        ]
      },
    )
    metrics.gauge('pve_console_event_loop_lag_seconds', 'The longest delay lately.', () => [
      [{}, this.#lag / 1000],
    ])
  }

  #count(kind: ConsoleKind): number {
    return [...this.#live].filter(({ target }) => target.kind === kind).length
  }

  #defineProcess({ usage, build, clock }: MetricSources): void {
    const metrics = this.#metrics
    const started = clock.wall() / 1000
    metrics.gauge('pve_console_build_info', 'What runs.', () => [[build, 1]])
    metrics.gauge('process_start_time_seconds', 'When it started, since 1970.', () => [
      [{}, started],
    ])
    metrics.gauge('process_resident_memory_bytes', 'Memory in use.', () => [
      [{}, usage().memoryBytes],
    ])
    metrics.gauge('process_cpu_seconds_total', 'Processor time taken.', () => [
      [{}, usage().cpuSeconds],
    ])
    metrics.gauge('process_open_fds', 'Files and sockets that are open.', () => {
      const { openFiles } = usage()
      return openFiles === null ? [] : [[{}, openFiles]]
    })
  }

  /** From now on measures how late timers come, for as long as the process lives. */
  watchLag(clock: Clock): void {
    const due = clock.monotonic() + LAG_LOOK
    clock.schedule(() => {
      this.#lag = Math.max(this.#lag, clock.monotonic() - due)
      this.watchLag(clock)
    }, LAG_LOOK)
  }
}

const KINDS: readonly ConsoleKind[] = ['vnc', 'terminal']
