/** The pages as people meet them: a host not trusted yet, a second factor, a guest that comes and goes. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabAccount, LabHost } from '../lab/lab.ts'
import { alpha, beta } from '../lab/worlds.ts'
import { needs } from '../needs.ts'
import { hasChromium, type RecordingBrowser, startBrowser } from './browser.ts'
import { type Stage, setStage } from './stage.ts'
import { until } from './until.ts'

const hasBrowser = (t: TestContext): boolean => needs(t, hasChromium(), 'Chromium')

describe('the pages (binary)', () => {
  let stage: Stage
  let first: LabHost
  let second: LabHost
  let browser: RecordingBrowser
  let page: Page

  before(async () => {
    if (!hasChromium()) return
    const hosts = [alpha(), beta(), beta({ key: 'gamma', guests: [] })]
    const lab = { hosts, screens: 'rfb', authFailureDelayMs: 0 } as const
    stage = await setStage('binary', { lab, trusted: false })
    first = stage.lab.host('alpha')
    second = stage.lab.host('beta')
    trust([first])
    browser = await startBrowser()
    page = browser.page
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  /** Confirms the certificates of these hosts, and for gamma one that it does not show. */
  const trust = (hosts: readonly LabHost[]): void => {
    const lines = hosts.flatMap(({ key, nodes }) =>
      nodes.map(({ sha256 }) => `${key} sha256:${sha256}\n`),
    )
    writeFileSync(stage.knownHosts, `gamma sha256:${'0'.repeat(64)}\n${lines.join('')}`)
  }
  const open = (path: string, where = page) => where.goto(stage.url + path)
  const fill = async (account: LabAccount, password = account.password, where = page) => {
    await where.locator('#realm').selectOption(account.realm)
    await where.locator('#user').fill(account.user)
    await where.locator('#password').fill(password)
    await where.keyboard.press('Enter')
  }

  it('lead from a host that is not trusted to what it shows', async (t) => {
    if (!hasBrowser(t)) return
    await open('/')
    const row = page.locator('[data-host=beta][data-state=untrusted]')
    await row.getByRole('link', { name: 'See its certificate' }).click()
    await page
      .getByRole('heading', { name: 'Nobody has confirmed Lab beta’s certificate' })
      .waitFor()
    assert.equal(await shownFingerprint(page), second.nodes[0]?.fingerprint)
    const text = (await page.locator('article').textContent()) ?? ''
    for (const said of [
      'pvenode cert info',
      'pve-console trust beta --config',
      'Proxmox Virtual Environ',
    ]) {
      assert.ok(text.includes(said), said)
    }
  })

  it('go back to the sign-in once the certificate is confirmed', async (t) => {
    if (!hasBrowser(t)) return
    trust([first, second])
    await page.locator('[data-action=check-again]').click()
    await page.locator('[data-host=beta][data-chosen]').waitFor()
    await fill(second.account('root@pam'), 'wrong')
    await page.getByText('User name or password is wrong.').waitFor()
  })

  it('ask for the second factor', async (t) => {
    if (!hasBrowser(t)) return
    await fill(second.account('bob@pve'))
    await page.locator('#factor-code').fill(second.totp('bob@pve'))
    await page.keyboard.press('Enter')
    await page.locator('[data-guest="beta/100"]').waitFor()
  })

  it('start a stopped guest and show its picture, at one question a second', async (t) => {
    if (!hasBrowser(t)) return
    const asked: number[] = []
    const note = (url: string) => void (/\/guests\/120$/.test(url) && asked.push(performance.now()))
    page.on('request', (request) => note(request.url()))
    await open('/console/beta/120')
    await title(page, 'beta-idle is not running.')
    await until('the guest to be asked for again', () => asked.length >= 3)
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
    assert.ok(Math.min(...gaps) > 900, `${gaps}`)
    await page.locator('[data-action=start]').click()
    await live(page)
    assert.equal(second.guest(120).status, 'running')
    await until('its picture', async () => (await pictureOf(page)).length > 2000)
  })

  it('say with PVE’s words why a guest did not start, and offer it again', async (t) => {
    if (!hasBrowser(t)) return
    await second.guest(120).stop()
    await page.locator('[data-action=start]').waitFor()
    const upid = 'UPID:b:00000001:00000001:00000001:qmstart:120:bob@pve:'
    const answer = (path: string | RegExp, data: unknown) => {
      const body = JSON.stringify({ data })
      second.faults.answer({ path, body, contentType: 'application/json', status: 200 })
    }
    answer('/nodes/b/qemu/120/status/start', upid)
    answer(/\/tasks\/.*\/status$/, { status: 'stopped', exitstatus: 'no space left', upid })
    answer(/\/tasks\/.*\/log$/, [{ n: 1, t: 'TASK ERROR: no space left' }])
    await page.locator('[data-action=start]').click()
    await title(page, 'beta-idle did not start.')
    await page.locator('.band').getByText('PVE says: no space left').waitFor()
    await second.faults.clear()
    await page.locator('[data-action=start]').waitFor()
    await second.guest(120).start()
    await live(page)
  })

  it('show another screen for the same number on another host', async (t) => {
    if (!hasBrowser(t)) return
    await open('/signin')
    await page.locator('[data-host=alpha] label').click()
    await fill(first.account('root@pam'))
    await page.locator('[data-guest="alpha/100"]').waitFor()
    const other = await browser.context.newPage()
    await open('/console/alpha/100')
    await open('/console/beta/100', other)
    for (const each of [page, other]) await live(each)
    await page.keyboard.type('alpha', { delay: 10 })
    await other.locator('vnc-screen').click()
    await other.keyboard.type('beta', { delay: 10 })
    await until('each guest to have its own keys', () => {
      const read = [first, second].map((host) => host.guest(100).receivedText())
      return read.join() === 'alpha,beta'
    })
    assert.notEqual(await pictureOf(page), await pictureOf(other))
    await other.close()
    await page.bringToFront()
  })

  it('come back by themselves when a connection is lost', async (t) => {
    if (!hasBrowser(t)) return
    assert.ok(first.faults.dropConsoles(100) > 0)
    await title(page, /^Connection lost\./)
    await live(page)
    assert.equal(await page.locator('.band').count(), 0)
  })

  it('say that a guest was stopped, and go on when somebody else starts it', async (t) => {
    if (!hasBrowser(t)) return
    await first.guest(100).stop()
    await title(page, 'clock is not running.')
    await first.guest(100).start()
    await live(page)
  })

  it('resume a guest that is paused', async (t) => {
    if (!hasBrowser(t)) return
    const status = await page.evaluate(async () => {
      const response = await fetch('/api/hosts/alpha/guests/100/power', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ action: 'suspend' }),
      })
      return response.status
    })
    assert.equal(status, 202)
    await until('it to be paused', () => first.guest(100).qmpstatus === 'paused')
    await page.reload()
    await title(page, 'clock is paused.')
    await page.locator('[data-action=resume]').click()
    await page.locator('.band').waitFor({ state: 'detached' })
    assert.equal(first.guest(100).qmpstatus, 'running')
  })

  it('put a changed certificate beside the one that was confirmed', async (t) => {
    if (!hasBrowser(t)) return
    await open('/help/tls/gamma')
    await page.getByRole('heading', { name: 'Lab gamma shows a different certificate' }).waitFor()
    const expected = page.locator('[data-part=expected] [data-fingerprint]')
    const zeros = Array(32).fill('00').join(':')
    assert.equal(await expected.getAttribute('data-fingerprint'), zeros)
    const pairs = (stage.lab.host('gamma').nodes[0]?.fingerprint ?? '').split(':')
    const differing = pairs.filter((pair) => pair !== '00').length
    assert.equal(await page.locator('[data-part=shown] mark').count(), differing)
    await page.keyboard.press('Escape')
    await page.locator('[data-page=guests]').waitFor()
  })

  it('fit a phone in Korean, and type with its keyboard', async (t) => {
    if (!hasBrowser(t)) return
    const phone = await startBrowser({ locale: 'ko-KR', width: 390, height: 844 })
    const small = phone.page
    const fits = async (what: string) => {
      const over = await small.evaluate(() => {
        const wide = document.querySelector('.content') ?? document.documentElement
        return Math.max(wide.scrollWidth - wide.clientWidth, document.body.scrollWidth - innerWidth)
      })
      assert.equal(over, 0, `${what} can be pushed to the side`)
    }
    try {
      await open('/', small)
      await small.getByRole('heading', { name: '로그인' }).waitFor()
      assert.equal(await small.locator('html').getAttribute('lang'), 'ko')
      await fits('the sign-in')
      await fill(first.account('root@pam'), 'wrong', small)
      await small.getByText('사용자 이름 또는 비밀번호가 올바르지 않습니다.').waitFor()
      await open('/help/tls/gamma', small)
      await small.getByRole('heading', { name: 'Lab gamma의 인증서가 바뀌었습니다' }).waitFor()
      await fits('the certificate')
      await open('/signin', small)
      await fill(first.account('root@pam'), undefined, small)
      await small.locator('[data-guest="alpha/100"]').waitFor()
      await fits('the list')
      await open('/console/alpha/101', small)
      await title(small, '게스트가 꺼져 있습니다.')
      await fits('the band')
      await open('/console/alpha/100', small)
      await live(small)
      await small.locator('[data-action=keyboard]').click()
      await small.keyboard.insertText('Ab')
      await small.keyboard.insertText('한')
      await until('the keys', () => first.guest(100).receivedText() === 'Abgks')
      await fits('the row of keys')
      await open('/wall', small)
      await small.locator('h1').waitFor()
      await fits('the wall')
      assert.deepEqual(phone.complaints, [])
    } finally {
      await phone.close()
    }
  })

  it('break neither the content security policy nor Trusted Types', (t) => {
    if (hasBrowser(t)) assert.deepEqual(browser.complaints, [])
  })
})

function live(page: Page): Promise<void> {
  return page.locator('vnc-screen[data-state=live]').waitFor()
}

/** What the band says. */
function title(page: Page, name: string | RegExp): Promise<void> {
  return page.getByRole('heading', { name }).waitFor()
}

function shownFingerprint(page: Page): Promise<string | null> {
  return page.locator('[data-part=shown] [data-fingerprint]').getAttribute('data-fingerprint')
}

/** The live picture as a data URL: a blank one is short. */
function pictureOf(page: Page): Promise<string> {
  const canvas = page.locator('.vnc-stage canvas').first()
  return canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL())
}
