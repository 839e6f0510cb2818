/** A real Chromium whose every byte to and from the server is recorded. */
import { Buffer } from 'node:buffer'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Where Debian puts it, and what it needs as root and without a screen. */
export const CHROMIUM_PATH = '/usr/bin/chromium'

export const CHROMIUM_ARGUMENTS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

export interface BrowserOptions {
  readonly locale?: 'en-US' | 'ko-KR'
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** The pages may run scripts that are not theirs. */
  readonly bypassPolicy?: boolean
}

export interface RecordingBrowser {
  readonly page: Page
  readonly context: BrowserContext
  /** Headers, bodies and frames so far, in both directions. */
  recorded(): Buffer
  /** Policy violations and errors that the pages reported. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export function hasChromium(): boolean {
  return existsSync(CHROMIUM_PATH)
}

export async function startBrowser(options: BrowserOptions = {}): Promise<RecordingBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'pve-console-chromium-'))
  const { width = 1440, height = 900, locale = 'en-US', colorScheme = 'light' } = options
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM_PATH,
    args: [...CHROMIUM_ARGUMENTS],
    viewport: { width, height },
    locale,
    colorScheme,
    bypassCSP: options.bypassPolicy ?? false,
  })
  const pieces: Buffer[] = []
  const complaints: string[] = []
  const pending: Promise<void>[] = []
  context.on('page', (page) => listen(page, pieces, pending, complaints))
  const [page = await context.newPage()] = context.pages()
  listen(page, pieces, pending, complaints)
  return {
    page,
    context,
    recorded: () => Buffer.concat(pieces),
    complaints,
    async close() {
      await Promise.allSettled(pending)
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function listen(
  page: Page,
  pieces: Buffer[],
  pending: Promise<void>[],
  complaints: string[],
): void {
  const note = (bytes: string | Buffer): void => void pieces.push(Buffer.from(bytes as string))
  page.on('response', (response) => {
    const body = async (): Promise<void> => {
      note(JSON.stringify(await response.request().allHeaders()))
      const headers = await response.allHeaders()
      note(JSON.stringify(headers))
      note(response.request().postData() ?? '')
      // A stream has no end to wait for; its bytes are read by visitors without a browser.
      if (headers['content-type'] === 'text/event-stream') return
      note(await response.body())
    }
    // A page that navigates away takes bodies with it; what it read before was recorded.
    pending.push(body().catch(() => {}))
  })
  page.on('websocket', (socket) => {
    note(socket.url())
    socket.on('framesent', ({ payload }) => note(payload))
    socket.on('framereceived', ({ payload }) => note(payload))
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/content security policy|trusted ?type/i.test(message.text())) {
      complaints.push(message.text())
    }
  })
}
