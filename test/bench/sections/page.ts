/** The bytes of the page as a browser gets them: what the first picture needs, and what comes later. */
import { prepareGround } from '../ground.ts'
import { type Ours, startOurs } from '../ours.ts'
import type { Context } from './section.ts'

interface File {
  readonly path: string
  /** Compressed, as they cross the network. */
  readonly bytes: number
  /** Named by the document, so that nothing is seen before it has come. */
  readonly first: boolean
}

export async function measurePage({ builds, report }: Context): Promise<void> {
  const ground = await prepareGround({ guests: 1 })
  try {
    const measured: Record<string, readonly File[]> = {}
    for (const build of builds) {
      const server = await startOurs(build.path, ground, { tls: false })
      measured[build.name] = await filesOf(server)
      await server.stop()
    }
    const rows = Object.entries(measured).flatMap(([build, files]) => [
      ...files.map(({ path, bytes, first }) => [
        `${build} ${path}`,
        String(bytes),
        first ? 'first' : '',
      ]),
      [`${build}, first`, String(sum(files.filter(({ first }) => first))), ''],
      [`${build}, all`, String(sum(files)), ''],
    ])
    report.table('bytes of the page, compressed', [['', 'bytes', ''], ...rows])
    report.keep('page', measured)
  } finally {
    await ground.close()
  }
}

function sum(files: readonly File[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0)
}

/** The document, what it names, and what those name in turn. */
async function filesOf(server: Ours): Promise<File[]> {
  const files = new Map<string, File>()
  const add = async (path: string, first: boolean): Promise<string> => {
    const answer = await fetch(server.origin + path, {
      headers: { 'Accept-Encoding': 'br' },
      decompress: false,
    })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    files.set(path, { path, bytes: bytes.length, first })
    const plain = await fetch(server.origin + path)
    return /html|javascript|css/.test(answer.headers.get('content-type') ?? '') ? plain.text() : ''
  }
  const html = await add('/', true)
  const queue = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  const first = new Set(queue)
  for (const path of queue) {
    const text = await add(path, first.has(path))
    for (const [, name] of text.matchAll(
      /["'(.]\/([\w-]+-[0-9a-z]{8}\.(?:js|css|woff2|svg|png))/g,
    )) {
      const found = `/assets/${name}`
      if (!queue.includes(found)) queue.push(found)
    }
  }
  return [...files.values()]
}
