/** What a run has found: tables for people, one JSON file for programs, floors for the exit code. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Floor {
  readonly what: string
  readonly value: number
  /** What it may be at most; at least, where `least` is true. */
  readonly limit: number
  readonly least?: boolean
}

export class Report {
  readonly #data: Record<string, unknown> = {}
  readonly #floors: Floor[] = []

  /** Prints a table: the first row names the columns. */
  table(title: string, rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, at) =>
      Math.max(...rows.map((row) => (row[at] ?? '').length)),
    )
    const line = (row: readonly string[]): string =>
      row.map((cell, at) => pad(cell, widths[at] ?? 0, at === 0)).join('  ')
    console.log(`\n${title}\n${rows.map(line).join('\n')}`)
  }

  /** Keeps what a section measured, for the JSON file. */
  keep(section: string, data: unknown): void {
    this.#data[section] = data
  }

  /** A value that must be within its limit; without `--quick` a miss is only said. */
  floor(floor: Floor): void {
    this.#floors.push(floor)
  }

  get missed(): readonly Floor[] {
    return this.#floors.filter(({ value, limit, least }) =>
      least ? !(value >= limit) : !(value <= limit),
    )
  }

  /** Prints how the floors were kept and writes the file. */
  finish(path: string, about: Readonly<Record<string, unknown>>): void {
    const { missed } = this
    const rows = missed.map(({ what, value, limit, least }) => [
      what,
      value.toPrecision(3),
      `${least ? 'at least' : 'at most'} ${limit}`,
    ])
    if (rows.length > 0) this.table('floors missed', [['what', 'is', 'should be'], ...rows])
    console.log(`\n${this.#floors.length - rows.length} of ${this.#floors.length} floors kept`)
    mkdirSync(dirname(path), { recursive: true })
    const all = { ...about, ...this.#data, floors: this.#floors }
    writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`)
    console.log(`all figures: ${path}`)
  }
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width)
}
