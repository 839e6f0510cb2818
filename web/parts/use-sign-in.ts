import { useState } from 'hono/jsx/dom'
import type { ChallengeAnswer, FactorMethod, SignedIn } from '../../src/http/contract.ts'
import type { Answer, ApiError } from '../api.ts'
import { cleanCode, type TypedFactor } from '../model/sign-in.ts'
import { useApp } from '../state.ts'

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
  /** Back to the password. */
  reset(): void
}

/** The two steps of a sign-in to one host; `done` is called once it holds. */
export function useSignIn(host: string, done: (signedIn: SignedIn) => void): SignIn {
  const { api } = useApp()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | undefined>(undefined)
  const [blockedUntil, setBlockedUntil] = useState(0)
  const [challenge, setChallenge] = useState<Challenge | undefined>(undefined)

  const take = (answer: Answer<SignedIn | ChallengeAnswer>) => {
    setBusy(false)
    if (!answer.ok) {
      setError(answer.error)
      if (answer.error.code === 'challenge_expired') setChallenge(undefined)
      if (answer.error.retryAfter > 0) {
        setBlockedUntil(performance.now() + answer.error.retryAfter * 1000)
      }
    } else if ('challenge' in answer.value) {
      setChallenge(answer.value.challenge)
    } else {
      done(answer.value)
    }
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
      take(await api.signIn(host, { username, realm, password }))
    },
    async answer(method, code) {
      if (!challenge) return
      begin()
      take(await api.answerChallenge(host, { id: challenge.id, method, response: cleanCode(code) }))
    },
    reset() {
      setChallenge(undefined)
      setError(undefined)
    },
  }
}
