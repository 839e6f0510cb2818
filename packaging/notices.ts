/**
 * The licence texts of everything that ends up in the page and in the binary.
 *
 * Permissive licences and the MPL ask that their text travels with copies of the code; a minified
 * bundle has lost its comments, so the texts are collected from the installed packages instead.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'

const Manifest = v.object({
  name: v.string(),
  version: v.string(),
  license: v.optional(v.string(), 'see below'),
  homepage: v.optional(v.string(), ''),
  repository: v.optional(
    v.union([
      v.string(),
      v.pipe(
        v.object({ url: v.string() }),
        v.transform((r) => r.url),
      ),
    ]),
    '',
  ),
  dependencies: v.optional(v.record(v.string(), v.string()), {}),
})
type Manifest = v.InferOutput<typeof Manifest>

const RULE = `\n${'-'.repeat(80)}\n\n`

/** One text for all of `dependencies` in `root`/package.json, with what they depend on themselves. */
export function collectNotices(root: string): string {
  const program = readManifest(root)
  const runtime = readFileSync(join(root, 'packaging/notices/bun.txt'), 'utf8')
  const sections = bundledPackages(root, program).map(([dir, manifest]) => section(dir, manifest))
  const intro = [
    `${program.name} ${program.version} is free software under the licence that comes first.`,
    'It contains the packages named below it, each under its own licence.',
  ]
  const own = readFileSync(join(root, 'LICENSE'), 'utf8')
  return [`${intro.join('\n')}\n`, own, ...sections, runtime].join(RULE)
}

/** Directory and manifest of every package that `program` needs at run time, sorted by name. */
function bundledPackages(root: string, program: Manifest): [string, Manifest][] {
  const found = new Map<string, [string, Manifest]>()
  const queue = Object.keys(program.dependencies)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue
    const dir = join(root, 'node_modules', name)
    const manifest = readManifest(dir)
    found.set(name, [dir, manifest])
    queue.push(...Object.keys(manifest.dependencies))
  }
  return [...found.values()].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1))
}

function readManifest(dir: string): Manifest {
  return v.parse(Manifest, JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')))
}

function section(dir: string, manifest: Manifest): string {
  const source = (manifest.repository || manifest.homepage).replace(/^git\+/, '')
  const title = `${manifest.name} ${manifest.version} (${manifest.license})\n${source}\n`
  const files = filesBelow(dir)
  // Also in subdirectories: a package's vendored parts carry their licences beside them.
  const texts = files
    .filter((file) => /(^|\/)(licen[cs]e|copying|notice|authors)[^/]*$/i.test(file))
    .map((file) => `[${file}]\n\n${readFileSync(join(dir, file), 'utf8').trim()}\n`)
  if (texts.length === 0) throw new Error(`${manifest.name} has no licence file to pass on`)
  const headers = files.filter((file) => /\.[cm]?js$/.test(file)).flatMap((f) => header(dir, f))
  return [title, ...texts, ...new Set(headers)].join('\n')
}

/** The licence that a source file bears itself, such as the one of a ported cipher. */
function header(dir: string, file: string): string[] {
  const comment = /^\s*\/\*[\s\S]*?\*\//.exec(readFileSync(join(dir, file), 'utf8'))?.[0] ?? ''
  return /Redistribution and use|Permission (to use|is hereby granted)/.test(comment)
    ? [`${comment.trim()}\n`]
    : []
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((file) => !file.includes('node_modules/'))
    .sort()
}
