/**
 * Holds the sources to the rules that no linter knows: who may import whom, who may name a runtime, what
 * a page never does. Every rule comes with samples that break it, so that a rule that has gone blind fails.
 */
import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import {
  allEdges,
  bareCode,
  circles,
  code,
  readTree,
  runtimeEdges,
  sources,
  type Tree,
} from './read-sources.ts'

interface Rule {
  readonly says: string
  /** One line per violation. */
  find(tree: Tree): string[]
  /** Files that break it, each alone, when added to `SOUND`. */
  readonly broken: readonly Readonly<Record<string, string>>[]
}

/** What a part of src/ may import at run time, besides itself; `base` is the files directly in src/. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: [
    'cli',
    'http',
    'session',
    'pve',
    'terminal',
    'relay',
    'rfb',
    'ws',
    'runtime',
    'config',
    'base',
  ],
  cli: ['http', 'session', 'pve', 'config', 'base'],
  http: ['session', 'pve', 'terminal', 'relay', 'rfb', 'config', 'base'],
  session: ['pve', 'config', 'base'],
  pve: ['ws', 'config', 'base'],
  config: ['base'],
  runtime: ['base'],
  terminal: ['relay'],
  relay: [],
  rfb: [],
  ws: [],
  base: [],
}
/** Parts that are pure: no packages. The relay does without built-in modules too. */
const PURE = ['terminal', 'relay', 'rfb', 'ws']
/** Built-in modules that are the same on both runtimes and open nothing. */
const SHARED_BUILTINS = ['node:buffer', 'node:crypto', 'node:https', 'node:path', 'node:util']

/** Files over 300 lines, each with the reason why it is one piece. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src/failure-table.ts': 'one table, a few lines for each thing that can go wrong',
}

const SOUND: Readonly<Record<string, string>> = {
  'src/main.ts': `import { serve } from './cli/serve.ts'\nimport runtime from '#runtime'\nserve(runtime)`,
  'src/cli/serve.ts': `import { app } from '../http/app.ts'\nexport const serve = app`,
  'src/http/app.ts': `import type { Port } from '../relay/port.ts'
    import { type Link, relay } from '../relay/relay.ts'
    export type App = Link | Port
    export const app = () => [relay, 'process.exit() is not called', \`it's Deno.exit \${1}\`]`,
  'src/http/contract.ts': 'export type Guest = { name: string }',
  'src/relay/relay.ts': 'export interface Link { end(): void }\nexport const relay = 1',
  'src/relay/port.ts': `import type { App } from '../http/app.ts'\nexport type Port = App`,
  'src/pve/client.ts': `import { createHash } from 'node:crypto'\nexport const client = createHash`,
  'src/rfb/auth.ts': 'export const auth = /["`/]/.test("fetch(1)") // Bun.serve',
  'src/ws/frame.ts': 'export const frame = 1',
  'src/session/store.ts': `import { client } from '../pve/client.ts'\nexport const store = client`,
  'src/runtime/bun.ts': `import { connect } from 'node:net'\nexport default [Bun.serve, connect]`,
  'src/errors.ts': 'export class Failure extends Error {}',
  'web/main.tsx': `import type { Guest } from '../src/http/contract.ts'
    export const row = (guest: Guest) => <p>don't: {guest.name}</p>`,
}

const RULES: readonly Rule[] = [
  {
    says: 'imports in src/ point down the table',
    find: (tree) => [...runtimeEdges(tree, 'src/')].flatMap(([from, to]) => againstTable(from, to)),
    broken: [
      { 'src/pve/up.ts': `import { store } from '../session/store.ts'\nstore` },
      { 'src/relay/out.ts': `import { frame } from '../ws/frame.ts'\nframe` },
      { 'src/relay/crypto.ts': `import { randomBytes } from 'node:crypto'\nrandomBytes` },
      { 'src/ws/package.ts': `import * as v from 'valibot'\nv` },
      { 'src/http/lazy.ts': `await import('../cli/serve.ts')` },
      { 'src/http/again.ts': `export { serve } from '../cli/serve.ts'` },
      { 'src/http/chosen.ts': `import runtime from '#runtime'\nruntime` },
      { 'src/errors.ts': `import { frame } from './ws/frame.ts'\nframe` },
      { 'src/extra/new.ts': `import { auth } from '../rfb/auth.ts'\nauth` },
      { 'src/http/version.ts': `import { version } from '../../package.json'\nversion` },
      { 'src/main.ts': `import { row } from '../web/main.tsx'\nrow` },
    ],
  },
  {
    says: 'only src/runtime/ names a runtime or opens sockets and files',
    find: (tree) =>
      sources(tree, 'src/').flatMap(([path, text]) =>
        inRuntime(path) ? [] : runtimeUse(path, text),
      ),
    broken: [
      { 'src/http/a.ts': 'Bun.serve({})' },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the sample's own template
      { 'src/http/b.ts': 'export const x = `${Deno.cwd()}`' },
      { 'src/main.ts': 'process.exit(1)' },
      { 'src/cli/c.ts': 'globalThis.process?.exit()' },
      { 'src/cli/d.ts': `import { spawn } from 'node:child_process'\nspawn` },
      { 'src/pve/e.ts': `import { connect } from 'node:tls'\nconnect` },
      { 'src/pve/f.ts': `import { readFileSync } from 'fs'\nreadFileSync` },
      { 'src/http/g.ts': `import { Database } from 'bun:sqlite'\nDatabase` },
      { 'src/http/h.ts': `import { serve } from 'bun'\nserve` },
      { 'src/http/i.ts': 'export const here = import.meta.dirname' },
    ],
  },
  {
    says: 'src/ reaches PVE only through the connection factory of src/runtime/',
    find: (tree) =>
      sources(tree, 'src/').flatMap(([path, text]) =>
        inRuntime(path)
          ? []
          : [
              ...named(path, bareCode(path, text), /(?<![\w$.])(globalThis\.)?fetch\s*\(/),
              ...named(path, bareCode(path, text), /\bnew\s+(globalThis\.)?WebSocket\b/),
              ...named(path, code(path, text), /\brejectUnauthorized\b/),
            ],
      ),
    broken: [
      { 'src/pve/a.ts': `await fetch('https://pve')` },
      { 'src/pve/b.ts': `new WebSocket('wss://pve')` },
      { 'src/pve/c.ts': 'export const options = { rejectUnauthorized: false }' },
      { 'src/pve/d.ts': `export const options = { ['rejectUnauthorized']: false }` },
    ],
  },
  {
    says: 'web/ takes only types from src/http/contract.ts',
    find: (tree) => {
      const values = new Set(runtimeEdges(tree, 'web/').map((edge) => edge.join(' -> ')))
      return allEdges(tree, 'web/')
        .filter(([, to]) => /^(src|test)\/|^#/.test(to))
        .filter((edge) => edge[1] !== 'src/http/contract.ts' || values.has(edge.join(' -> ')))
        .map((edge) => edge.join(' -> '))
    },
    broken: [
      { 'web/a.ts': `import type { App } from '../src/http/app.ts'\nexport type A = App` },
      { 'web/b.ts': `import { Guest } from '../src/http/contract.ts'\nexport const b = Guest` },
      { 'web/c.ts': `export type C = import('../src/errors.ts').Failure` },
      { 'web/d.ts': `await import('../src/errors.ts')` },
    ],
  },
  {
    says: 'web/ makes neither markup nor code from strings',
    find: (tree) =>
      sources(tree, 'web/').flatMap(([path, text]) => [
        ...named(path, code(path, text), /\b(inner|outer)HTML\b|\w*SetInnerHTML\b/),
        ...named(path, code(path, text), /\binsertAdjacentHTML\b|\bdocument\.write(ln)?\b/),
        ...named(path, bareCode(path, text), /(?<![\w$.])eval\s*\(|(?<![\w$.])Function\s*\(/),
      ]),
    broken: [
      { 'web/a.ts': `document.body.innerHTML = ''` },
      { 'web/b.ts': `document.body['outerHTML'] = ''` },
      { 'web/c.ts': `document.body.insertAdjacentHTML('beforeend', '')` },
      { 'web/d.ts': `document.write('')` },
      { 'web/e.ts': `eval('1')` },
      { 'web/f.ts': `export const f = new Function('return 1')` },
      { 'web/g.tsx': `export const g = <p dangerouslySetInnerHTML={{ __html: '' }} />` },
    ],
  },
  {
    says: 'nothing imports itself in a circle',
    find: (tree) => circles([...runtimeEdges(tree, 'src/'), ...runtimeEdges(tree, 'web/')]),
    broken: [
      {
        'src/ws/a.ts': `import { b } from './b.ts'\nexport const a = b`,
        'src/ws/b.ts': `import { c } from './c.ts'\nexport const b = c`,
        'src/ws/c.ts': `import { a } from './a.ts'\nexport const c = () => a`,
      },
      { 'web/self.ts': `import * as self from './self.ts'\nexport const all = () => self` },
    ],
  },
  {
    says: 'a file has at most 300 lines, or a reason',
    find: (tree) =>
      [...tree].flatMap(([path, text]) => {
        if (!/^(src|web)\/|^build\.ts$/.test(path)) return []
        const lines = text.trimEnd().split('\n').length
        if (lines > 300 && !LONG_FILES[path]) return [`${path}: ${lines} lines`]
        return lines <= 300 && LONG_FILES[path] ? [`${path}: needs no exception any more`] : []
      }),
    broken: [{ 'web/style/long.css': 'a {}\n'.repeat(301) }, { 'build.ts': 'x\n'.repeat(301) }],
  },
  {
    says: 'file names are kebab-case and say what is inside',
    find: (tree) =>
      [...tree.keys()].filter(
        (path) =>
          /^(src|web|test)\/.*\.(ts|tsx|css|html)$/.test(path) &&
          (!/^([a-z0-9.-]+\/)+[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.\w+$/.test(path) ||
            /(^|[/-])(utils?|helpers?|common|types?|managers?|misc)[/.]/.test(path)),
      ),
    broken: [
      { 'src/http/utils.ts': '' },
      { 'web/common/row.ts': '' },
      { 'src/session/session-manager.ts': '' },
      { 'test/lab/types.ts': '' },
      { 'src/pve/fetchTicket.ts': '' },
    ],
  },
  {
    says: 'no text names a package registry or a path of the machine it was written on',
    find: (tree) =>
      [...tree].flatMap(([path, text]) =>
        named(path, text, /registry\.(npmjs|yarnpkg)|(?<![\w.~$-])\/(work|root)\//),
      ),
    // Written apart, as this file is looked at too.
    broken: [
      { 'README.md': `see https://registry.${'npmjs'}.org` },
      { 'docs/guide.md': `cd ${'/work'}/main` },
      { 'packaging/run.sh': `exec ${'/root'}/bin/bun` },
    ],
  },
]

function partOf(path: string): string {
  const [, part = '', below] = path.split('/')
  return below === undefined ? (part === 'main.ts' ? 'main' : 'base') : part
}

function inRuntime(path: string): boolean {
  return partOf(path) === 'runtime'
}

function againstTable(from: string, to: string): string[] {
  const part = partOf(from)
  const allowed = MAY_IMPORT[part]
  if (!allowed) return [`${from}: src/${part}/ has no line in the table`]
  const problem = [`${from} -> ${to}`]
  if (to.startsWith('node:')) return part === 'relay' ? problem : []
  // The version stands there and nowhere else.
  if (to === 'package.json') return part === 'base' ? [] : problem
  if (to === '#runtime') return allowed.includes('runtime') ? [] : problem
  if (to.startsWith('src/')) return [part, ...allowed].includes(partOf(to)) ? [] : problem
  const isPackage = /^[@a-z]/.test(to) && !/^(web|test|packaging)\/|\.(ts|tsx|json)$/.test(to)
  return isPackage && !PURE.includes(part) ? [] : problem
}

function runtimeUse(path: string, text: string): string[] {
  const modules = runtimeEdges(new Map([[path, text]]), 'src/')
    .filter(([, to]) => /^(node:|bun(:|$)|jsr:|npm:)/.test(to) && !SHARED_BUILTINS.includes(to))
    .map((edge) => edge.join(' -> '))
  const js = bareCode(path, text)
  const globals = named(path, js, /(?<![\w$.])(globalThis\.)?(Bun|Deno|process)\s*(\?\.|\.|\[)/)
  return [
    ...modules,
    ...globals,
    ...(partOf(path) === 'main' ? [] : named(path, js, /\bimport\.meta\b/)),
  ]
}

function named(path: string, text: string, pattern: RegExp): string[] {
  const found = pattern.exec(text)?.[0]
  return found === undefined ? [] : [`${path}: ${found}`]
}

const tree = readTree(join(import.meta.dirname, '..'))

test('the sources are found', () => {
  for (const path of ['src/errors.ts', 'build.ts', 'package.json']) assert.ok(tree.has(path), path)
})

for (const rule of RULES) {
  describe(rule.says, () => {
    test('holds', () => assert.deepEqual(rule.find(tree), []))
    test('a sound sample passes', () => {
      assert.deepEqual(rule.find(new Map(Object.entries(SOUND))), [])
    })
    for (const files of rule.broken) {
      test(`${Object.keys(files).map((path) => basename(path))} breaks it`, () => {
        const found = rule.find(new Map(Object.entries({ ...SOUND, ...files })))
        assert.equal(found.length, 1, found.join('\n'))
      })
    }
  })
}
