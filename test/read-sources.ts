/**
 * Reads sources for the architecture test: what they import, and what they say once comments, types and
 * the text of literals are gone. The parser is Bun's own, so that TypeScript and JSX are no guesswork.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize, relative } from 'node:path'

/** Path from the project's root to text. */
export type Tree = ReadonlyMap<string, string>
export type Edge = readonly [from: string, to: string]

export function sources(tree: Tree, folder: string): [string, string][] {
  return [...tree].filter(([path]) => path.startsWith(folder) && /\.tsx?$/.test(path))
}

function transpiler(path: string): Bun.Transpiler {
  return new Bun.Transpiler({ loader: path.endsWith('.tsx') ? 'tsx' : 'ts', target: 'bun' })
}

/** The program as it runs: without comments and types. */
export function code(path: string, text: string): string {
  return transpiler(path).transformSync(text)
}

/** Imports that are left when the types are gone. */
export function runtimeEdges(tree: Tree, folder: string): Edge[] {
  return sources(tree, folder).flatMap(([path, text]) =>
    transpiler(path)
      .scanImports(text)
      // Bun names here what its own JSX would need, whatever tsconfig says.
      .filter(({ kind }) => kind !== 'require-call')
      .map((found): Edge => [path, resolve(path, found.path)]),
  )
}

/** Imports of values and types. */
export function allEdges(tree: Tree, folder: string): Edge[] {
  return sources(tree, folder).flatMap(([path, text]) =>
    [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
      ([, specifier = '']): Edge => [path, resolve(path, specifier)],
    ),
  )
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(from, '..', specifier))
  return /^(fs|net|tls|dgram|child_process|http|https|os|path|process)$/.test(specifier)
    ? `node:${specifier}`
    : specifier
}

export function circles(edges: readonly Edge[]): string[] {
  const next = Map.groupBy(edges, ([from]) => from)
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' -> ')]
    if (done.has(path)) return []
    const found = (next.get(path) ?? []).flatMap(([, to]) => walk(to, [...trail, path]))
    done.add(path)
    return found
  }
  return [...next.keys()].flatMap((path) => walk(path, []))
}

/** The program without the text of its strings, templates and regular expressions. */
export function bareCode(path: string, text: string): string {
  return scan(code(path, text), 0, false)[0]
}

/** Reads code from `start`; inside a template's `${}` up to the brace that closes it. */
function scan(js: string, start: number, inTemplate: boolean): [bare: string, end: number] {
  let bare = ''
  let depth = 0
  let i = start
  while (i < js.length) {
    const char = js[i]
    if (char === '`') {
      const [inner, end] = scanTemplate(js, i + 1)
      bare += inner
      i = end
      continue
    }
    if (char === '{') depth += 1
    if (char === '}' && depth-- === 0 && inTemplate) return [bare, i + 1]
    const literal = literalAt(js, i, bare)
    bare += literal === '' ? char : '""'
    i += Math.max(1, literal.length)
  }
  return [bare, i]
}

function scanTemplate(js: string, start: number): [bare: string, end: number] {
  let bare = '""'
  let i = start
  while (i < js.length && js[i] !== '`') {
    if (js.startsWith('${', i)) {
      const [inner, end] = scan(js, i + 2, true)
      bare += `;${inner};`
      i = end
    } else i += js[i] === '\\' ? 2 : 1
  }
  return [bare, i + 1]
}

const STRING = /"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'/y
const REGULAR_EXPRESSION = /\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y

/** The string or regular expression that starts at `at`, or ''; `before` is the code in front of it. */
function literalAt(js: string, at: number, before: string): string {
  if (js[at] === '"' || js[at] === "'") return match(STRING, js, at)
  // A slash divides after a value and starts a regular expression anywhere else.
  const end = before.slice(-20)
  const divides = /[\w$)\]}"]\s*$/.test(end) && !/\b(return|typeof|case|in|of)\s*$/.test(end)
  return js[at] === '/' && !divides ? match(REGULAR_EXPRESSION, js, at) : ''
}

function match(sticky: RegExp, js: string, at: number): string {
  sticky.lastIndex = at
  return sticky.exec(js)?.[0] ?? ''
}

/** Every text of the project, generated and installed ones left out. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>()
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      const name = relative(root, path)
      if (/^(\.git|node_modules|dist|src\/public)$|\.log$/.test(name)) continue
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile()) {
        const text = readFileSync(path, 'utf8')
        if (!text.includes('\0')) tree.set(name, text)
      }
    }
  }
  visit(root)
  return tree
}
