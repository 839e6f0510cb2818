/** What an opening is shown as, in its order: several of the server's phases may be one step. */
const steps = [
  ['rights', ['locate', 'status']],
  ['proxy', ['proxy']],
  ['connect', ['connect', 'upgrade']],
  ['handshake', ['handshake']],
] as const

export type StepName = (typeof steps)[number][0] | 'picture'

export interface OpeningStep {
  readonly name: StepName
  readonly ms: number
  /** When it began, in ms since the click. */
  readonly from: number
}

/**
 * The steps from the click to the first picture. The server tells its own; what is left of `openedIn` is the
 * way between it and the browser, and the first picture.
 */
export function openingSteps(
  phases: Readonly<Record<string, number>>,
  openedIn: number,
): readonly OpeningStep[] {
  const told = steps.map(([name, parts]) => ({
    name: name as StepName,
    ms: Math.round(parts.reduce((sum, part) => sum + (phases[part] ?? 0), 0)),
    known: parts.some((part) => phases[part] !== undefined),
  }))
  const spent = told.reduce((sum, { ms }) => sum + ms, 0)
  const all = [
    ...told.filter(({ known }) => known),
    ...(openedIn > spent ? [{ name: 'picture' as const, ms: openedIn - spent }] : []),
  ]
  let from = 0
  return all.map(({ name, ms }) => {
    from += ms
    return { name, ms, from: from - ms }
  })
}
