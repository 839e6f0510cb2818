import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { ApiError } from '../api.ts'
import type { Texts } from '../i18n/en.ts'
import type { ProviderReturn, Trip } from '../model/provider.ts'
import { type App, useApp, useTexts } from '../state.ts'
import { failureText } from './failure-text.ts'
import { inTurn } from './in-turn.ts'
import { takeTrip } from './trip.ts'

export interface Arrival {
  /** A sign-in is being finished; nothing else is to be done meanwhile. */
  readonly busy: boolean
  /** What the person had left from; undefined where nothing is known of it. */
  readonly trip: Trip | undefined
  /** Why there is no sign-in. */
  readonly notice: Notice | undefined
}

export interface Notice {
  readonly title: string
  readonly detail: string
}

/** Finishes what an identity provider sent a person back with, and goes on where they were. */
export function useArrival(): Arrival {
  const app = useApp()
  const texts = useTexts()
  const [{ returned, trip }] = useState(() => arrive(app))
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const coded = returned?.kind === 'code' ? returned : undefined
  useLayoutEffect(() => {
    if (coded) void finish(app, coded, trip).then(setError)
  }, [])
  return {
    busy: coded !== undefined && error === undefined,
    trip,
    notice: noticeOf(returned, error, trip, app, texts),
  }
}

function arrive(app: App): { returned: ProviderReturn | undefined; trip: Trip | undefined } {
  const returned = app.takeReturn()
  return { returned, trip: returned && takeTrip() }
}

/** Why it did not work; undefined when the page has gone on. */
async function finish(
  app: App,
  { state, code }: { state: string; code: string },
  trip: Trip | undefined,
): Promise<ApiError | undefined> {
  const answer = await inTurn(() => app.api.finishOpenId({ state, code }))
  const hosts = await app.askHosts()
  const isIn = hosts.ok && hosts.value.some((host) => host.user !== null)
  // Whoever gets here by the browser's Back has long been signed in.
  const isOld = !answer.ok && trip === undefined && isIn
  if (!answer.ok && !isOld) return answer.error
  app.go(trip?.back ?? '/', { replace: true })
  return undefined
}

function noticeOf(
  returned: ProviderReturn | undefined,
  error: ApiError | undefined,
  trip: Trip | undefined,
  app: App,
  texts: Texts,
): Notice | undefined {
  if (returned?.kind === 'cancelled') return texts.provider.cancelled
  if (returned?.kind === 'failed') return texts.provider.failed
  if (error?.code === 'login_failed') return texts.provider.refused
  if (!error) return undefined
  const hosts = app.hosts.get()
  const host = hosts.known ? hosts.list.find(({ key }) => key === trip?.host) : undefined
  return failureText(error, texts, { host: host?.label ?? trip?.host ?? 'PVE' })
}
