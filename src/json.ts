/** What a JSON text holds; undefined where it is none, which no schema of ours accepts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Objects and arrays within one another in what we are told; none of our schemas needs more. */
const MAX_DEPTH = 8

/**
 * What a JSON text of a stranger holds; undefined also where it is nested deeper than eight, or names a key
 * twice, for two readers of it might then see two things (RFC 8259 section 4).
 */
export function parseStrictJson(text: string): unknown {
  const value = parseJson(text)
  return value !== undefined && isPlain(text) ? value : undefined
}

/** A string with what makes it a key, or a bracket; all that the rest of a valid text can hold is neither. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs

function isPlain(text: string): boolean {
  /** The keys of each object that is open; an array has none. */
  const open: Set<unknown>[] = []
  for (const [token, string, isKey] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (isKey !== undefined && string !== undefined) {
      const keys = open.at(-1)
      // The same key may be written in several ways.
      const key: unknown = JSON.parse(string)
      if (keys?.has(key)) return false
      keys?.add(key)
    }
    if (open.length > MAX_DEPTH) return false
  }
  return true
}
