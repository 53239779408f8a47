import { setTimeout } from 'node:timers/promises'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Moves the action's clock. */
const movedTo = (startMs: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    const { now } = Date
    const offset = ${startMs} - now()
    Date.now = () => now() + offset
  `)}`,
})

/** A run of a workflow, with all its jobs; its clock starts in the night of a day, or is that of the machine. */
export const inRun = (run: number, day?: string): { environment: Record<string, string> } => ({
  environment: { GITHUB_RUN_ID: String(run), ...(day !== undefined && movedTo(Date.parse(`${day}T03:17:00Z`))) },
})

/** How long before midnight no night begins, in milliseconds: a scenario of some nights takes a part of it. */
const lateMs = minuteMs

/**
 * The runs of a nightly workflow in one scenario are in the same night: a run that sees the same drift on the next day writes something. A scenario
 * that would begin right before midnight in UTC waits for it. Its clock can't be moved instead: the action goes by GitHub's.
 */
export async function waitForMidnight(): Promise<void> {
  const leftMs = dayMs - (Date.now() % dayMs)
  if (leftMs <= lateMs) await setTimeout(leftMs + 1000)
}
