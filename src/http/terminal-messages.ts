/** What a page and its terminal say to each other in text, beside the bytes. */
import * as v from 'valibot'

const Position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Cells = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))

/** What a page says to its terminal beside the keys; positions count output bytes since it was opened. */
export const TerminalControl = v.variant('type', [
  v.strictObject({ type: v.literal('resize'), cols: Cells, rows: Cells }),
  v.strictObject({ type: v.literal('received'), position: Position }),
])
export type TerminalControl = v.InferOutput<typeof TerminalControl>

/** The first thing a page says that wants its kept terminal back. */
export const TerminalResume = v.strictObject({
  type: v.literal('resume'),
  console: v.string(),
  secret: v.string(),
  received: Position,
})
export type TerminalResume = v.InferOutput<typeof TerminalResume>

/** What a terminal says to its page beside the output. */
export const TerminalMessage = v.variant('type', [
  v.object({
    type: v.literal('ready'),
    console: v.string(),
    secret: v.string(),
    position: Position,
    resumed: v.boolean(),
  }),
  v.object({ type: v.literal('skipped'), bytes: v.number(), position: Position }),
])
export type TerminalMessage = v.InferOutput<typeof TerminalMessage>
