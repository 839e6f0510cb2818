/** What axe-core has to say about a page, which a policy keeps from loading it by itself. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const SOURCE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

interface Axe {
  run(): Promise<{
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
  }>
}

/** One line per violation: the rule, and the elements that break it. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Faded in by then: contrast is judged as one sees it in the end.
  await page.evaluate(() => {
    // What waits, blinks for as long as it does.
    const ends = (each: Animation) => each.effect?.getComputedTiming().endTime !== Infinity
    return Promise.all(
      document
        .getAnimations()
        .filter(ends)
        .map((each) => each.finished),
    )
  })
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SOURCE)
  const { violations } = await page.evaluate(() => (window as unknown as { axe: Axe }).axe.run())
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`).join(' | ')}`,
  )
}
