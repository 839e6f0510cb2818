import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { ChallengeAnswer, FactorMethod, SignedIn } from '../../src/http/contract.ts'
import { type Answer, ApiError } from '../api.ts'
import { leadsOut } from '../model/provider.ts'
import { cleanCode, type TypedFactor } from '../model/sign-in.ts'
import { useApp } from '../state.ts'
import { inTurn } from './in-turn.ts'
import { keepTrip } from './trip.ts'

export interface Challenge {
  readonly id: string
  readonly methods: readonly FactorMethod[]
}

export interface SignIn {
  readonly busy: boolean
  readonly error: ApiError | undefined
  /** Until when no further try is taken, in ms of the page's clock; 0 when one is. */
  readonly blockedUntil: number
  readonly challenge: Challenge | undefined
  submit(username: string, realm: string, password: string): Promise<void>
  answer(method: TypedFactor, code: string): Promise<void>
  /** Leaves for the identity provider of a realm, which leads back to `back`. */
  leave(realm: string, back: string): Promise<void>
  /** Back to the password. */
  reset(): void
}

/** After that a page that is still here was not left, in ms. */
const leavingTakes = 10_000

/** The two steps of a sign-in to one host; `done` is called once it holds. */
export function useSignIn(host: string, done: (signedIn: SignedIn) => void): SignIn {
  const { api } = useApp()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const [blockedUntil, setBlockedUntil] = useState(0)
  const [challenge, setChallenge] = useState<Challenge | undefined>(undefined)

  // Back from the provider's page, a browser may show this one as it was when it was left.
  useLayoutEffect(() => {
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) setBusy(false)
    }
    window.addEventListener('pageshow', onShow)
    return () => window.removeEventListener('pageshow', onShow)
  }, [])

  const fail = (failure: ApiError) => {
    setBusy(false)
    setError(failure)
    if (failure.code === 'challenge_expired') setChallenge(undefined)
    if (failure.retryAfter > 0) setBlockedUntil(performance.now() + failure.retryAfter * 1000)
  }

  const take = (answer: Answer<SignedIn | ChallengeAnswer>) => {
    if (!answer.ok) return fail(answer.error)
    setBusy(false)
    if ('challenge' in answer.value) setChallenge(answer.value.challenge)
    else done(answer.value)
  }

  const begin = () => {
    setBusy(true)
    setError(undefined)
  }

  return {
    busy,
    error,
    blockedUntil,
    challenge,
    async submit(username, realm, password) {
      begin()
      take(await inTurn(() => api.signIn(host, { username, realm, password })))
    },
    async answer(method, code) {
      if (!challenge) return
      begin()
      const body = { id: challenge.id, method, response: cleanCode(code) }
      take(await inTurn(() => api.answerChallenge(host, body)))
    },
    async leave(realm, back) {
      begin()
      const answer = await api.startOpenId(host, { realm })
      if (!answer.ok) return fail(answer.error)
      const { url } = answer.value
      if (!leadsOut(url)) return fail(new ApiError(answer.status, 'unreadable', 'no address'))
      keepTrip({ host, realm, back })
      location.assign(url)
      // Somebody may stop the page on its way out.
      window.setTimeout(() => setBusy(false), leavingTakes)
    },
    reset() {
      setChallenge(undefined)
      setError(undefined)
    },
  }
}
