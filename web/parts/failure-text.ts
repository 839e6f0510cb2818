import type { ApiError } from '../api.ts'
import type { Texts } from '../i18n/en.ts'
import type { ReasonKey } from '../i18n/en-reasons.ts'
import { fill } from '../i18n/fill.ts'
import { plainLine } from '../model/format.ts'

/** A failed call, as far as it takes to say so. */
type Failed = Pick<ApiError, 'code' | 'message' | 'id'>

/** A failed call as a sentence of ours; the server's own words only for codes we do not know. */
export function failureText(
  error: Failed,
  texts: Texts,
  values: Readonly<Record<string, string>> = {},
): { title: string; detail: string } {
  const known = isReason(error.code, texts.reason) ? error.code : undefined
  const key = known ?? (error.id === '' ? undefined : 'internal')
  if (!key) {
    return { title: plainLine(error.message, 300) || texts.reason.unreadable.title, detail: '' }
  }
  const all = { ...values, id: error.id }
  return { title: fill(texts.reason[key].title, all), detail: fill(texts.reason[key].detail, all) }
}

function isReason(code: string, reasons: Texts['reason']): code is ReasonKey {
  return Object.hasOwn(reasons, code)
}
