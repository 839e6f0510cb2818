import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { describeApi } from '../../src/http/openapi.ts'
import { ROUTES, type Route } from '../../src/http/routes.ts'
import { Rig } from './rig.ts'

type Json = { readonly [name: string]: Json } & { readonly [index: number]: Json }

/** Everything that a document refers to by name. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' ? [String(inner)] : references(inner),
  )
}

describe('the description of the API', () => {
  test('is served, below the sub-path that people use', async () => {
    const rig = new Rig('public_url = "https://x.example/pve"')
    const answer = await rig.ask('/pve/api/openapi.json')
    const document = (await answer.json()) as Json
    assert.equal(document.openapi as unknown, '3.1.0')
    assert.deepEqual(document.servers, [{ url: '/pve' }])
  })

  test('has every route of the table, and nothing that is not there', () => {
    const { paths } = describeApi('') as { readonly paths: Json }
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const served = ROUTES.map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    )
    assert.deepEqual(described.sort(), served.sort())
  })

  test('refers to what it contains', () => {
    const document = describeApi('')
    const all = new Set(references(document))
    assert.ok(all.has('#/components/schemas/Guest'))
    for (const reference of all) {
      const found = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((at, name) => (at as Json | undefined)?.[name], document)
      assert.ok(found, reference)
    }
  })

  test('says what a body must be, to the letter', () => {
    const text = JSON.stringify(describeApi(''))
    assert.match(text, /"maxLength":1024/)
    assert.match(text, /"additionalProperties":false/)
    assert.match(text, /4401 not_signed_in, session_expired, signed_out/)
  })

  test('tells strangers nothing of what runs here', () => {
    assert.doesNotMatch(JSON.stringify(describeApi('')), /0\.1\.0|Bun|Deno|home/)
  })
})

describe('what is served is as described', () => {
  const readable = ROUTES.filter(
    ({ method, socket, events }) => method === 'GET' && !socket && !events,
  )
  const examples: Readonly<Record<string, string>> = { host: 'home', vmid: '100' }
  const exampleOf = ({ path }: Route): string =>
    path.replaceAll(/:(\w+)/g, (_, name: string) => examples[name] ?? name)

  for (const route of readable.filter(({ path }) => !/:upid|certificate/.test(path))) {
    test(route.path, async () => {
      const rig = new Rig()
      const { answering } = rig.home
      rig.home.answering = (call) =>
        call.path.endsWith('/status/current')
          ? { ...answering({ ...call, path: '/version' }), body: '{"data":{"status":"running"}}' }
          : call.path.includes('/config')
            ? { ...answering({ ...call, path: '/version' }), body: '{"data":{}}' }
            : answering(call)
      await rig.enter()
      const answer = await rig.ask(exampleOf(route))
      const schema = route.answers[answer.status]
      assert.ok(schema, `${answer.status} ${await answer.clone().text()}`)
      const { issues } = v.safeParse(schema, await answer.json())
      assert.equal(issues, undefined)
    })
  }
})
