const secondMs = 1000
const dayMs = 86_400 * secondMs

/** Another day for the tests. */
export interface OtherDay {
  /** When the clock starts. */
  at: Date
  /** The time zone, if it isn't the machine's. */
  zone?: string
}

/** How long before the end of a year, or of winter time, the clock starts: the tests take longer, so that it passes while they run. */
const beforeMs = 10 * secondMs

const later = (now: Date, days: number, ms = 0): Date => new Date(now.getTime() + days * dayMs + ms)

/** The days on which each run of `.ci/run` tests, by name. */
const ofEachRun: Record<string, (now: Date) => OtherDay> = {
  tomorrow: now => ({ at: later(now, 1) }),
  'in 40 days': now => ({ at: later(now, 40) }),
  '29 February': now => ({ at: findDay(now, isLeapDay) }),
  '31 December': now => ({ at: new Date(Date.UTC(now.getUTCFullYear() + 1, 0, 1) - beforeMs) }),
  // Summer time begins on the last Sunday of September, which is still Saturday in UTC: 14:00 there is 2 o'clock.
  'Pacific/Auckland': now => ({
    at: later(findDay(now, isBeforeSummerTime, 14), 0, -beforeMs),
    zone: 'Pacific/Auckland',
  }),
}

/** The names of those days. */
export const namesOfEachRun = Object.keys(ofEachRun)

/** Every day by name: also that of the scheduled workflow. */
export const otherDays: Record<string, (now: Date) => OtherDay> = {
  ...ofEachRun,
  'in 400 days': now => ({ at: later(now, 400) }),
}

const isLeapDay = (day: Date): boolean => day.getUTCMonth() === 1 && day.getUTCDate() === 29

/** The Saturday before the last Sunday of September. */
const isBeforeSummerTime = (day: Date): boolean =>
  day.getUTCDay() === 6 && later(day, 1).getUTCMonth() === 8 && later(day, 8).getUTCMonth() === 9

/** The next such day after today, at an hour; both in UTC. */
function findDay(now: Date, isIt: (day: Date) => boolean, hour = 12): Date {
  for (let days = 1; ; days += 1) {
    const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, hour))
    if (isIt(day)) return day
  }
}
