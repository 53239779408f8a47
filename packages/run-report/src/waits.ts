import { plural } from 'texts'
import { formatElapsed, type Clock } from 'kernel'
import { type Logger, withTime } from 'runner'
import { formatCount } from './narration.js'

/** Minimum pause between two lines if nothing changes, in milliseconds. A pause is a tenth of the wait, so that an hour takes fewer than 50 lines. */
export const minPauseMs = 30_000

/** Maximum number of changes that a stage prints at once; later ones are told at the next pause. */
const maxNews = 20

/** Maximum number of successes that are printed one by one; above it, the log has the number, and the report has all. */
const maxGoodLines = 50

/** What was last heard of something that is waited for. */
interface Wait {
  text: string
  /** When the step gives up, in ms since the epoch; undefined if it does not wait for a change. */
  until: number | undefined
}

/**
 * Prints what a stage waits for: what is heard of it first and whatever changes, the same again at growing pauses with the time that is left, and how it
 * ended. Times count from `begin`.
 * @param counted what the successes are, if there are too many to print: `written`
 */
export function createWaits(log: Logger, clock: Clock, counted: string) {
  const waiting = new Map<unknown, Wait>()
  let startedAt = clock.now()
  let printedAt = startedAt
  let hasBegun = false
  let news = 0
  let good = 0
  const elapsedMs = (now = clock.now()): number => now - startedAt
  const isDue = (): boolean => clock.now() - printedAt >= Math.max(minPauseMs, elapsedMs() / 10)
  const print = (text: string): void => {
    printedAt = clock.now()
    log.line(`  ${text}`)
  }
  const printWait = ({ text, until = 0 }: Wait, others: number): void => {
    const leftMs = until - clock.now()
    const left = leftMs > 0 ? `; ${formatElapsed(leftMs)} left` : ''
    const more = others > 0 ? `; ${plural(others, 'other')} waiting, too` : ''
    print(`${formatElapsed(elapsedMs())}  ${text}${left}${more}`)
  }
  const begin = (title: string | undefined): void => {
    hasBegun = true
    startedAt = clock.now()
    printedAt = startedAt
    if (title !== undefined) log.section(title, [])
  }
  /** Notes what is waited for without a line. @param leftMs how long the step still waits; undefined if nothing can change */
  const expect = (what: unknown, text: string, leftMs: number | undefined): Wait => {
    const wait = { text, until: leftMs === undefined ? undefined : clock.now() + leftMs }
    waiting.set(what, wait)
    return wait
  }
  return {
    elapsedMs,
    begin,
    beginOnce(title: string): void {
      if (!hasBegun) begin(title)
    },
    expect,
    heard(what: unknown, text: string, leftMs: number | undefined): void {
      const isNews = waiting.get(what)?.text !== text && news < maxNews
      const wait = expect(what, text, leftMs)
      if (isNews) news += 1
      if (isNews || isDue()) printWait(wait, isNews ? 0 : waiting.size - 1)
    },
    /** Tells what was heard last, for those from whom nothing has been heard since. */
    remind(): void {
      const [first] = waiting.values()
      if (first && isDue()) printWait(first, waiting.size - 1)
    },
    ended(what: unknown, text: string, { isFailed, tookMs }: { isFailed: boolean; tookMs: number }): void {
      waiting.delete(what)
      if (!isFailed) good += 1
      if (isFailed || good <= maxGoodLines) print(withTime(text, tookMs))
      else if (good === maxGoodLines + 1) print('… the report lists all')
      else if (isDue()) print(`${formatElapsed(elapsedMs())}  ${formatCount(good)} ${counted}`)
    },
    /** Waits for it no longer. @returns whether something else is waited for */
    leave(what: unknown): boolean {
      waiting.delete(what)
      return waiting.size > 0
    },
  }
}
