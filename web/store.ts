/** A value that tells its readers when it changes. */
export interface Store<T> {
  get(): T
  set(value: T): void
  subscribe(reader: () => void): () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const readers = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const reader of [...readers]) reader()
    },
    subscribe(reader) {
      readers.add(reader)
      return () => readers.delete(reader)
    },
  }
}
