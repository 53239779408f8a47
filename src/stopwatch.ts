import type { Clock } from 'kernel'
import type { Run } from 'run-model'

/** Stages shorter than this had nothing to do, in milliseconds. */
const minStageMs = 50

export type Stopwatch = ReturnType<typeof createStopwatch>

/** Records the duration of each stage, by default from now on, even if it fails, unless it had nothing to do. */
export function createStopwatch(clock: Clock) {
  const stages: Run['stages'][number][] = []
  const stage = async <T>(name: string, work: () => Promise<T>, startedAt = clock.now()): Promise<T> => {
    try {
      return await work()
    } finally {
      const finishedAt = clock.now()
      if (finishedAt - startedAt >= minStageMs) stages.push({ name, startedAt, finishedAt })
    }
  }
  return { stage, stages }
}
