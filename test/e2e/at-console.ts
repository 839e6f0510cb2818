/** What a person does and sees at a console, in Chromium. */
import type { Page } from 'playwright-core'
import type { LabAccount } from '../lab/lab.ts'
import { until } from './until.ts'

/** Signs in at a host from within a page of the server at `url`. */
export async function signIn(
  page: Page,
  url: string,
  host: string,
  { user: username, realm, password }: LabAccount,
): Promise<void> {
  await page.goto(`${url}/signin`)
  const status = await page.evaluate(
    async ([path, body]) => {
      const headers = { 'content-type': 'application/json' }
      return (await fetch(path, { method: 'POST', headers, body })).status
    },
    [`/api/hosts/${host}/session`, JSON.stringify({ username, realm, password })] as const,
  )
  if (status !== 200) throw new Error(`sign-in: ${status}`)
}

/** Waits until a console is live: a screen or a terminal. */
export function live(page: Page): Promise<void> {
  return page.locator('[data-page=console][data-state=live]').waitFor()
}

/** What the band over the picture says. */
export function title(page: Page, name: string | RegExp): Promise<void> {
  return page.locator('.band').getByRole('heading', { name }).waitFor()
}

/** Everything a terminal has on it. */
export function textOf(page: Page): Promise<string> {
  return page
    .locator('pve-terminal')
    .evaluate((element) => (element as unknown as { text: string }).text)
}

export function says(page: Page, what: string | RegExp): Promise<void> {
  return until(`the terminal to say ${what}`, async () => {
    const text = await textOf(page)
    return typeof what === 'string' ? text.includes(what) : what.test(text)
  })
}

/** Types a command and its Enter. */
export async function run(page: Page, command: string): Promise<void> {
  await page.keyboard.type(command)
  await page.keyboard.press('Enter')
}
