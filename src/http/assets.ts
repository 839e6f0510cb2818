/** The web app's files, all in memory, served by exact name. */
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'

const Manifest = v.record(
  v.string(),
  v.object({
    file: v.string(),
    type: v.string(),
    immutable: v.boolean(),
    etag: v.string(),
    encodings: v.record(v.string(), v.string()),
  }),
)

interface Asset {
  readonly type: string
  readonly immutable: boolean
  readonly etag: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Content coding (RFC 9110 section 8.4.1) to bytes, the smallest first. */
  readonly encoded: readonly (readonly [coding: string, bytes: Uint8Array<ArrayBuffer>])[]
}

/** In the order of preference where a browser takes several. */
const CODINGS = ['br', 'zstd', 'gzip'] as const

export class Assets {
  readonly #assets: ReadonlyMap<string, Asset>

  private constructor(assets: ReadonlyMap<string, Asset>) {
    this.#assets = assets
  }

  /**
   * Reads a built web app from `directory`; `basePath` is the sub-path below which it is reached.
   * Throws an Error that names the build command when it has not been built.
   */
  static load(
    directory: string,
    basePath: string,
    runtime: Pick<Runtime, 'readText' | 'readBytes' | 'fileExists'>,
  ): Assets {
    const path = `${directory}/manifest.json`
    if (!runtime.fileExists(path)) {
      throw new Error('the web app has not been built; run: bun run build')
    }
    const manifest = v.parse(Manifest, JSON.parse(runtime.readText(path)))
    const assets = new Map<string, Asset>()
    for (const [name, entry] of Object.entries(manifest)) {
      const read = (file: string) => runtime.readBytes(`${directory}/${file}`)
      const encoded = CODINGS.flatMap((coding) => {
        const file = entry.encodings[coding]
        return file === undefined ? [] : [[coding, read(file)] as const]
      })
      const { type, immutable, etag } = entry
      assets.set(name, { type, immutable, etag, bytes: read(entry.file), encoded })
    }
    return new Assets(basePath === '' ? assets : below(assets, basePath))
  }

  /** The file of this name, in a coding that the browser takes. Throws Failure not_found. */
  respond(name: string, request: Request): Response {
    const asset = this.#assets.get(name)
    if (!asset) throw new Failure('not_found')
    const accepted = acceptedCodings(request.headers.get('accept-encoding') ?? '')
    const [coding, bytes] = asset.encoded.find(([coding]) => accepted(coding)) ?? ['', asset.bytes]
    // Each coding is another representation, and so has a tag of its own.
    const etag = `"${asset.etag}${coding && `-${coding}`}"`
    const headers = new Headers({
      'Content-Type': asset.type,
      'Cache-Control': cacheControl(asset),
      ETag: etag,
      Vary: 'Accept-Encoding',
    })
    if (coding) headers.set('Content-Encoding', coding)
    const known = (request.headers.get('if-none-match') ?? '').split(/\s*,\s*/).includes(etag)
    if (known) return new Response(null, { status: 304, headers })
    headers.set('Content-Length', String(bytes.length))
    return new Response(request.method === 'HEAD' ? null : bytes, { headers })
  }
}

/** Names of immutable files change with their content; the page itself is not kept at all. */
function cacheControl({ immutable, type }: Asset): string {
  if (immutable) return 'public, max-age=31536000, immutable'
  return type.startsWith('text/html') ? 'no-store' : 'no-cache'
}

/** Which codings an Accept-Encoding header takes (RFC 9110 section 12.5.3). */
function acceptedCodings(header: string): (coding: string) => boolean {
  const weights = new Map<string, number>()
  for (const part of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    if (coding) weights.set(coding, weight === undefined ? 1 : Number(weight))
  }
  return (coding) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0
}

/** The page says where it is: in the addresses of its files and in its meta element. */
function below(assets: ReadonlyMap<string, Asset>, basePath: string): Map<string, Asset> {
  const moved = new Map(assets)
  const page = assets.get('/index.html')
  if (!page) return moved
  const html = new TextDecoder()
    .decode(page.bytes)
    .replaceAll('"/assets/', `"${basePath}/assets/`)
    .replace('name="pve-console-base" content=""', `name="pve-console-base" content="${basePath}"`)
  const etag = `${page.etag}-${encodeURIComponent(basePath)}`
  moved.set('/index.html', { ...page, etag, bytes: new TextEncoder().encode(html), encoded: [] })
  return moved
}
