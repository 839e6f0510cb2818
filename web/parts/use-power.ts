import { useLayoutEffect, useState } from 'hono/jsx/dom'
import type { PowerAction } from '../../src/http/contract.ts'
import type { ApiError } from '../api.ts'
import type { ConsoleElement } from '../elements/console-element.ts'
import { useConsoleTexts } from '../i18n/console-texts.ts'
import { lastWords, type PowerNote } from '../model/power-note.ts'
import type { ConsoleTarget } from '../model/route.ts'
import { useApp } from '../state.ts'
import { poll } from './clock.ts'
import { failureText } from './failure-text.ts'

/** How often a task is asked for until it has ended, in ms. */
const followEvery = 1000

interface Followed {
  readonly upid: string
  readonly action: PowerAction
}

/**
 * A guest's power: the task is followed to its end, and then the guest is looked at.
 * What is noted goes when the guest's state has changed.
 */
export function usePower(props: {
  target: ConsoleTarget
  /** The host's name, for the sentences. */
  host: string
  status: string | undefined
  lookAtGuest: () => Promise<void>
  element: { current: ConsoleElement | null }
}): {
  note: PowerNote | undefined
  ask: (action: PowerAction) => Promise<void>
  forget: () => void
} {
  const { target, status, lookAtGuest, element } = props
  const { api } = useApp()
  const texts = useConsoleTexts()
  const [note, setNote] = useState<PowerNote | undefined>(undefined)
  const [task, setTask] = useState<Followed | undefined>(undefined)
  const end = (last: PowerNote | undefined) => {
    setTask(undefined)
    setNote(last)
  }
  useLayoutEffect(() => end(undefined), [status])
  const giveUp = (action: PowerAction, error: ApiError) => {
    if (error.status === 401) {
      element.current?.tellWhy(4401, error.code)
      return end(undefined)
    }
    const refused = failureText(error, texts, { host: props.host })
    // The sentence of this code is about the console, which may be opened.
    const said =
      error.code === 'forbidden'
        ? { title: texts.band.notAllowed, detail: texts.band.noPowerRight }
        : refused
    end({ kind: 'refused', action, ...said })
  }
  useLayoutEffect(() => {
    if (!task) return
    let over = false
    const follow = async () => {
      const answer = await api.task(target.host, task.upid)
      if (over) return
      // No answer, or PVE is busy: the task goes on without us and is asked for again.
      if (!answer.ok && (answer.error.status === 0 || answer.error.status >= 500)) return
      if (!answer.ok) return giveUp(task.action, answer.error)
      if (answer.value.state === 'running') return
      stop()
      if (answer.value.state === 'failed') {
        return end({ kind: 'failed', action: task.action, words: lastWords(answer.value) })
      }
      await lookAtGuest()
      if (!over) end(undefined)
    }
    const stop = poll(follow, followEvery)
    return () => {
      over = true
      stop()
    }
  }, [task])
  const ask = async (action: PowerAction) => {
    if (!('vmid' in target)) return
    setNote({ kind: 'asked', action })
    const answer = await api.power(target.host, target.vmid, action)
    if (answer.ok) return setTask({ upid: answer.value.task, action })
    giveUp(action, answer.error)
    if (answer.error.code === 'wrong_state') await lookAtGuest()
  }
  return { note, ask, forget: () => end(undefined) }
}
