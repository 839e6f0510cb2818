/** What looks like a link in a terminal's text; only https is one. */
export const linkPattern = /https:\/\/[^\s"'<>`{}|\\^[\]]+[^\s"'<>`{}|\\^[\].,;:!?)]/

/** A link as it may be offered; undefined for whatever is not https, or hides who it leads to. */
export function safeLink(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const honest = url.username === '' && url.password === ''
  return url.protocol === 'https:' && honest ? url : undefined
}
