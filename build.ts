/**
 * Bundles the page and compiles the program around it.
 *
 *   bun build.ts --web   the page alone, into src/public/: all that running from source needs
 *   bun build.ts         the page, then dist/pve-console for this machine
 *
 * The same sources give the same bytes, in whatever directory they lie.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { version } from './package.json' with { type: 'json' }
import { collectNotices } from './packaging/notices.ts'

const ROOT = import.meta.dirname
const PUBLIC = join(ROOT, 'src/public')
const BINARY = join(ROOT, 'dist/pve-console')

/** What the server needs to know to answer for one URL path; `public/manifest.json` maps paths to it. */
export type Asset = {
  /** Below `public/`. */
  file: string
  /** The Content-Type header. */
  type: string
  /** The name changes with the content, so a browser may keep it for ever. */
  immutable: boolean
  /** Without quotes, so that each encoding can add its own suffix. */
  etag: string
  /** Files below `public/` that hold the same bytes compressed; absent where that does not pay. */
  encodings: Partial<Record<Encoding, string>>
}
type Encoding = keyof typeof ENCODERS
type Files = Map<string, Uint8Array>

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

// The highest levels: this happens once per build, and the smaller file is sent many times.
const ENCODERS = {
  br: {
    suffix: '.br',
    compress: (bytes: Uint8Array): Uint8Array =>
      brotliCompressSync(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
  },
  gzip: {
    suffix: '.gz',
    compress: (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 9 }),
  },
  zstd: {
    suffix: '.zst',
    compress: (bytes: Uint8Array): Uint8Array =>
      zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  },
}

/** Bundles web/ into `dir`; files that are right already are not touched, so a running server may read on. */
export async function buildWeb(dir = PUBLIC): Promise<void> {
  const files = await bundlePage(join(ROOT, 'web/index.html'))
  files.set('notices.txt', encode(collectNotices(ROOT)))
  const manifest: Record<string, Asset> = {}
  for (const name of [...files.keys()].sort()) manifest[`/${name}`] = describe(name, files)
  files.set('build.json', encodeJson({ version, commit: currentCommit() }))
  // Last, so that a server that starts meanwhile finds everything that it names.
  files.set('manifest.json', encodeJson(manifest))
  replaceTree(dir, files)
}

async function bundlePage(index: string): Promise<Files> {
  const naming = 'assets/[name]-[hash].[ext]'
  const { outputs } = await Bun.build({
    entrypoints: [index],
    target: 'browser',
    minify: true,
    splitting: true,
    naming: { entry: naming, chunk: naming, asset: naming },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files: Files = new Map()
  let html = ''
  for (const output of outputs) {
    const name = output.path.replace(/^\.\//, '')
    if (name.endsWith('.html')) html = await output.text()
    else files.set(name, new Uint8Array(await output.arrayBuffer()))
  }
  files.set('index.html', encode(rootReferences(html, [...files.keys()])))
  return files
}

/**
 * The page answers at many depths (`/console/home/100`), so it names its files from the root; below a
 * sub-path the server rewrites that one prefix. Files name each other relatively and need no rewriting.
 */
function rootReferences(html: string, names: string[]): string {
  let result = html
  for (const name of names) result = result.replaceAll(`"./${basename(name)}"`, `"/${name}"`)
  const relative = /\b(?:src|href)="\.[^"]*"/.exec(result)
  if (relative) throw new Error(`index.html refers to ${relative[0]}, which is not in the bundle`)
  return result.replaceAll(/\n(?:\s*\n)+/g, '\n')
}

/** Describes `name` and adds its compressed variants to `files`. */
function describe(name: string, files: Files): Asset {
  const bytes = files.get(name)
  const type = TYPES[extname(name)]
  if (!bytes || !type) throw new Error(`no content type is known for ${name}`)
  const encodings: Asset['encodings'] = {}
  for (const [encoding, { suffix, compress }] of Object.entries(ENCODERS)) {
    const compressed = compress(bytes)
    if (compressed.length >= bytes.length) continue
    files.set(name + suffix, compressed)
    encodings[encoding as Encoding] = name + suffix
  }
  const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return { file: name, type, immutable: name.startsWith('assets/'), etag, encodings }
}

/** Makes `dir` hold exactly `files`, written in their order. */
function replaceTree(dir: string, files: Files): void {
  // Renamed into place from elsewhere: nobody, such as a second build, ever meets half a file.
  const scratch = makeScratch(dirname(BINARY))
  try {
    for (const [name, bytes] of files) {
      const path = join(dir, name)
      if (readIfPresent(path)?.equals(bytes)) continue
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(join(scratch, 'partial'), bytes)
      renameSync(join(scratch, 'partial'), path)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !files.has(path.slice(dir.length + 1))) rmSync(path, { force: true })
  }
}

/** A directory of this build's own below `directory`; whoever makes it removes it. */
function makeScratch(directory: string): string {
  mkdirSync(directory, { recursive: true })
  return mkdtempSync(join(directory, '.build-'))
}

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The commit that is checked out, or '' outside of git; a parent directory's repository is not ours. */
function currentCommit(): string {
  const git = spawnSync('git', ['rev-parse', '--show-prefix', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const [prefix, commit] = git.status === 0 ? git.stdout.split('\n') : []
  return prefix === '' && commit ? commit : ''
}

/** Compiles src/main.ts with src/public/ inside; the result needs no file beside it. */
export async function compile(outfile = BINARY): Promise<void> {
  const scratch = makeScratch(dirname(outfile))
  try {
    // The name becomes part of the bytes, so it is the final one from the start.
    const partial = join(scratch, basename(outfile))
    await Bun.build({
      entrypoints: [join(ROOT, 'src/main.ts')],
      target: 'bun',
      format: 'esm',
      minify: true,
      bytecode: true,
      sourcemap: 'linked',
      compile: {
        outfile: partial,
        assets: [PUBLIC],
        // A service must not take orders from files in the directory it is started in.
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
    })
    renameSync(partial, outfile)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function encodeJson(value: unknown): Uint8Array {
  return encode(`${JSON.stringify(value, null, 2)}\n`)
}

async function main(args: string[]): Promise<number> {
  if (args.length > 1 || (args[0] !== undefined && !['--web', '--all'].includes(args[0]))) {
    console.error('usage: bun build.ts [--web | --all]')
    return 2
  }
  if (args[0] === '--all') {
    console.error('--all: packages for every platform are not built yet; without it, one is built.')
    return 2
  }
  // The bundler names what it reads relative to where it runs, and hashes those names too.
  process.chdir(ROOT)
  try {
    await buildWeb()
    if (args[0] !== '--web') await compile()
    return 0
  } catch (error) {
    // The bundler collects one message per mistake, each with its place.
    for (const each of error instanceof AggregateError ? error.errors : [error]) console.error(each)
    return 1
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
