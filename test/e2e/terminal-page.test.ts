/** Terminals in a real Chromium: what is typed, what is seen, and what survives. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { alpha } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { live, run, says, signIn, textOf, title } from './at-console.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { Line } from './line.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('a terminal in the page (binary)', () => {
  let stage: Stage
  let host: LabHost
  let line: Line
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    const lab = { hosts: [alpha()], screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab })
    host = stage.lab.host('alpha')
    line = await Line.to(stage.url)
    browser = await startBrowser()
    page = browser.page
    await signIn(page, line.url, 'alpha', host.account('root@pam'))
  })
  after(async () => {
    await browser?.close()
    await line?.close()
    await stage?.close()
  })

  const open = async (path: string, where = page) => {
    await where.goto(line.url + path)
    await live(where)
  }
  const terminals = () => host.consoles.filter((each) => each.open).length

  it('opens from the list, in a document that may draw it, and is typed into', async (t) => {
    if (!hasBrowser(t)) return
    await page.goto(`${line.url}/`)
    await page.locator('[data-guest="alpha/200"] .row-link').click()
    await live(page)
    assert.match(page.url(), /\/console\/alpha\/200\?kind=terminal$/)
    await run(page, 'echo $((6*7))-first')
    await says(page, '42-first')
  })

  it('types what a Korean input method puts together, once', async (t) => {
    if (!hasBrowser(t)) return
    await page.keyboard.type('echo ')
    const devtools = await page.context().newCDPSession(page)
    for (const text of ['ㅎ', '하', '한']) {
      const range = { selectionStart: text.length, selectionEnd: text.length }
      await devtools.send('Input.imeSetComposition', { text, ...range })
    }
    await devtools.send('Input.insertText', { text: '한' })
    await devtools.send('Input.insertText', { text: '글' })
    await until('the letters', () => host.guest(200).terminalInput().endsWith('echo 한글'))
    await page.keyboard.press('Enter')
    await says(page, /^한글$/m)
  })

  it('is as large as its window, and says so when that changes', async (t) => {
    if (!hasBrowser(t)) return
    const size = () => host.guest(200).terminalSize()
    const before = size()
    assert.ok(before.columns > 150 && before.rows > 25, JSON.stringify(before))
    await page.setViewportSize({ width: 800, height: 500 })
    await until('a smaller one', () => size().columns < before.columns && size().rows < before.rows)
    await page.setViewportSize({ width: 1440, height: 900 })
    await until('the old one', () => size().columns === before.columns)
  })

  it('draws any colour without breaking the policy', async (t) => {
    if (!hasBrowser(t)) return
    await run(page, "printf '\\033[38;2;250;10;30mred\\033[0m\\n'")
    await until('a red letter', () =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.xterm-rows span')].some(
          (each) => each.textContent === 'red' && each.style.color !== '',
        ),
      ),
    )
    assert.deepEqual(browser.complaints, [])
  })

  it('goes on after a reload, with its history and the same shell', async (t) => {
    if (!hasBrowser(t)) return
    await open('/console/alpha/node/a')
    await run(page, 'kept=alive; echo before-$kept')
    await says(page, 'before-alive')
    const opened = host.consoles.length
    await page.reload()
    await live(page)
    await says(page, 'before-alive')
    await run(page, 'echo after-$kept')
    await says(page, 'after-alive')
    assert.equal(host.consoles.length, opened)
    const secret = await page.evaluate(() => {
      const kept = Object.values(sessionStorage).find((each) => each.includes('secret')) ?? '{}'
      return (JSON.parse(kept) as { secret: string }).secret
    })
    assert.ok(secret.length >= 20)
    assert.ok(!page.url().includes(secret), 'no secret in the address')
  })

  it('answers what a program asked once, and not again when that is shown again', async (t) => {
    if (!hasBrowser(t)) return
    // Where is the cursor? The answer comes as if it were typed.
    await run(page, 'IFS= read -rsdR -p $\'\\033[6n\' at; test -n "$at" && echo at-$((6*7))')
    await says(page, 'at-42')
    const answered = await textOf(page)
    await page.reload()
    await live(page)
    await run(page, 'echo still-quiet')
    await says(page, /^still-quiet$/m)
    const again = await textOf(page)
    assert.ok(!/\d+R/.test(again.slice(answered.trimEnd().length)), again)
  })

  it('comes back by itself when the line is cut, and loses and repeats nothing', async (t) => {
    if (!hasBrowser(t)) return
    await run(page, '(for n in 1 2 3 4 5 6 7 8; do sleep 0.3; echo tick-$n; done) &')
    await says(page, 'tick-2')
    line.cut()
    await title(page, /^Connection lost/)
    await page.keyboard.type('lost')
    await page.locator('.keys-lost.now').waitFor()
    await live(page)
    await says(page, 'tick-8')
    const text = await textOf(page)
    const ticks = [...text.matchAll(/tick-(\d)/g)].map(([, n]) => n)
    assert.deepEqual(ticks, ['1', '2', '3', '4', '5', '6', '7', '8'])
    await run(page, 'echo $kept-and-well')
    await says(page, 'alive-and-well')
    assert.ok(!(await textOf(page)).includes('lostecho'), 'what was typed meanwhile is lost')
  })

  it('says how much it did not show when it could not keep up', async (t) => {
    if (!hasBrowser(t)) return
    await run(page, 'head -c 6000000 /dev/zero | tr "\\0" x; echo; echo flood-over')
    await page.evaluate(() => {
      const until = performance.now() + 2500
      while (performance.now() < until) Math.random()
    })
    await says(page, /MB of output are not shown/)
    await says(page, /^flood-over$/m)
    await run(page, 'echo $kept-after-flood')
    await says(page, 'alive-after-flood')
  })

  it('is taken over by another window, and taken back', async (t) => {
    if (!hasBrowser(t)) return
    const other = await browser.context.newPage()
    await other.goto(`${line.url}/signin`)
    const storage = await page.evaluate(() => Object.entries(sessionStorage))
    await other.evaluate((entries) => {
      for (const [key, value] of entries) sessionStorage.setItem(key, value)
    }, storage)
    await open('/console/alpha/node/a?kind=terminal', other)
    await title(page, 'This terminal goes on in another window.')
    await run(other, 'echo $kept-elsewhere')
    await says(other, 'alive-elsewhere')
    await page.locator('[data-action=takeBack]').click()
    await live(page)
    await title(other, 'This terminal goes on in another window.')
    await other.close()
  })

  it('moves into a window of its own, with its shell', async (t) => {
    if (!hasBrowser(t)) return
    const popup = page.waitForEvent('popup')
    await page.locator('[data-action=own-window]').click()
    const own = await popup
    await live(own)
    await page.locator('[data-page=guests]').waitFor()
    await run(own, 'echo $kept-in-its-own')
    await says(own, 'alive-in-its-own')
    assert.equal(await own.locator('[data-action=own-window]').count(), 0)
    await own.close()
    await open('/console/alpha/node/a')
    await run(page, 'echo $kept-and-back')
    await says(page, 'alive-and-back')
  })

  it('ends with its shell, and opens another when asked to', async (t) => {
    if (!hasBrowser(t)) return
    const before = terminals()
    await run(page, 'exit')
    await title(page, 'The shell has ended.')
    await until('PVE to see it gone', () => terminals() < before)
    await page.locator('[data-action=again]').click()
    await live(page)
    await run(page, 'echo new-$kept-one')
    await says(page, 'new--one')
  })

  it('ends at once when the person ends it, and is kept when they only leave', async (t) => {
    if (!hasBrowser(t)) return
    const before = terminals()
    const kept = () =>
      page.evaluate(async () => {
        const list: { node?: string; kept?: boolean }[] = await (
          await fetch('/api/consoles')
        ).json()
        return list.filter((each) => each.node === 'a').map((each) => each.kept)
      })
    await page.locator('[data-action=back]').first().click()
    await page.locator('[data-page=guests]').waitFor()
    await until('it to be kept', async () => (await kept()).join() === 'true')
    assert.equal(terminals(), before)
    await open('/console/alpha/node/a')
    await page.locator('#console-kind').evaluate((menu) => (menu as HTMLElement).showPopover())
    await page.locator('[data-action=end-terminal]').click()
    await title(page, 'The shell has ended.')
    await until('PVE to see it gone', () => terminals() < before)
  })

  it('takes what an on-screen keyboard types, and the keys that it lacks', async (t) => {
    if (!hasBrowser(t)) return
    await page.setViewportSize({ width: 390, height: 844 })
    await open('/console/alpha/200')
    const typed = () => host.guest(200).terminalInput()
    const before = typed().length
    await page.locator('[data-action=keyboard]').click()
    await page.keyboard.insertText('echo 한글')
    await page.getByRole('button', { name: 'Ctrl', exact: true }).click()
    await page.keyboard.insertText('a')
    await page.getByRole('button', { name: 'Left arrow' }).click()
    await page.keyboard.press('Backspace')
    await until('all of it', () => typed().slice(before) === 'echo 한글\x01\x1b[D\x7f')
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  it('breaks no policy in any of it', (t) => {
    if (hasBrowser(t)) assert.deepEqual(browser.complaints, [])
  })
})
