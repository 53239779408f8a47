/** What comes about by itself after some time; it holds no process. */
export interface Timers {
  after(milliseconds: number, act: () => void): void
  /** Makes everything due that much earlier, and does what is due then before it returns. */
  passTime(milliseconds: number): void
}

/** No timers yet. */
export function createTimers(): Timers {
  let pending: { dueAt: number; act: () => void; timeout: NodeJS.Timeout }[] = []

  const after = (milliseconds: number, act: () => void): void => {
    const timer = {
      dueAt: Date.now() + milliseconds,
      act,
      timeout: setTimeout(() => {
        pending = pending.filter(other => other !== timer)
        act()
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
        if (left <= 0) act()
        else after(left, act)
      }
    },
  }
}
