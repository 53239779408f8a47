// Runs the unit tests, the samples and some scenarios on another day, with Debian's faketime.
//
//   npm run test:other-days                    on the first of the days
//   PART=3/8 npm run test:other-days           an eighth of the files, on the third
//   npm run test:other-days -- 'in 400 days'   on this day
//
// The processes that tests start have the same day, because the simulator's environment passes it on. kubectl is written in Go and asks the kernel
// instead of libc: it keeps the machine's day, and accepts the simulator's certificates, which are valid for ten years before and after theirs.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'

const dayMs = 86_400_000

/** The clock starts so long before the end of a year, or of winter time: the tests take longer, so that it passes while they run. */
const beforeMs = 10_000

const now = new Date()
const later = (days: number): Date => new Date(now.getTime() + days * dayMs)

/** When the clock starts on each day, by name. `weekly.yml` lists the same names. */
const days: Record<string, () => { at: Date; zone?: string }> = {
  tomorrow: () => ({ at: later(1) }),
  'in 40 days': () => ({ at: later(40) }),
  '29 February': () => ({ at: new Date(Date.UTC(Math.ceil((now.getUTCFullYear() + 1) / 4) * 4, 1, 29, 12)) }),
  '31 December': () => ({ at: new Date(Date.UTC(now.getUTCFullYear() + 1, 0, 1) - beforeMs) }),
  // At 2 o'clock, which is 14:00 of the day before in UTC.
  'Pacific/Auckland': () => ({ at: new Date(startOfSummerTime() - beforeMs), zone: 'Pacific/Auckland' }),
  'in 400 days': () => ({ at: later(400) }),
}

/** When summer time begins in Auckland next year: on the last Sunday of September. In ms since 1970. */
function startOfSummerTime(): number {
  const lastDay = new Date(Date.UTC(now.getUTCFullYear() + 1, 8, 30))
  return lastDay.getTime() - (lastDay.getUTCDay() + 1) * dayMs + 14 * 3_600_000
}

/** What reads the clock: dates in texts and samples, tokens, and the days in the issue. */
const tests = [
  'packages/',
  '__tests__/unit/',
  '__tests__/scenarios/advice/',
  '__tests__/scenarios/issue/nights.long',
  '__tests__/scenarios/attach/attach.test.ts',
  '__tests__/scenarios/sign-in/sign-in-types',
]

const names = Object.keys(days)
const { PART: part = '' } = process.env
const turn = Number.parseInt(part || '1') - 1
const name = process.argv[2] ?? names[turn % names.length] ?? ''
const day = days[name]?.()
if (day === undefined) fail(`${name}: no such day; there are ${names.join(', ')}`)
// A missing one is a failure everywhere: nothing else has another day.
if (spawnSync('faketime', ['--version']).status !== 0) fail('faketime is missing: apt-get install faketime')

const { at, zone } = day
process.stdout.write(`${name}: the clock starts at ${at.toISOString()}${zone ? `, TZ=${zone}` : ''}\n`)
const root = resolve(import.meta.dirname, '../..')
const { status } = spawnSync(
  'faketime',
  [
    // Timers stay as they are, and so do the times of files, which the kernel writes.
    '--exclude-monotonic',
    '--disable-shm',
    // With an offset in seconds, each process reads the same time; one that is given the time of its start begins there again.
    '-f',
    `+${Math.round((at.getTime() - now.getTime()) / 1000)}`,
    process.execPath,
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'parts',
    '--project',
    'scenarios',
    '--project',
    'long',
    ...(part && process.argv[2] === undefined ? [`--shard=${part}`] : []),
    ...tests,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PART: '', NO_FAKE_STAT: '1', ...(zone && { TZ: zone }) } },
)
process.exitCode = status ?? 1

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
