/** Counters, gauges and histograms in Prometheus' text format (version 0.0.4). */

export type Labels = Readonly<Record<string, string>>

/** One family: everything under one name. */
interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Name behind the family's, labels, value. */
  samples(): Iterable<readonly [suffix: string, labels: Labels, value: number]>
}

export class Metrics {
  readonly #families: Family[] = []

  /** A figure that only grows; by convention its name ends in `_total`. */
  counter(name: string, help: string): Counter {
    const counter = new Counter(name, help)
    this.#families.push(counter)
    return counter
  }

  /** A figure that is read when somebody asks; one that only grows by its name, as above. */
  gauge(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    const samples = function* () {
      for (const [labels, value] of read()) yield ['', labels, value] as const
    }
    const type = name.endsWith('_total') ? 'counter' : 'gauge'
    this.#families.push({ name, help, type, samples })
  }

  /** How long, or how much, as counts up to each of `bounds`; by convention in seconds or bytes. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const histogram = new Histogram(name, help, bounds)
    this.#families.push(histogram)
    return histogram
  }

  /** All of them as the text that Prometheus reads. */
  format(): string {
    return this.#families.map(formatFamily).join('')
  }
}

export class Counter implements Family {
  readonly type = 'counter'
  readonly name: string
  readonly help: string
  readonly #values = new Map<string, { readonly labels: Labels; value: number }>()

  constructor(name: string, help: string) {
    this.name = name
    this.help = help
  }

  add(labels: Labels = {}, by = 1): void {
    const key = JSON.stringify(labels)
    const known = this.#values.get(key)
    if (known) known.value += by
    else this.#values.set(key, { labels, value: by })
  }

  *samples() {
    for (const { labels, value } of this.#values.values()) yield ['', labels, value] as const
  }
}

interface Distribution {
  readonly labels: Labels
  /** Per bound, and beyond the last; not added up. */
  readonly counts: number[]
  sum: number
}

export class Histogram implements Family {
  readonly type = 'histogram'
  readonly name: string
  readonly help: string
  readonly #bounds: readonly number[]
  readonly #values = new Map<string, Distribution>()

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name
    this.help = help
    this.#bounds = bounds
  }

  observe(value: number, labels: Labels = {}): void {
    const key = JSON.stringify(labels)
    let known = this.#values.get(key)
    if (!known) {
      known = { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 }
      this.#values.set(key, known)
    }
    const index = this.#bounds.findIndex((bound) => value <= bound)
    const place = index < 0 ? this.#bounds.length : index
    known.counts[place] = (known.counts[place] ?? 0) + 1
    known.sum += value
  }

  *samples() {
    for (const { labels, counts, sum } of this.#values.values()) {
      let count = 0
      for (const [index, each] of counts.entries()) {
        count += each
        const le = String(this.#bounds[index] ?? '+Inf')
        yield ['_bucket', { ...labels, le }, count] as const
      }
      yield ['_sum', labels, sum] as const
      yield ['_count', labels, count] as const
    }
  }
}

function formatFamily(family: Family): string {
  const { name, help, type } = family
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
  for (const [suffix, labels, value] of family.samples()) {
    lines.push(`${name}${suffix}${formatLabels(labels)} ${value}`)
  }
  return `${lines.join('\n')}\n`
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
