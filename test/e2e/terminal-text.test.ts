/** What comes out of a terminal and what goes in by other ways than the keyboard. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { alpha } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { live, run, says, signIn } from './at-console.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('the text of a terminal (binary)', () => {
  let stage: Stage
  let host: LabHost
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    const lab = { hosts: [alpha()], screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab })
    host = stage.lab.host('alpha')
    browser = await startBrowser()
    page = browser.page
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await signIn(page, stage.url, 'alpha', host.account('root@pam'))
    await page.goto(`${stage.url}/console/alpha/200`)
    await live(page)
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  const setClipboard = (text: string) =>
    page.evaluate((each) => navigator.clipboard.writeText(each), text)
  const typed = () => host.guest(200).terminalInput()
  /** Where a line that is just this word begins, in the page. */
  const placeOf = async (word: string): Promise<[x: number, y: number]> => {
    const row = page.locator('.xterm-rows > div').filter({ hasText: new RegExp(`^${word}$`) })
    const box = await row.first().boundingBox()
    if (!box) throw new Error(`no line ${word}`)
    return [box.x + 12, box.y + box.height / 2]
  }
  const select = async (word: string) => page.mouse.dblclick(...(await placeOf(word)))

  it('is copied by Ctrl-Shift-C, and on selecting where one wants that', async (t) => {
    if (!hasBrowser(t)) return
    await run(page, 'clear; echo copy"me"; echo next"one"')
    await says(page, /^nextone$/m)
    await setClipboard('before')
    await select('copyme')
    assert.equal(await clipboard(), 'before')
    await page.keyboard.press('Control+Shift+C')
    await until('the word', async () => (await clipboard()) === 'copyme')
    await page.locator('[data-action=copy-on-select]').click()
    await select('nextone')
    await until('the other word', async () => (await clipboard()) === 'nextone')
  })

  it('of one line goes in as it is, by key and by button', async (t) => {
    if (!hasBrowser(t)) return
    await setClipboard('echo pasted-$((6*7))')
    await page.keyboard.press('Control+Shift+V')
    await until('it to be typed', () => typed().includes('echo pasted-$((6*7))'))
    await page.keyboard.press('Enter')
    await says(page, 'pasted-42')
    await setClipboard('echo 한글')
    await page.locator('[data-action=paste]').click()
    await until('it to be typed', () => typed().includes('echo 한글'))
    await page.keyboard.press('Control+C')
  })

  it('of several lines is looked at first', async (t) => {
    if (!hasBrowser(t)) return
    const before = typed()
    await setClipboard('echo one\necho \x1b[201~two\n')
    await page.keyboard.press('Control+Shift+V')
    const dialog = page.locator('[data-dialog=paste]')
    await dialog.getByText('3 lines').waitFor()
    await dialog.getByText('1 control character is left out.').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.equal(typed(), before)
    await page.keyboard.press('Control+Shift+V')
    await dialog.locator('[data-action=paste-now]').click()
    await until('it to be typed', () => typed().includes('two', before.length))
    const pasted = typed().slice(before.length)
    assert.ok(!pasted.includes('\x1b[201~two'), 'what could end the paste is gone')
    await page.keyboard.press('Enter')
    await says(page, /^one$/m)
  })

  it('is searched, with the number of places', async (t) => {
    if (!hasBrowser(t)) return
    await run(page, 'clear; for n in 1 2 3; do echo Needle-$n 제주도; done')
    await says(page, 'Needle-3')
    await page.keyboard.press('Control+Shift+F')
    await page.keyboard.type('needle-')
    const search = page.locator('[data-part=terminal-search]')
    await search.getByText('3 of 3').waitFor()
    await page.keyboard.press('Enter')
    await search.getByText('2 of 3').waitFor()
    await page.keyboard.press('Shift+Enter')
    await search.getByText('3 of 3').waitFor()
    await page.keyboard.press('Escape')
    await search.waitFor({ state: 'detached' })
    const before = typed()
    await page.keyboard.type('x')
    await until('the keys to be the terminal’s again', () => typed() === `${before}x`)
    await page.keyboard.press('Control+C')
  })

  it('leads nowhere but over https, and not before one has seen where to', async (t) => {
    if (!hasBrowser(t)) return
    const link = (url: string, name: string) => `\\033]8;;${url}\\033\\\\${name}\\033]8;;\\033\\\\`
    await run(
      page,
      `clear; printf '${link('https://evil.example/a', 'goodlink')}\\n${link('javascript:alert(1)', 'badlink')}\\n'`,
    )
    await says(page, /^badlink$/m)
    const follow = async (word: string) => {
      const [x, y] = await placeOf(word)
      await page.mouse.move(x, y)
      await page.mouse.click(x + 2, y)
    }
    await follow('badlink')
    assert.equal(await page.locator('[data-dialog=link]').count(), 0)
    await follow('goodlink')
    const dialog = page.locator('[data-dialog=link]')
    await dialog.getByText('evil.example', { exact: true }).waitFor()
    const open = dialog.locator('[data-action=open-link]')
    assert.equal(await open.getAttribute('href'), 'https://evil.example/a')
    assert.equal(await open.getAttribute('rel'), 'noopener noreferrer')
    await page.keyboard.press('Escape')
  })

  it('sets neither the clipboard nor the title, and reports nothing of the window', async (t) => {
    if (!hasBrowser(t)) return
    await setClipboard('mine')
    const title = await page.title()
    const before = typed().length
    await run(
      page,
      "printf '\\033]52;c;ZXZpbA==\\007\\033]0;evil\\007\\033[21t\\033[18t'; echo done-$((6*7))",
    )
    await says(page, 'done-42')
    assert.equal(await clipboard(), 'mine')
    assert.equal(await page.title(), title)
    const [, answers = ''] = typed().slice(before).split('\r')
    assert.equal(answers, '', 'no report')
  })

  it('is saved as a file that says whose it is', async (t) => {
    if (!hasBrowser(t)) return
    const download = page.waitForEvent('download')
    await page.locator('[data-action=save-text]').click()
    const file = await download
    assert.match(file.suggestedFilename(), /^ct200-\d{4}-\d\d-\d\d-\d{6}\.txt$/)
    const chunks: Buffer[] = []
    for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
    assert.match(Buffer.concat(chunks).toString(), /^done-42$/m)
  })

  it('has letters of the size one likes, also the next time', async (t) => {
    if (!hasBrowser(t)) return
    const columns = host.guest(200).terminalSize().columns
    for (let n = 0; n < 3; n += 1) await page.locator('[data-action=larger]').click()
    await until('fewer columns', () => host.guest(200).terminalSize().columns < columns * 0.9)
    const larger = host.guest(200).terminalSize().columns
    await page.reload()
    await live(page)
    await until('the same again', () => host.guest(200).terminalSize().columns === larger)
  })

  it('breaks no policy in any of it', (t) => {
    if (hasBrowser(t)) assert.deepEqual(browser.complaints, [])
  })
})
