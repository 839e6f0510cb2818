/** One row of a terminal's picture, cell by cell. A wide character stands in its first cell. */
export interface SearchedRow {
  /** The characters of each cell; empty for the second cell of a wide one. */
  readonly cells: readonly string[]
  /** It goes on from the row above. */
  readonly wrapped: boolean
}

/** Where a match begins, and how many cells it takes, over the rows it goes on in. */
export interface Match {
  readonly row: number
  readonly column: number
  readonly cells: number
}

/** More than anybody looks through. */
export const mostMatches = 1000

/** All places of `term`, from top to bottom, capitals or not; a line that was wrapped is one line. */
export function findAll(
  rowAt: (row: number) => SearchedRow | undefined,
  rows: number,
  term: string,
): readonly Match[] {
  const wanted = fold(term)
  const matches: Match[] = []
  if (wanted === '') return matches
  for (let row = 0; row < rows && matches.length < mostMatches; ) {
    const line = lineAt(rowAt, row, rows)
    for (let at = line.text.indexOf(wanted); at >= 0; at = line.text.indexOf(wanted, at + 1)) {
      const start = line.cellOf[at] ?? 0
      const end = line.cellOf[at + wanted.length] ?? line.width * line.rows
      const place = { row: row + Math.floor(start / line.width), column: start % line.width }
      matches.push({ ...place, cells: end - start })
      if (matches.length === mostMatches) break
    }
    row += line.rows
  }
  return matches
}

interface Line {
  readonly text: string
  /** Of each character of `text`: which cell it stands in, counted from the line's first. */
  readonly cellOf: readonly number[]
  readonly rows: number
  readonly width: number
}

function lineAt(
  rowAt: (row: number) => SearchedRow | undefined,
  first: number,
  rows: number,
): Line {
  let text = ''
  const cellOf: number[] = []
  let count = 0
  let width = 1
  for (let row = first; row < rows; row += 1) {
    const { cells, wrapped } = rowAt(row) ?? { cells: [], wrapped: false }
    if (row > first && !wrapped) break
    width = Math.max(1, cells.length)
    for (const [column, characters] of cells.entries()) {
      const folded = fold(characters)
      for (let n = 0; n < folded.length; n += 1) cellOf.push(count * width + column)
      text += folded
    }
    count += 1
  }
  return { text, cellOf, rows: Math.max(1, count), width }
}

function fold(text: string): string {
  return text.toLowerCase()
}
