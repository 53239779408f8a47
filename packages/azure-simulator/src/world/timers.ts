/** Delayed actions; they don't keep the process running. */
export interface Timers {
  /** `act` gets how long ago it was due: `passTime` may pass more time than was left. */
  after(milliseconds: number, act: (lateMs: number) => void): void
  /** Advances all timers, and runs those that are due before it returns. */
  passTime(milliseconds: number): void
}

export function createTimers(): Timers {
  let pending: { dueAt: number; act: (lateMs: number) => void; timeout: NodeJS.Timeout }[] = []

  const after = (milliseconds: number, act: (lateMs: number) => void): void => {
    const timer = {
      dueAt: Date.now() + milliseconds,
      act,
      timeout: setTimeout(() => {
        pending = pending.filter(other => other !== timer)
        act(0)
      }, milliseconds).unref(),
    }
    pending.push(timer)
  }
  return {
    after,
    passTime(milliseconds) {
      const before = pending
      pending = []
      for (const { dueAt, act, timeout } of before) {
        clearTimeout(timeout)
        const left = dueAt - milliseconds - Date.now()
        if (left <= 0) act(-left)
        else after(left, act)
      }
    },
  }
}
