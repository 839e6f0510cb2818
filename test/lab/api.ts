/** From a request head to an answer: identity, CSRF, route, permission, other node, parameters, call. */
import { answer, type Exchange, type Outcome, textAnswer } from './http-session.ts'
import { type Call, checkAccess, type Data, findRoute, type Route } from './route.ts'
import { accessRoutes } from './routes-access.ts'
import { clusterRoutes } from './routes-cluster.ts'
import { consoleRoutes, judgeHandshake } from './routes-console.ts'
import { guestRoutes } from './routes-guest.ts'
import { powerRoutes } from './routes-power.ts'
import { taskRoutes } from './routes-task.ts'
import { terminalRoutes } from './routes-terminal.ts'
import { ApiError, badParams, verifyParams } from './schema.ts'
import { parseForm, percentDecode, type RequestHead, shuffledJson } from './wire.ts'
import { isOnline, major, messageOf, type World } from './world.ts'

const routes: readonly Route[] = [
  ...accessRoutes,
  ...clusterRoutes,
  ...guestRoutes,
  ...powerRoutes,
  ...taskRoutes,
  ...consoleRoutes,
  ...terminalRoutes,
]
const base = '/api2/json'
const jsonType = 'application/json;charset=UTF-8'

/** What one request asks for, before its body is known. */
export interface Asked {
  readonly path: string
  readonly query: string
}

export function splitTarget(target: string): Asked {
  const [rawPath = '', query = ''] = target.split(/\?(.*)/s)
  const decoded = percentDecode(rawPath)
  return { path: decoded.startsWith(`${base}/`) ? decoded.slice(base.length) : decoded, query }
}

export class ApiExchange implements Exchange {
  readonly #world: World
  readonly #node: string
  readonly #head: RequestHead
  readonly #asked: Asked
  readonly #note: (status: number, params: Record<string, string>, body: string) => void
  #userid = ''
  #params: Record<string, string> = {}
  #body = ''

  constructor(
    world: World,
    node: string,
    head: RequestHead,
    note: (status: number, params: Record<string, string>, body: string) => void,
  ) {
    this.#world = world
    this.#node = node
    this.#head = head
    this.#asked = splitTarget(head.target)
    this.#note = note
  }

  get bodyLimit(): number {
    return (major(this.#world) < 8 ? 64 : 512) * 1024
  }

  open(): Outcome | undefined {
    this.#params = parseForm(this.#asked.query) ?? {}
    this.#note(0, this.#params, '')
    if (!this.#head.target.startsWith(`${base}/`)) return this.#outside()
    const found = findRoute(routes, this.#head.method, this.#asked.path)
    if (found?.route.access === 'anybody') return undefined
    const refusal = this.#identify()
    if (refusal === undefined) return undefined
    return answer({ status: 401, reason: refusal }, this.#world.settings.authFailureDelayMs)
  }

  async call(body: Buffer): Promise<Outcome> {
    this.#body = body.toString()
    try {
      const params = this.#merge(body)
      if (params instanceof ApiError) return this.#fail(params)
      this.#params = params
      this.#note(0, params, this.#body)
      const result = await this.#run(params)
      return result.kind === 'data' ? this.#succeed(result) : result
    } catch (error) {
      if (error instanceof SyntaxError) return textAnswer(500, malformed(body))
      if (error instanceof ApiError) return this.#fail(error)
      throw error
    }
  }

  answered(status: number): void {
    this.#note(status, this.#params, this.#body)
  }

  /** Sets the user; or the reason why there is none. */
  #identify(): string | undefined {
    const { headers, method } = this.#head
    const cookie = /(?:^|\s)PVEAuthCookie=([^;]*)/.exec(headers.cookie ?? '')?.[1]
    const header = /(?:^|\s)PVEAuthCookie(?:=| )([^;]*)/.exec(headers.authorization ?? '')?.[1]
    const hardened = this.#world.options.generation === 'since-2026-04'
    const value = cookie ?? header
    if (value === undefined && headers.authorization?.startsWith('PVEAPIToken')) {
      return hardened ? 'Authentication failed!' : 'no such token'
    }
    if (value === undefined || value === '') return 'No ticket'
    const userid = this.#world.office.loginUser(percentDecode(value))
    if (userid === undefined || !this.#world.book.find(userid)) {
      return hardened ? 'Authentication failed!' : 'permission denied - invalid PVE ticket'
    }
    this.#userid = userid
    if (method === 'GET' || this.#world.office.isCsrf(headers.csrfpreventiontoken ?? '', userid)) {
      return undefined
    }
    return 'Permission denied - invalid csrf token'
  }

  /** Query and body together; the query wins. */
  #merge(body: Buffer): Record<string, string> | ApiError {
    const query = parseForm(this.#asked.query)
    const isJson = (this.#head.headers['content-type'] ?? '').startsWith('application/json')
    const posted = isJson && body.length > 0 ? readJson(body) : parseForm(body.toString())
    if (!query || !posted) return new ApiError(400, 'duplicate parameter')
    return { ...posted, ...query }
  }

  async #run(params: Record<string, string>): Promise<Data | Outcome> {
    const { path } = this.#asked
    const found = findRoute(routes, this.#head.method, path)
    if (!found) throw new ApiError(501, `Method '${this.#head.method} ${path}' not implemented`)
    const { route, uri } = found
    const { upgrade: wished } = this.#head.headers
    if (wished !== undefined && path.endsWith('websocket')) {
      const wrong = judgeHandshake(this.#head)
      if (wrong) return textAnswer(500, wrong)
    }
    checkAccess(this.#world, this.#userid, route, uri)
    this.#checkNode(uri.node)
    const verified = this.#verify(route, uri, params)
    const call: Call = {
      ...{ world: this.#world, node: this.#node, userid: this.#userid, head: this.#head },
      uri,
      params: verified,
    }
    return await route.run(call)
  }

  #verify(route: Route, uri: Record<string, string>, params: Record<string, string>) {
    for (const [name, value] of Object.entries(uri)) {
      if (params[name] !== undefined && params[name] !== value) {
        throw badParams({ [name]: 'duplicate parameter (already defined in URI)' })
      }
    }
    const known = Object.entries(route.rules).filter(
      ([, { since = 0 }]) => since <= major(this.#world),
    )
    return verifyParams(
      { ...params, ...uri },
      Object.fromEntries(known),
      this.#userid === 'root@pam',
    )
  }

  /** Calls for another node are proxied by the contacted one. */
  #checkNode(node: string | undefined): void {
    if (node === undefined || node === 'localhost') return
    if (!this.#world.options.nodes.includes(node)) {
      const why = 'Temporary failure in name resolution'
      const text = `failed to get address info for: ${node}: ${why}`
      throw new ApiError(500, `hostname lookup '${node}' failed - ${text}`)
    }
    if (node !== this.#node && !isOnline(this.#world, node)) {
      throw new ApiError(595, 'Connection refused', { bare: true })
    }
  }

  #outside(): Outcome {
    const format = /^\/api2\/([^/]+)/.exec(this.#head.target)?.[1]
    if (format !== undefined) {
      return textAnswer(501, `no formatter for uri ${this.#head.target}, ${format}`)
    }
    const { path } = this.#asked
    if (path !== '/') return textAnswer(500, `no such file '${path}'`)
    const body = indexPage(this.#node, this.#world.options.version)
    return answer({ status: 200, body, contentType: 'text/html; charset=utf-8' })
  }

  #succeed({ data, total }: Data): Outcome {
    const body = shuffledJson(total === undefined ? { data } : { data, total })
    return answer({ status: 200, body, contentType: jsonType }, this.#world.settings.latencyMs)
  }

  #fail(error: ApiError): Outcome {
    const { authFailureDelayMs, latencyMs } = this.#world.settings
    const delay = error.status === 401 ? authFailureDelayMs : latencyMs
    const head = { status: error.status, reason: error.message }
    if (error.bare) return answer(head, delay)
    // Only the router's own 501 goes without the line end that Perl's exceptions have.
    const message = error.status === 501 ? error.message : `${error.message}\n`
    const content = {
      data: null,
      ...messageOf(this.#world, message),
      ...(error.errors ? { errors: error.errors } : {}),
    }
    return answer({ ...head, body: shuffledJson(content), contentType: jsonType }, delay)
  }
}

/** As far as it tells something: the node's name, and the version behind the name of its scripts. */
function indexPage(node: string, version: string): string {
  return `<!DOCTYPE html>
<html>
  <head>
    <title>${node} - Proxmox Virtual Environment</title>
    <script type="text/javascript" src="/pve2/ext6/ext-all.js?ver=7.0.0"></script>
    <script type="text/javascript" src="/proxmoxlib.js?ver=v4.3.3-t1712050263"></script>
    <script type="text/javascript" src="/pve2/js/pvemanagerlib.js?ver=${version}"></script>
    <script type="text/javascript">
    Proxmox = { NodeName: '${node}', UserName: '', CSRFPreventionToken: 'null' };
    </script>
  </head>
  <body></body>
</html>
`
}

function readJson(body: Buffer): Record<string, string> {
  const value = JSON.parse(body.toString()) as Record<string, unknown>
  const entries = Object.entries(value).map(([name, inner]) => [name, jsonValue(inner)])
  return Object.fromEntries(entries)
}

function jsonValue(value: unknown): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value)
}

function malformed(body: Buffer): string {
  const expected = 'neither tag, array, object, number, string or atom'
  const where = `at character offset ${body.length} (before "(end of string)")`
  const file = '/usr/share/perl5/PVE/APIServer/AnyEvent.pm line 917.'
  return `malformed JSON string, ${expected}, ${where} at ${file}\n`
}
