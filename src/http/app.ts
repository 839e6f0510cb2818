/** The HTTP application: guards, the table of routes, and the page. */
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Failure } from '../errors.ts'
import { describeError } from '../log.ts'
import type { RequestContext } from '../runtime/runtime.ts'
import type { Deps, Env } from './deps.ts'
import { identify, noteActivity, requireJson, requireKnownHost, requireOwnPage } from './guard.ts'
import { addHeaders, permitTerminals } from './headers.ts'
import { alive, ready, showMetrics } from './health.ts'
import { showOpenApi } from './openapi.ts'
import { failureId, problemOf } from './problem.ts'
import { refusalToFailure } from './refusal.ts'
import { ROUTES } from './routes.ts'

/** Bytes of a request body; the largest we know has a password of 1024 characters in it. */
const MAX_BODY = 16 * 1024

/** Methods that any route takes. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'DELETE']

/** Addresses of the page; what it shows there is its own business. */
const PAGES = ['/', '/signin', '/help/tls/:host'] as const
/** Those that can show a terminal. */
const CONSOLE_PAGES = ['/console/:host/:vmid', '/console/:host/node/:node', '/wall'] as const

/** Answers requests; never throws. */
export type App = (request: Request, context: RequestContext) => Promise<Response>

export function createApp(deps: Deps): App {
  // A trailing slash changes nothing: the address in the banner has one.
  const routes = new Hono<Env>({ strict: false })
  defineRoutes(routes, deps)
  const base = deps.config.publicUrl?.path ?? ''
  // Reached below the sub-path, and without it for proxies that strip it.
  const app =
    base === '' ? routes : new Hono<Env>({ strict: false }).route(base, routes).route('/', routes)
  app.onError((error) => answerFailure(error, deps))
  app.notFound((c) => answerNowhere(c.req.raw, base, deps))
  const publicOrigin = deps.config.publicUrl?.origin
  return async (request, context) => {
    const answer = await respond(app, request, context, deps)
    // The answer to an upgrade belongs to the runtime.
    if (answer.status !== 101) addHeaders(answer.headers, publicOrigin)
    return answer
  }
}

async function respond(
  app: Hono<Env>,
  request: Request,
  context: RequestContext,
  deps: Deps,
): Promise<Response> {
  try {
    requireKnownHost(request, deps)
    if (!METHODS.includes(request.method)) throw new Failure('method_not_allowed')
    return await app.fetch(request, context)
  } catch (error) {
    return answerFailure(error, deps)
  }
}

function defineRoutes(app: Hono<Env>, deps: Deps): void {
  app.get('/healthz', alive())
  app.get('/readyz', ready(deps))
  app.get('/metrics', showMetrics(deps))

  app.use('/api/*', identify(deps))
  app.use('/api/*', requireOwnPage(deps))
  app.use('/api/*', requireJson)
  app.use(
    '/api/*',
    bodyLimit({ maxSize: MAX_BODY, onError: () => problemOf(new Failure('too_large')) }),
  )

  app.use('/api/*', noteActivity(deps))

  for (const { method, path, handle } of ROUTES) app.on(method, path, handle(deps))
  app.get('/api/openapi.json', showOpenApi(deps))

  const page = (c: Context<Env>) => deps.assets.respond('/index.html', c.req.raw)
  for (const path of PAGES) app.get(path, page)
  for (const path of CONSOLE_PAGES) app.get(path, (c) => permitTerminals(page(c)))
  app.get('/assets/:file', (c) => deps.assets.respond(`/assets/${c.req.param('file')}`, c.req.raw))
  app.get('/notices.txt', (c) => deps.assets.respond('/notices.txt', c.req.raw))
}

/** People get the page, which says it in their words; programs get a problem. */
function answerNowhere(request: Request, base: string, deps: Deps): Response {
  const path = new URL(request.url).pathname
  const isApi = path.startsWith('/api/') || path.startsWith(`${base}/api/`)
  const wantsPage = (request.headers.get('accept') ?? '').includes('text/html')
  if (isApi || !wantsPage || request.method !== 'GET') return problemOf(new Failure('not_found'))
  const { headers, body } = deps.assets.respond('/index.html', request)
  return new Response(body, { status: 404, headers })
}

function answerFailure(error: unknown, deps: Deps): Response {
  const known = refusalToFailure(error)
  if (known instanceof Failure) return problemOf(known)
  const id = failureId()
  deps.log.error('a request failed', { id, error: describeError(error) })
  return problemOf(new Failure('internal'), id)
}
