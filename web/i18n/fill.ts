/**
 * Puts values into a text. `{name}` is a value; where a text has two forms with `|` between,
 * the first is for `n` = 1. A name without value stays out: no text ever shows its braces.
 */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  const forms = text.split('|')
  const form = (forms.length > 1 && values.n !== 1 ? forms[1] : forms[0]) ?? ''
  return form.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
