/** Consoles whose line fails, or whose server goes: what the page says, and how it comes back. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabHost } from '../lab/lab.ts'
import { alpha } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { chooseAddress, RUNTIMES, Server } from '../start-server.ts'
import { live, run, says, signIn, title } from './at-console.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { Line } from './line.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

/** Shift, Ctrl, Alt, AltGr and the logo keys, as X keysyms. */
const MODIFIERS = ['ffe1', 'ffe2', 'ffe3', 'ffe4', 'ffe9', 'fe03', 'ffeb', 'ffec']

/** The keysym of an RFB message that releases a key (RFC 6143 section 7.5.4). */
function releasedKey(payload: string | Buffer): string | undefined {
  const bytes = Buffer.from(payload)
  if (bytes.length !== 8 || bytes[0] !== 4 || bytes[1] !== 0) return undefined
  return bytes.readUInt32BE(4).toString(16)
}

describe('the line of a console (binary)', () => {
  let stage: Stage
  let host: LabHost
  let line: Line
  let browser: RecordingBrowser
  let page: Page
  let later: Server | undefined

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
    await later?.stop()
    await line?.close()
    await stage?.close()
  })

  const sockets = async (): Promise<string[]> => {
    const list = await page.evaluate(
      async () => (await (await fetch('/api/consoles')).json()) as { id: string }[],
    )
    return list.map(({ id }) => id)
  }

  it('may be silent for a moment, and nobody notices', async (t) => {
    if (!hasBrowser(t)) return
    await page.goto(`${line.url}/console/alpha/100`)
    await live(page)
    const [before] = await sockets()
    const phases = await page.locator('vnc-screen').evaluateHandle((screen) => {
      const seen: string[] = []
      screen.addEventListener('statechange', () =>
        seen.push((screen as HTMLElement).dataset.state ?? ''),
      )
      return seen
    })
    line.silent = true
    // Typed into the silence: it arrives, for the line is only slow.
    await page.keyboard.type('a')
    await until('a question to stay without an answer', async () => {
      const figures = await page.locator('.bar-figures').textContent()
      return /(^|\D)0\/s/.test(figures ?? '')
    })
    line.silent = false
    await until('the key', () => host.guest(100).receivedText() === 'a')
    assert.deepEqual(await phases.jsonValue(), [])
    assert.deepEqual(await sockets(), [before])
  })

  it('is found silent where nobody says so, and the console comes back with the first answer', async (t) => {
    if (!hasBrowser(t)) return
    line.silent = true
    await page
      .locator('.band')
      .getByRole('heading', { name: 'This server does not answer.' })
      .waitFor({ timeout: 40_000 })
    await page.keyboard.type('lost')
    await page.locator('.keys-lost.now').waitFor()
    line.silent = false
    await live(page)
    await page.keyboard.type('b')
    await until('the key', () => host.guest(100).receivedText().endsWith('b'))
    assert.ok(!host.guest(100).receivedText().includes('lost'))
  })

  it('is offline when the device says so, and goes on when it is back', async (t) => {
    if (!hasBrowser(t)) return
    await browser.context.setOffline(true)
    await title(page, 'This device is offline.')
    await browser.context.setOffline(false)
    await live(page)
  })

  it('leaves no key pressed in the guest when it comes back', async (t) => {
    if (!hasBrowser(t)) return
    const releases: string[][] = []
    page.on('websocket', (socket) => {
      const released: string[] = []
      releases.push(released)
      socket.on('framesent', ({ payload }) => {
        const up = releasedKey(payload)
        if (up) released.push(up)
      })
    })
    await page.locator('vnc-screen').click()
    await page.keyboard.down('Shift')
    assert.ok(host.faults.dropConsoles(100) > 0)
    await until('another socket', () => releases.length === 1)
    await live(page)
    await until('the keys', () => (releases[0]?.length ?? 0) >= MODIFIERS.length)
    assert.deepEqual(releases[0]?.slice(0, MODIFIERS.length), MODIFIERS)
    assert.equal(releases.length, 1)
    await page.keyboard.up('Shift')
    page.removeAllListeners('websocket')
  })

  it('waits for a guest that is locked, and says so', async (t) => {
    if (!hasBrowser(t)) return
    const opened = () => host.requests.filter(({ path }) => path.endsWith('/100/vncproxy')).length
    host.guest(100).lock = 'rollback'
    host.faults.dropConsoles(100)
    await title(page, 'clock is locked: Rollback.')
    const before = opened()
    const asked = () =>
      host.requests.filter(({ path }) => path.endsWith('/100/status/current')).length
    const from = asked()
    await until('it to be asked for again', () => asked() >= from + 2)
    assert.equal(opened(), before, 'nothing is opened meanwhile')
    host.guest(100).lock = undefined
    await live(page)
    assert.equal(opened(), before + 1)
  })

  it('ends with its server, and after the restart one signs in in place and goes on', async (t) => {
    if (!hasBrowser(t)) return
    await stage.server.stop()
    await title(page, /^Connection lost/)
    const address = await chooseAddress(new URL(stage.url).host)
    later = new Server(
      RUNTIMES.binary,
      stage.config,
      address,
      join(stage.lab.directory, 'later.log'),
    )
    await later.ready()
    await title(page, 'Sign in to Lab alpha again.')
    await page.locator('#band-password').fill(host.account('root@pam').password)
    await page.keyboard.press('Enter')
    await live(page)
    await page.keyboard.type('c')
    await until('the key', () => host.guest(100).receivedText().endsWith('c'))
  })

  it('follows a guest that moves, and waits for one that comes back', async (t) => {
    if (!hasBrowser(t)) return
    const opened = () => host.requests.filter(({ path }) => path === '/nodes/c/qemu/100/vncproxy')
    host.guest(100).migrate('c')
    host.publishResources()
    await until('the other node to be asked', () => opened().length === 1)
    await live(page)
    await host.guest(100).stop()
    await title(page, 'clock is not running.')
    await host.guest(100).start()
    await live(page)
    await page.goto(`${line.url}/console/alpha/200`)
    await live(page)
    await run(page, 'echo here-$((6*7))')
    await says(page, 'here-42')
    await host.guest(200).stop()
    await title(page, 'ct200 is not running.')
    await host.guest(200).start()
    await live(page)
    await run(page, 'echo again-$((6*7))')
    await says(page, 'again-42')
  })
})
