import { useState } from 'hono/jsx/dom'

/** A choice among `values` that this browser remembers under `key`; the first of them where there is none. */
export function useRemembered<T extends string>(
  key: string,
  values: readonly [T, ...T[]],
): [T, (value: T) => void] {
  const [value, setValue] = useState(() => recall(key, values))
  const choose = (next: T) => {
    setValue(next)
    try {
      localStorage.setItem(key, next)
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
  }
  return [value, choose]
}

function recall<T extends string>(key: string, values: readonly [T, ...T[]]): T {
  try {
    const kept = localStorage.getItem(key)
    return values.find((value) => value === kept) ?? values[0]
  } catch {
    // As above.
    return values[0]
  }
}
