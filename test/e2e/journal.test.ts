/** The log as systemd's journal gets it, and as everybody else does. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chooseAddress, RUNTIMES, type RuntimeName } from '../start-server.ts'
import { until } from './until.ts'

const TIMED = /^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}stopping$/m

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`the log (${runtime})`, () => {
    let directory: string
    before(() => {
      directory = mkdtempSync(join(tmpdir(), 'pve-console-journal-'))
    })
    after(() => rmSync(directory, { recursive: true, force: true }))

    /** What a server that starts and stops writes as errors; `name` makes $JOURNAL_STREAM of their place. */
    async function errorsWith(name: (place: string) => string): Promise<string> {
      const file = join(directory, 'stderr')
      const errors = openSync(file, 'w')
      const { dev, ino } = fstatSync(errors)
      const { listen } = await chooseAddress('127.0.0.1:0')
      const [program, ...rest] = RUNTIMES[runtime].command()
      const child = spawn(program, [...rest, '--host', 'a=127.0.0.1:9', '--listen', listen], {
        stdio: ['ignore', 'pipe', errors],
        env: { ...process.env, JOURNAL_STREAM: name(`${dev}:${ino}`) },
      })
      closeSync(errors)
      let banner = ''
      child.stdout?.on('data', (chunk) => {
        banner += String(chunk)
      })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      try {
        await until('the banner', () => banner.includes(`Open http://${listen}/`))
        child.kill('SIGTERM')
        assert.equal(await ended, 0)
      } finally {
        child.kill('SIGKILL')
      }
      return readFileSync(file, 'utf8')
    }

    it('has priorities and no time of its own in the journal', async () => {
      const errors = await errorsWith((place) => place)
      assert.match(errors, /^<6>stopping$/m)
      assert.doesNotMatch(errors, TIMED)
    })

    it('has both elsewhere, also where the journal is only inherited', async () => {
      for (const name of [() => '', () => '1:1', (place: string) => `${place}0`]) {
        const errors = await errorsWith(name)
        assert.match(errors, TIMED)
        assert.doesNotMatch(errors, /^<\d>/m)
      }
    })
  })
}
