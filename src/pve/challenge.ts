import * as v from 'valibot'

const Challenge = v.object({
  totp: v.optional(v.unknown()),
  recovery: v.optional(v.unknown()),
  yubico: v.optional(v.unknown()),
  webauthn: v.optional(v.unknown()),
  u2f: v.optional(v.unknown()),
})

export type Factor = keyof v.InferOutput<typeof Challenge>

/** The factors that a half-ticket asks for, the easiest first; none where it cannot be read. */
export function factorsOf(ticket: string): Factor[] {
  const encoded = ticket.split(':')[1] ?? ''
  if (!encoded.startsWith('!tfa!')) return []
  try {
    const json: unknown = JSON.parse(decodeURIComponent(encoded.slice('!tfa!'.length)))
    const challenge = v.parse(Challenge, json)
    const offered = (factor: Factor): boolean => {
      const value = challenge[factor]
      return Array.isArray(value) ? value.length > 0 : Boolean(value)
    }
    return (['totp', 'yubico', 'recovery', 'webauthn', 'u2f'] as const).filter(offered)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof URIError || v.isValiError(error)) return []
    throw error
  }
}
