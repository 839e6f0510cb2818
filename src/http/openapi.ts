/** The API described for programs (OpenAPI 3.1), from the table that serves it and the schemas that validate. */
import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema'
import type { Handler } from 'hono'
import * as v from 'valibot'
import { FAILURES, type FailureKind } from '../failure-table.ts'
import * as contract from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { ROUTES, type Route } from './routes.ts'

type Json = Readonly<Record<string, unknown>>

/** Of this API, which changes less often than the program; what runs here is not for strangers. */
const API_VERSION = '1.0.0'

/** The schemas that have a name there too. */
const NAMED = {
  Certificate: contract.Certificate,
  ConsoleSummary: contract.ConsoleSummary,
  Guest: contract.Guest,
  HostProblem: contract.HostProblem,
  HostSummary: contract.HostSummary,
  Node: contract.Node,
  OwnSession: contract.OwnSession,
  Problem: contract.Problem,
  Realm: contract.Realm,
  SessionSummary: contract.SessionSummary,
  SignedIn: contract.SignedIn,
  Task: contract.Task,
}

/** What goes over the wire; what we make of it afterwards cannot be told, and is left out. */
const CONVERSION = {
  typeMode: 'input',
  errorMode: 'ignore',
  overrideRef: ({ referenceId }: { readonly referenceId: string }) =>
    `#/components/schemas/${referenceId}`,
} as const

/** What stands for a segment of a path. */
const SEGMENTS: Readonly<Record<string, v.GenericSchema>> = {
  host: v.string(),
  vmid: contract.Vmid,
  node: v.string(),
  upid: v.string(),
  id: v.string(),
}

export function showOpenApi(deps: Deps): Handler<Env> {
  const document = describeApi(deps.config.publicUrl?.path ?? '')
  return (c) => c.json(document)
}

/** The whole document; `base` is the sub-path that the API is reached below. */
export function describeApi(base: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'pve-console',
      version: API_VERSION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: base === '' ? '/' : base }],
    paths,
    components: {
      schemas: toJsonSchemaDefs(NAMED, CONVERSION),
      responses: { Problem: problemAnswer() },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-pve-console' },
        plainSession: { type: 'apiKey', in: 'cookie', name: 'pve-console' },
      },
    },
  }
}

function describeRoute(route: Route): Json {
  const answers = Object.entries(route.answers).map(([status, schema]) => [
    status,
    describeAnswer(schema, route),
  ])
  const parameters = [...pathParameters(route.path), ...queryParameters(route)]
  return {
    summary: route.about,
    ...(route.access === 'anybody' ? {} : { security: [{ session: [] }, { plainSession: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body ? { requestBody: { required: true, content: jsonOf(route.body) } } : {}),
    responses: {
      ...Object.fromEntries(answers),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function describeAnswer(schema: v.GenericSchema | null, { socket, events }: Route): Json {
  if (socket) return { description: `A WebSocket. Close codes: ${closeCodes()}` }
  if (events) return { description: 'Server-sent events.', content: streamOf(events) }
  if (!schema) return { description: 'Done.' }
  return { description: 'As asked for.', content: jsonOf(schema) }
}

function closeCodes(): string {
  const codes = new Map<number, string[]>()
  for (const [code, { close }] of Object.entries(FAILURES) as [string, FailureKind][]) {
    codes.set(close, [...(codes.get(close) ?? []), code])
  }
  const sorted = [...codes].sort(([a], [b]) => a - b)
  return sorted.map(([close, reasons]) => `${close} ${reasons.join(', ')}`).join('; ')
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: schemaOf(SEGMENTS[name] ?? v.string()),
  }))
}

function queryParameters({ query }: Route): Json[] {
  return Object.entries(query?.entries ?? {}).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false },
    schema: schemaOf(schema as v.GenericSchema),
  }))
}

function problemAnswer(): Json {
  return {
    description: 'It did not work: `code` is stable, `detail` and `hint` are for people.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

function jsonOf(schema: v.GenericSchema): Json {
  return { 'application/json': { schema: schemaOf(schema) } }
}

/** OpenAPI 3.1 has no word for a stream: each event stands as an object with its name and its data. */
function streamOf(events: Readonly<Record<string, v.GenericSchema>>): Json {
  const oneOf = Object.entries(events).map(([event, schema]) => ({
    type: 'object',
    properties: { event: { const: event }, data: schemaOf(schema) },
    required: ['event', 'data'],
  }))
  return { 'text/event-stream': { schema: { oneOf } } }
}

function schemaOf(schema: v.GenericSchema): Json {
  const {
    $schema: _,
    $defs: __,
    ...rest
  } = toJsonSchema(schema, {
    ...CONVERSION,
    definitions: NAMED,
  })
  return rest
}
