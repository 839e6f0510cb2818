import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { Realm } from '../../src/http/contract.ts'
import { useApp } from '../state.ts'

export interface Realms {
  readonly state: 'asking' | 'failed' | 'known'
  /** Empty unless known. */
  readonly list: readonly Realm[]
  readonly askAgain: () => void
}

const none: readonly Realm[] = []

/** The realms of a host, asked for when it is first seen. */
export function useRealms(host: string): Realms {
  const { api } = useApp()
  const [found, setFound] = useState<Pick<Realms, 'state' | 'list'>>({
    state: 'asking',
    list: none,
  })
  const ask = async () => {
    setFound({ state: 'asking', list: none })
    const answer = await api.realms(host)
    const list = answer.ok ? answer.value : none
    setFound({ state: list.length > 0 ? 'known' : 'failed', list })
  }
  useLayoutEffect(() => void ask(), [host])
  return { ...found, askAgain: () => void ask() }
}
