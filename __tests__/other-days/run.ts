// Runs tests on another day, with Debian's faketime: the samples, unit tests, and one file of each folder of scenarios.
//
//   npm run test:other-days                    on the days of .ci/run, one after the other; these share the tests
//   npm run test:other-days -- 'in 400 days'   on this day, with all of them; days.ts has the names
//
// The processes that tests start have the same day, because the simulator's environment passes it on. kubectl is written in Go and asks the kernel
// instead of libc: it keeps the machine's day, and accepts the simulator's certificates, which are valid for ten years before and after theirs.
import { execFileSync, spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { namesOfEachRun, otherDays } from './days.js'
import { filesOfDay, listTests, type Share } from './files.js'

const root = resolve(import.meta.dirname, '../..')

/** Depends on the commit by default, so that all files take turns. */
const turn = Number(process.env.TURN ?? parseInt(run('git', ['rev-parse', '--short=6', 'HEAD']), 16))

const given = process.argv.slice(2)
const names = given.length > 0 ? given : namesOfEachRun
const unknown = names.filter(name => !(name in otherDays))
if (unknown.length > 0) fail(`${unknown.join(', ')}: no such day; there are ${Object.keys(otherDays).join(', ')}`)
// A missing one is a failure everywhere: nothing else has another day.
if (spawnSync('faketime', ['--version']).status !== 0) fail('faketime is missing: apt-get install faketime')

const failed = names.filter((name, index) => !passes(name, { index, count: names.length, turn }))
if (failed.length > 0) fail(`Tests failed on another day: ${failed.join(', ')}`)

function passes(name: string, share: Share): boolean {
  const files = filesOfDay(listTests(), share)
  const { at, zone } = otherDays[name]?.(new Date()) ?? { at: new Date() }
  process.stdout.write(
    `\n${name}: the clock starts at ${at.toISOString()}${zone ? `, TZ=${zone}` : ''}; TURN=${turn}\n`,
  )
  // An offset in seconds, with which each process reads the same time; one that is given the time of its start begins there again.
  const offset = Math.round((at.getTime() - Date.now()) / 1000)
  const { status } = spawnSync(
    'faketime',
    [
      // Timers stay as they are, and so do the times of files, which the kernel writes.
      ...['--exclude-monotonic', '--disable-shm', '-f', `${offset < 0 ? '' : '+'}${offset}`],
      ...[process.execPath, join(root, 'node_modules/vitest/vitest.mjs'), 'run'],
      ...['parts', 'scenarios', 'long'].flatMap(project => ['--project', project]),
      ...files,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, PART: '', NO_FAKE_STAT: '1', ...(zone && { TZ: zone }) } },
  )
  return status === 0
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { cwd: root, encoding: 'utf8' })
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
