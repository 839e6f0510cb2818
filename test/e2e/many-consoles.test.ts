/** Dozens of consoles of several people at once: each has its own bytes, and ends without the others. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { alpha, beta } from '../lab/worlds.ts'
import type { RuntimeName } from '../start-server.ts'
import type { RfbVisitor } from './rfb-visitor.ts'
import { type Stage, setStage } from './stage.ts'
import { TerminalVisitor } from './terminal-visitor.ts'
import { until } from './until.ts'
import { Visitor } from './visitor.ts'

const LENGTH = 256 * 1024
/** The screens that each session opens, and how often each. */
const SCREENS = [
  ['alpha', 100],
  ['alpha', 102],
  ['alpha', 110],
  ['beta', 100],
] as const
const TIMES = 4
const NODES = ['a', 'c'] as const

interface Listed {
  readonly id: string
  readonly kind: string
}

for (const runtime of ['binary', 'deno'] as const satisfies RuntimeName[]) {
  describe(`dozens of consoles (${runtime})`, () => {
    let stage: Stage
    const people: Person[] = []

    before(async () => {
      const lab = { hosts: [alpha(), beta()], authFailureDelayMs: 0, screens: 'rfb' } as const
      stage = await setStage(runtime, { lab })
      for (let count = 0; count < 2; count++) people.push(await Person.on(stage))
    })
    after(() => stage.close())

    const open = (): number =>
      stage.lab.hosts.flatMap(({ consoles }) => consoles.filter((each) => each.open)).length

    it('each bring what their own guest shows, byte for byte, all at the same time', async () => {
      const blasts = SCREENS.map(([key, vmid], at) =>
        stage.lab.host(key).blast(vmid, { bytes: LENGTH, seed: at + 1, waitForClient: true }),
      )
      await Promise.all(people.map((person) => person.openScreens()))
      const digests = await Promise.all(people.map((person) => person.readScreens()))
      const expected = SCREENS.flatMap((_, at) => Array(TIMES).fill(blasts[at]?.sha256))
      assert.deepEqual(digests, [expected, expected])
      assert.equal(new Set(expected).size, SCREENS.length)
      assert.equal(open(), people.length * SCREENS.length * TIMES)
      for (const blast of blasts) blast.stop()
    })

    it('stay as they are while shells are opened beside them, each with its own words', async () => {
      await Promise.all(people.map((person, at) => person.openShells(`person-${at}`)))
      for (const [at, { shells }] of people.entries()) {
        for (const [number, shell] of shells.entries()) {
          const said = shell.output.match(/said-person-\d+-shell-\d+-42/g)
          assert.deepEqual(said, [`said-person-${at}-shell-${number}-42`])
        }
      }
      assert.deepEqual(await Promise.all(people.map((person) => person.kinds())), [ALL, ALL])
    })

    it('end one by one, without the others', async () => {
      const [first, second] = people as [Person, Person]
      const [oldest] = await first.list()
      assert.equal(
        (await first.visitor.request('DELETE', `/api/consoles/${oldest?.id}`)).status,
        204,
      )
      await until('one to have closed', () => first.ends.size === 1)
      assert.deepEqual([...first.ends.values()], ['1000 ended'])
      assert.equal((await first.list()).length, ALL.length - 1)
      assert.equal((await second.list()).length, ALL.length)
    })

    it('end with their own session, and with no other', async () => {
      const [first, second] = people as [Person, Person]
      await first.visitor.request('DELETE', '/api/session')
      await until('all of them to have closed', () => first.ends.size === ALL.length)
      const reasons = [...first.ends.values()].sort()
      assert.deepEqual(reasons, ['1000 ended', ...Array(ALL.length - 1).fill('4401 signed_out')])
      await until('PVE to have let them go', () => open() === ALL.length)
      assert.equal(second.ends.size, 0)
      for (const [number, shell] of second.shells.entries()) {
        shell.type(`echo still-${number}-$((6*7))\r`)
        await shell.says(`still-${number}-42`)
      }
      assert.deepEqual(await second.kinds(), ALL)
    })
  })
}

/** The kinds of all the consoles of a session, as the list has them in some order. */
const ALL = [
  ...Array(NODES.length * 2).fill('terminal'),
  ...Array(SCREENS.length * TIMES).fill('vnc'),
] as readonly string[]

class Person {
  readonly visitor: Visitor
  readonly shells: TerminalVisitor[] = []
  /** How each console ended that has. */
  readonly ends = new Map<object, string>()
  #screens: RfbVisitor[] = []

  private constructor(visitor: Visitor) {
    this.visitor = visitor
  }

  static async on({ url, lab }: Stage): Promise<Person> {
    const visitor = new Visitor(url, { record: false })
    for (const key of ['alpha', 'beta']) {
      await visitor.signIn(key, lab.host(key).account('root@pam'))
    }
    return new Person(visitor)
  }

  async openScreens(): Promise<void> {
    const wanted = SCREENS.flatMap((screen) => Array<typeof screen>(TIMES).fill(screen))
    this.#screens = await Promise.all(wanted.map(([key, vmid]) => this.visitor.console(key, vmid)))
    for (const screen of this.#screens) {
      void screen.closed.then((end) => this.#note(screen, end))
    }
    await Promise.all(this.#screens.map((screen) => screen.handshake()))
  }

  /** The digest of what each screen shows, which begins with the first byte that it is sent. */
  readScreens(): Promise<string[]> {
    return Promise.all(
      this.#screens.map(async (screen) => {
        screen.send([3, 0, 0, 0, 0, 0, 0, 8, 0, 8])
        return createHash('sha256')
          .update(await screen.read(LENGTH))
          .digest('hex')
      }),
    )
  }

  async openShells(name: string): Promise<void> {
    for (const node of [...NODES, ...NODES]) {
      const shell = await TerminalVisitor.live(this.visitor, `alpha/nodes/${node}/console?`)
      void shell.ended.then((end) => this.#note(shell, end))
      this.shells.push(shell)
    }
    await Promise.all(
      this.shells.map((shell, number) => {
        shell.type(`echo said-${name}-shell-${number}-$((6*7))\r`)
        return shell.says(`said-${name}-shell-${number}-42`)
      }),
    )
  }

  async list(): Promise<Listed[]> {
    return (await (await this.visitor.request('GET', '/api/consoles')).json()) as Listed[]
  }

  async kinds(): Promise<string[]> {
    return (await this.list()).map(({ kind }) => kind).sort()
  }

  #note(console: object, { code, reason }: { code: number; reason: string }): void {
    this.ends.set(console, `${code} ${reason}`)
  }
}
