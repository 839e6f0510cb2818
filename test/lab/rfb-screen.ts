/** A screen of coloured cells that moves and shows each typed key: what the lab's own RFB server serves. */
import type { LabKey } from './lab.ts'

export const cellWidth = 8
export const cellHeight = 16
const moveEveryMs = 100
const black = 0x000000

export interface Cell {
  readonly column: number
  readonly row: number
  readonly colour: number
}

export interface Viewer {
  changed(cells: readonly Cell[]): void
  end(reason: string): void
}

export class RfbScreen {
  readonly columns: number
  readonly rows: number
  readonly name: string
  readonly keys: LabKey[]
  readonly #cells: number[]
  readonly #viewers = new Set<Viewer>()
  readonly #home: number
  #mover: NodeJS.Timeout | undefined
  #step = 0
  #typed = 0

  /** `seed` decides the colour of the top left cell, so that crossed wires show; typed keys go to `keys`. */
  constructor(name: string, seed: number, keys: LabKey[], width = 744, height = 400) {
    this.name = name
    this.keys = keys
    this.columns = Math.floor(width / cellWidth)
    this.rows = Math.floor(height / cellHeight)
    this.#home = colourOf(seed)
    this.#cells = Array<number>(this.columns * this.rows).fill(black)
    this.#cells[0] = this.#home
  }

  get width(): number {
    return this.columns * cellWidth
  }

  get height(): number {
    return this.rows * cellHeight
  }

  all(): Cell[] {
    return this.#cells.map((colour, index) => this.#cell(index, colour))
  }

  /** Adds a viewer; an exclusive one ends all others, as the RFB shared flag asks. */
  join(viewer: Viewer, shared: boolean): void {
    if (!shared) for (const other of this.#viewers) other.end('another viewer wants to be alone')
    this.#viewers.add(viewer)
    this.#mover ??= setInterval(() => this.#move(), moveEveryMs)
    this.#mover.unref()
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#viewers.size > 0) return
    clearInterval(this.#mover)
    this.#mover = undefined
  }

  endAll(reason: string): void {
    for (const viewer of this.#viewers) viewer.end(reason)
  }

  /** Shows a key in the next cell of the typing area, which starts in the second row. */
  type(keysym: number): void {
    const ascii = keysym < 0x100 ? keysym : keysym & 0x1f
    this.keys.push({ scancode: keysym >>> 8, ascii })
    const room = this.columns * (this.rows - 1)
    this.#paint([this.columns + (this.#typed % room), colourOf(keysym)])
    this.#typed += 1
  }

  #move(): void {
    const place = (step: number) => this.columns - 1 - (step % 8)
    this.#paint([place(this.#step), black], [place(this.#step + 1), this.#home])
    this.#step += 1
  }

  #paint(...changes: readonly (readonly [number, number])[]): void {
    const cells = changes.map(([index, colour]) => this.#cell(index, colour))
    for (const [index, colour] of changes) this.#cells[index] = colour
    for (const viewer of this.#viewers) viewer.changed(cells)
  }

  #cell(index: number, colour: number): Cell {
    return { column: index % this.columns, row: Math.floor(index / this.columns), colour }
  }
}

/** A colour far from black for a number; equal numbers have equal colours. */
export function colourOf(number: number): number {
  const mixed = Math.imul(number + 1, 0x9e3779b1) >>> 8
  return (mixed & 0xffffff) | 0x404040
}
