import { useLayoutEffect, useRef, useState } from 'hono/jsx/dom'
import type { Certificate, HostSummary } from '../../src/http/contract.ts'
import type { ApiError } from '../api.ts'
import { useApp } from '../state.ts'
import { poll } from './clock.ts'

/** How often a host is looked at while the page about it is seen, in ms: as often as the server does. */
const lookEvery = 5000
/** For how long, in ms, a check asked for by hand goes on: the server looks itself once in that time. */
const checkFor = 6000
const checkEvery = 1000

/** What is known of a host and of the certificate it shows. */
export interface Look {
  readonly host: HostSummary | undefined
  /** Undefined where it has shown none yet, and to strangers once it is trusted. */
  readonly certificate: Certificate | undefined
}

export interface Trust {
  /** Undefined until the first answer. */
  readonly look: Look | undefined
  readonly error: ApiError | undefined
  /** A check asked for by hand is under way. */
  readonly busy: boolean
  /** Looks until the host is ready, but not for ever; resolves to whether it is. */
  check(): Promise<boolean>
}

/** Looks at a host again and again, so that the page follows what an administrator does elsewhere. */
export function useTrust(key: string): Trust {
  const app = useApp()
  const [look, setLook] = useState<Look | undefined>(undefined)
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const over = useRef(false)
  const once = async (): Promise<boolean> => {
    const [hosts, shown] = await Promise.all([app.askHosts(), app.api.certificate(key)])
    if (over.current) return false
    setError(hosts.ok ? undefined : hosts.error)
    if (!hosts.ok) return false
    const host = hosts.value.find((each) => each.key === key)
    setLook({ host, certificate: shown.ok ? shown.value : undefined })
    return host?.state === 'ready'
  }
  useLayoutEffect(() => {
    over.current = false
    const stop = poll(async () => void (await once()), lookEvery)
    return () => {
      over.current = true
      stop()
    }
  }, [])
  const check = async () => {
    setBusy(true)
    const until = performance.now() + checkFor
    let ready = await once()
    while (!ready && !over.current && performance.now() < until) {
      await new Promise((resolve) => window.setTimeout(resolve, checkEvery))
      ready = await once()
    }
    setBusy(false)
    return ready
  }
  return { look, error, busy, check }
}
