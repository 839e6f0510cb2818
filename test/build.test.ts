/**
 * What `bun run build` leaves behind: a page that is complete and small, and a program that needs nothing
 * beside it and obeys nobody's files.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import type { Asset } from '../build.ts'
import { dependencies, version } from '../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..')
const PUBLIC = join(ROOT, 'src/public')
const BINARY = join(ROOT, 'dist/pve-console')
const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync }

const read = (file: string): Buffer => readFileSync(join(PUBLIC, file))
const text = (file: string): string => read(file).toString('utf8')

let manifest: Record<string, Asset>
let scratch: string

before(() => {
  if (!existsSync(BINARY) || !existsSync(join(PUBLIC, 'manifest.json'))) build()
  manifest = JSON.parse(text('manifest.json'))
  scratch = mkdtempSync(join(tmpdir(), 'pve-console-build-'))
})
after(() => rmSync(scratch, { recursive: true, force: true }))

function build(...args: string[]) {
  const result = spawnSync(process.execPath, [join(ROOT, 'build.ts'), ...args], {
    encoding: 'utf8',
  })
  if (args.length === 0) assert.equal(result.status, 0, result.stdout + result.stderr)
  return result
}

describe('the page', () => {
  test('every file is in the manifest, and the manifest names no other', () => {
    const named = Object.values(manifest).flatMap((each) => [
      each.file,
      ...Object.values(each.encodings),
    ])
    const present = readdirSync(PUBLIC, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(PUBLIC.length + 1))
      .filter((file) => file !== 'manifest.json' && file !== 'build.json')
    assert.deepEqual(named.toSorted(), present.toSorted())
    assert.deepEqual(Object.keys(manifest), Object.keys(manifest).toSorted())
    assert.ok(manifest['/index.html'] && manifest['/notices.txt'])
  })

  test('compressed variants hold the same bytes and are smaller', () => {
    for (const { file, encodings } of Object.values(manifest)) {
      for (const [name, variant] of Object.entries(encodings)) {
        const compressed = read(variant)
        assert.ok(compressed.length < read(file).length, variant)
        assert.ok(DECODERS[name as keyof typeof DECODERS](compressed).equals(read(file)), variant)
      }
    }
    assert.deepEqual(Object.keys(manifest['/index.html']?.encodings ?? {}), ['br', 'gzip', 'zstd'])
  })

  test('only names that change with the content may be kept for ever', () => {
    for (const [path, { file, immutable, etag, type }] of Object.entries(manifest)) {
      const hashed = /^\/assets\/.*-[0-9a-z]{8}\.\w+$/.test(path)
      assert.equal(immutable, hashed, path)
      assert.match(etag, /^[\w-]{22}$/)
      assert.ok(createHash('sha256').update(read(file)).digest('base64url').startsWith(etag), path)
      assert.match(type, /^(text|image|font|application)\/[\w.+-]+(; charset=utf-8)?$/)
    }
  })

  test('index.html names files from the root, scripts and styles name each other relatively', () => {
    for (const [, path = ''] of text('index.html').matchAll(/\b(?:src|href)="([^"]*)"/g)) {
      assert.ok(manifest[path], `${path} is not served`)
    }
    for (const { file } of Object.values(manifest).filter((each) =>
      /\.(js|css)$/.test(each.file),
    )) {
      assert.doesNotMatch(text(file), /["'(]\/assets\//, `${file} would break below a sub-path`)
    }
  })

  test('the first paint takes at most 40 kB of scripts and styles, gzipped', () => {
    const files = [...text('index.html').matchAll(/"\/(assets\/[^"]*\.(?:js|css))"/g)]
    const sizes = files.map(([, file = '']) => gzipSync(read(file), { level: 9 }).length)
    assert.ok(sizes.length >= 2, 'index.html loads no script or no style')
    const total = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(total <= 40_000, `${total} bytes`)
    assert.doesNotMatch(text('index.html'), /vnc-screen-|rfb/i, 'the screen is loaded on demand')
  })

  test('the notices hold the licence of every package that is bundled', async () => {
    const notices = text('notices.txt')
    for (const name of new Set([...Object.keys(dependencies), ...(await bundledPackages())])) {
      assert.ok(new RegExp(`^${name} [\\d.]+ \\(.+\\)$`, 'm').test(notices), name)
    }
    for (const sentence of [
      'MIT License',
      'Mozilla Public License Version 2.0',
      '[vendor/pako/LICENSE]',
      'Widget Workshop',
      'JavaScriptCore',
    ]) {
      assert.ok(notices.includes(sentence), sentence)
    }
  })

  test('the build says which version and commit it is', () => {
    const said = JSON.parse(text('build.json'))
    assert.equal(said.version, version)
    assert.match(said.commit, /^([0-9a-f]{40})?$/)
  })
})

/** What the bundler itself says it takes in, for the page and for the program. */
async function bundledPackages(): Promise<string[]> {
  const names: string[] = []
  for (const [entry, target] of [
    ['web/index.html', 'browser'],
    ['src/main.ts', 'bun'],
  ] as const) {
    const built = await Bun.build({ entrypoints: [join(ROOT, entry)], target, metafile: true })
    for (const input of Object.keys(built.metafile?.inputs ?? {})) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]
      if (name !== undefined) names.push(name)
    }
  }
  assert.ok(names.includes('@novnc/novnc') && names.includes('hono'), 'the bundler named nothing')
  return names
}

describe('the program', () => {
  before(() => {
    writeFileSync(join(scratch, 'preload.ts'), `console.log('PRELOADED')\n`)
    writeFileSync(join(scratch, 'bunfig.toml'), 'preload = ["./preload.ts"]\n')
    writeFileSync(join(scratch, '.env'), 'PVE_CONSOLE_CONFIG=./from-dotenv.toml\n')
  })

  /** In the directory with the traps; `output` is all that was said. */
  function run(program: string, ...args: string[]) {
    const { PVE_CONSOLE_CONFIG: _, ...env } = process.env
    const result = spawnSync(program, args, {
      cwd: scratch,
      encoding: 'utf8',
      env,
      timeout: 20_000,
    })
    return { ...result, output: result.stdout + result.stderr }
  }

  test('the traps are real: Bun itself walks into both', () => {
    const { output } = run(process.execPath, '-e', 'console.log(process.env.PVE_CONSOLE_CONFIG)')
    assert.match(output, /PRELOADED[\s\S]*from-dotenv/)
  })

  test('says version, commit and runtime, whatever lies in the directory it runs in', () => {
    const { commit } = JSON.parse(text('build.json'))
    const { status, stdout, stderr } = run(BINARY, '--version')
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.doesNotMatch(stdout, /PRELOADED/)
    assert.match(stdout, new RegExp(`\\b${version.replaceAll('.', '\\.')}\\b`))
    assert.ok(stdout.includes(commit.slice(0, 7)), stdout)
    assert.match(stdout, /\bBun \d+\.\d+\.\d+/i)
  })

  test('takes no configuration from a .env file', () => {
    // Without any host it ends at once and says what is missing; with the trap it would name that file.
    const { output } = run(BINARY, 'serve')
    assert.notEqual(output, '')
    assert.doesNotMatch(output, /from-dotenv/)
  })

  test('needs no file beside it', () => {
    const elsewhere = mkdtempSync(join(scratch, 'elsewhere-'))
    const moved = join(elsewhere, 'moved')
    copyFileSync(BINARY, moved)
    const { status, stdout } = spawnSync(moved, ['version'], { cwd: elsewhere, encoding: 'utf8' })
    assert.equal(status, 0)
    assert.ok(stdout.includes(version))
  })

  test('comes out the same, byte for byte, when it is built again elsewhere', async () => {
    const { compile } = await import('../build.ts')
    const again = join(scratch, 'again', 'pve-console')
    await compile(again)
    assert.equal(sha256(again), sha256(BINARY), 'differs; if sources have changed, build first')
    assert.deepEqual(readdirSync(dirname(again)), ['pve-console'])
  })
})

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

describe('build.ts', () => {
  for (const [args, status, message] of [
    [['--all'], 2, /not built yet/],
    [['--nonsense'], 2, /usage/],
    [['--web', '--web'], 2, /usage/],
  ] as const) {
    test(`${args.join(' ')} is refused`, () => {
      const result = build(...args)
      assert.equal(result.status, status)
      assert.match(result.stderr, message)
    })
  }
})
