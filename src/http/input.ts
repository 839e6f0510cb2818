/** Reading what a request says. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { Failure } from '../errors.ts'
import { parseStrictJson } from '../json.ts'
import { Vmid } from './contract.ts'
import type { Env } from './deps.ts'

/** A part of the path; the route table guarantees it. */
export function param(c: Context<Env>, name: string): string {
  return c.req.param(name) ?? ''
}

/** The guest's number in the path. Throws Failure bad_request. */
export function vmidParam(c: Context<Env>): number {
  const text = param(c, 'vmid')
  const parsed = v.safeParse(Vmid, /^\d+$/.test(text) ? Number(text) : Number.NaN)
  if (!parsed.success) {
    throw new Failure('bad_request', { detail: 'A guest has a number from 100 to 999999999.' })
  }
  return parsed.output
}

/** The JSON body by a schema. Throws Failure bad_request that names what is wrong, not what was sent. */
export async function readBody<S extends v.GenericSchema>(
  c: Context<Env>,
  schema: S,
): Promise<v.InferOutput<S>> {
  const parsed = v.safeParse(schema, parseStrictJson(await c.req.text()))
  if (parsed.success) return parsed.output
  const paths = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the body')
  const named = paths.map((path) => (/^[\w. -]{1,40}$/.test(path) ? path : 'an unknown key'))
  throw new Failure('bad_request', {
    detail: `Not as expected: ${[...new Set(named)].slice(0, 5).join(', ')}.`,
  })
}
