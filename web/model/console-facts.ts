/** How large a picture is: pixels of a screen, columns and rows of a terminal. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** A file name that says which guest and when, without what file systems refuse. */
export function fileName(name: string, at: Date, ending: string): string {
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '')
  const stamp = at.toISOString().slice(0, 19).replace(/[:]/g, '').replace('T', '-')
  return `${plain || 'console'}-${stamp}.${ending}`
}

/** Facts one under the other, as they are put into an issue. */
export function reportOf(facts: readonly (readonly [name: string, value: string])[]): string {
  const widest = Math.max(0, ...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('')
}
