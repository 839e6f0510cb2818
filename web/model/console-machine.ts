import { type Close, judge } from './close-codes.ts'

/**
 * The life of one console in the browser, as one function from state and event to the next state
 * and what is to be done. It knows no socket, no clock and no DOM.
 */
export type Phase =
  | 'idle'
  | 'connecting'
  | 'live'
  | 'stalled'
  | 'reconnecting'
  | 'host-down'
  | 'guest-away'
  | 'needs-login'
  | 'ended'

export interface ConsoleState {
  readonly phase: Phase
  /** The number of the newest socket; what older ones report is ignored. */
  readonly socket: number
  /** Failures in a row; a picture that stood long enough sets it back. */
  readonly failures: number
  /** Why it is not live; kept while the next try runs. */
  readonly why: Close | undefined
  /** When this phase began, in ms. */
  readonly since: number
  /** When the next try is due, in ms; 0 where none is planned. */
  readonly dueAt: number
  /** When the picture was last live, in ms; 0 if it never was. */
  readonly liveAt: number
}

export type ConsoleEvent = { readonly at: number } & (
  | { readonly type: 'start' | 'timer' | 'online' | 'offline' | 'visible' | 'retry' }
  | { readonly type: 'signed-in' | 'guest-ready' | 'stop' }
  /** The server has not answered anything for a while; it answers again. */
  | { readonly type: 'silent' | 'answers' }
  | { readonly type: 'live'; readonly socket: number }
  | { readonly type: 'closed'; readonly socket: number; readonly close: Close }
  /** What was learnt beside the socket, in its words: the session is over, the guest is gone. */
  | { readonly type: 'told'; readonly close: Close }
)

export type Effect =
  | { readonly do: 'open'; readonly socket: number }
  | { readonly do: 'drop' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'ask-session' }

export interface Step {
  readonly state: ConsoleState
  readonly effects: readonly Effect[]
}

/** Waits before the next try, in ms: short at first for a blip, then no more than every 8 s. */
export const backoff = [500, 1000, 2000, 4000, 8000] as const
/** Share by which a wait varies, so that many pages do not come back in step. */
export const jitter = 0.2
/** A picture that stood this long, in ms, was a success; sooner losses count on. */
export const steadyAfter = 10_000
/** Cut off for longer than this, in ms, a TCP connection is rather dead than asleep. */
export const deadAfter = 10_000

export const idle: ConsoleState = {
  phase: 'idle',
  socket: 0,
  failures: 0,
  why: undefined,
  since: 0,
  dueAt: 0,
  liveAt: 0,
}

/** `random` gives 0 to 1, as Math.random does. */
export function step(state: ConsoleState, event: ConsoleEvent, random: () => number): Step {
  const { at } = event
  switch (event.type) {
    case 'start':
      return state.phase === 'idle' ? open({ ...state, failures: 0 }, at) : stay(state)
    case 'stop':
      return state.phase === 'idle'
        ? stay(state)
        : { state: { ...idle, socket: state.socket, since: at }, effects: [{ do: 'drop' }] }
    case 'live':
      return state.phase === 'connecting' && event.socket === state.socket
        ? stay({ ...state, phase: 'live', why: undefined, since: at, liveAt: at })
        : stay(state)
    case 'closed':
      return hasSocket(state) && event.socket === state.socket
        ? afterClose(lost(state, at), event.close, at, random)
        : stay(state)
    case 'told':
      return told(state, event.close, at, random)
    case 'timer':
      return isWaiting(state) && at >= state.dueAt ? open(state, at) : stay(state)
    case 'visible':
      return isWaiting(state) ? open(state, at) : stay(state)
    case 'online':
      return online(state, at)
    case 'offline':
      return stall(state, undefined, at)
    case 'silent':
      return stall(state, cutLine, at)
    case 'answers':
      return state.phase === 'stalled' ? online(state, at) : stay(state)
    case 'retry':
      return retry(state, at)
    case 'signed-in':
      return state.phase === 'needs-login' ? open({ ...state, failures: 0 }, at) : stay(state)
    case 'guest-ready':
      return guestReady(state, at, random)
  }
}

/** No answer and no reason for it. */
const cutLine: Close = { code: 1006, reason: '' }

function stall(state: ConsoleState, why: Close | undefined, at: number): Step {
  return stay(state.phase === 'live' ? { ...state, phase: 'stalled', why, since: at } : state)
}

function stay(state: ConsoleState): Step {
  return { state, effects: [] }
}

function hasSocket(state: ConsoleState): boolean {
  return state.phase === 'connecting' || state.phase === 'live' || state.phase === 'stalled'
}

function isWaiting(state: ConsoleState): boolean {
  return state.phase === 'reconnecting' || state.phase === 'host-down'
}

function open(state: ConsoleState, at: number): Step {
  const socket = state.socket + 1
  return {
    state: { ...state, phase: 'connecting', socket, since: at, dueAt: 0 },
    effects: [{ do: 'open', socket }],
  }
}

function lost(state: ConsoleState, at: number): ConsoleState {
  if (state.phase === 'connecting') {
    return state
  }
  return { ...state, failures: at - state.liveAt >= steadyAfter ? 0 : state.failures, liveAt: at }
}

function afterClose(state: ConsoleState, why: Close, at: number, random: () => number): Step {
  const verdict = judge(why)
  const base = { ...state, why, since: at, dueAt: 0, failures: state.failures + 1 }
  switch (verdict.next) {
    case 'end':
      return stay({ ...base, phase: 'ended' })
    case 'sign-in':
      return stay({ ...base, phase: 'needs-login' })
    case 'wait-guest':
      return stay({ ...base, phase: 'guest-away', failures: awayInARow(state) })
    case 'at-once':
      // A guest that moves again and again must not make a loop of it.
      return state.failures === 0 ? open(base, at) : wait(base, 'reconnecting', at, random)
    case 'host-down':
      return wait(base, 'host-down', at, random)
    case 'retry': {
      const next = wait(base, 'reconnecting', at, random)
      return verdict.unexplained
        ? { state: next.state, effects: [...next.effects, { do: 'ask-session' }] }
        : next
    }
  }
}

/** A guest that is off is no failure, but one that is off again right after it was on counts. */
function awayInARow(state: ConsoleState): number {
  const again = state.phase === 'connecting' && state.why && judge(state.why).next === 'wait-guest'
  return again ? state.failures + 1 : 1
}

function wait(state: ConsoleState, phase: Phase, at: number, random: () => number): Step {
  const plain = backoff[Math.min(state.failures, backoff.length) - 1] ?? backoff[0]
  const ms = Math.round(plain * (1 - jitter + 2 * jitter * random()))
  return {
    state: { ...state, phase, since: at, dueAt: at + ms },
    effects: [{ do: 'wait', ms }],
  }
}

function told(state: ConsoleState, close: Close, at: number, random: () => number): Step {
  const trying = state.phase === 'connecting' && state.failures > 0
  if (!trying && !isWaiting(state) && state.phase !== 'guest-away') {
    return stay(state)
  }
  const next = afterClose(state, close, at, random)
  return trying ? { state: next.state, effects: [{ do: 'drop' }, ...next.effects] } : next
}

function online(state: ConsoleState, at: number): Step {
  if (isWaiting(state)) {
    return open(state, at)
  }
  if (state.phase !== 'stalled') {
    return stay(state)
  }
  if (at - state.since < deadAfter) {
    return stay({ ...state, phase: 'live', why: undefined, since: at })
  }
  return reopen(state, at)
}

/** Lets a connection go that is rather dead, and makes a new one. */
function reopen(state: ConsoleState, at: number): Step {
  const next = open({ ...state, why: cutLine, liveAt: state.since }, at)
  return { state: next.state, effects: [{ do: 'drop' }, ...next.effects] }
}

function retry(state: ConsoleState, at: number): Step {
  if (state.phase === 'stalled') return reopen(state, at)
  const ready = isWaiting(state) || state.phase === 'ended' || state.phase === 'guest-away'
  return ready ? open(state, at) : stay(state)
}

function guestReady(state: ConsoleState, at: number, random: () => number): Step {
  if (state.phase !== 'guest-away') {
    return stay(state)
  }
  // PVE may report a guest as running before its screen can be had: then tries spread out.
  return state.failures <= 1 ? open(state, at) : wait(state, 'reconnecting', at, random)
}
