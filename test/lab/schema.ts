/** Parameter verification with PVE's texts, and the errors an API call can end with. */
export interface Rule {
  /** The major version that brought it. */
  readonly since?: number
  readonly type: 'string' | 'integer' | 'boolean'
  readonly optional?: true
  readonly min?: number
  readonly max?: number
  readonly maxLength?: number
  readonly values?: readonly string[]
  /** Only root@pam, signed in with a ticket, may send it. */
  readonly rootOnly?: true
}

export type Rules = Readonly<Record<string, Rule>>
export type Params = Readonly<Record<string, string>>

/** An API call's failure: `message` becomes the reason phrase, and the body where there is one. */
export class ApiError extends Error {
  readonly status: number
  readonly errors: Readonly<Record<string, string>> | undefined
  /** Answers without a body come from the proxying between nodes. */
  readonly bare: boolean

  constructor(
    status: number,
    message: string,
    options: { errors?: Record<string, string>; bare?: boolean } = {},
  ) {
    super(message)
    this.status = status
    this.errors = options.errors
    this.bare = options.bare ?? false
  }
}

export const vmid: Rule = { type: 'integer', min: 100, max: 999_999_999 }
export const node: Rule = { type: 'string' }
export const flag: Rule = { type: 'boolean', optional: true }
export const rootFlag: Rule = { type: 'boolean', optional: true, rootOnly: true }
export const rootText: Rule = { type: 'string', optional: true, rootOnly: true }
export const text: Rule = { type: 'string', optional: true }
export const count: Rule = { type: 'integer', optional: true, min: 0 }

const booleans: Readonly<Record<string, string>> = {
  ...{ 1: '1', on: '1', yes: '1', true: '1' },
  ...{ 0: '0', off: '0', no: '0', false: '0' },
}

/** The parameters with booleans as 1 and 0; throws the 400 that names every wrong one. */
export function verifyParams(params: Params, rules: Rules, isRoot: boolean): Params {
  const errors: Record<string, string> = {}
  const verified: Record<string, string> = {}
  for (const [name, rule] of Object.entries(rules)) {
    if (params[name] === undefined && !rule.optional) {
      errors[name] = 'property is missing and it is not optional'
    }
  }
  for (const [name, value] of Object.entries(params)) {
    const rule = rules[name]
    const error = rule
      ? judge(value, rule)
      : 'property is not defined in schema and the schema does not allow additional properties'
    if (error) errors[name] = error
    else verified[name] = rule?.type === 'boolean' ? (booleans[value.toLowerCase()] ?? '0') : value
  }
  if (Object.keys(errors).length > 0) throw badParams(errors)
  for (const [name, value] of Object.entries(verified)) {
    if (rules[name]?.rootOnly && !isRoot && value !== '0') {
      throw badParams({ [name]: 'Only root may use this option.' })
    }
  }
  return verified
}

export function badParams(errors: Record<string, string>): ApiError {
  return new ApiError(400, 'Parameter verification failed.', { errors })
}

function judge(value: string, rule: Rule): string | undefined {
  if (rule.type === 'boolean' && booleans[value.toLowerCase()] === undefined) {
    return `type check ('boolean') failed - got '${value}'`
  }
  if (rule.type === 'integer') return judgeInteger(value, rule)
  if (rule.maxLength !== undefined && value.length > rule.maxLength) {
    return `value may only be ${rule.maxLength} characters long`
  }
  if (rule.values && !rule.values.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${rule.values.join(', ')}'`
  }
  return undefined
}

function judgeInteger(value: string, { min, max }: Rule): string | undefined {
  if (!/^[+-]?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`
  if (min !== undefined && Number(value) < min) return `value must have a minimum value of ${min}`
  if (max !== undefined && Number(value) > max) return `value must have a maximum value of ${max}`
  return undefined
}
