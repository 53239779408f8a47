// The cost of the step: requests, round trips, time and bytes, each next to its target, and next to that of the last release, or of any commit:
//
//   npm run bench -- [start az scale images pull workloads] [--against COMMIT]
//
// Nothing is asserted, because times depend on the machine: an empty script shows how fast it is.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchAz } from './az.js'
import { benchImages } from './images.js'
import { measured, median } from './measured-step.js'
import { benchPull } from './pull.js'
import { benchScale } from './scale.js'
import { benchStart, runEmptyScript } from './start.js'
import { print, row, takeLines } from './table.js'
import { benchWorkloads } from './workloads.js'

const parts = {
  start: benchStart,
  az: benchAz,
  scale: benchScale,
  images: benchImages,
  pull: benchPull,
  workloads: benchWorkloads,
}

const { values, positionals: selected } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' } },
})
const unknown = selected.filter(name => !Object.keys(parts).includes(name))
if (unknown.length > 0)
  throw new Error(`unknown parts: ${unknown.join(', ')}; expected ${Object.keys(parts).join(', ')}`)

const against = values.against ?? findRelease()
const other = against === undefined ? undefined : checkOut(against)
try {
  const beside = against === undefined ? 'there is no release to compare it with' : `in the second column, ${against}`
  process.stdout.write(`Node ${process.versions.node}, against the simulator on this machine; ${beside}\n\n`)
  await describeMachine()
  for (const [name, bench] of Object.entries(parts)) {
    if (selected.length > 0 && !selected.includes(name)) continue
    const own = await linesOf(bench)
    // az does not change with the action.
    const theirs = other === undefined || name === 'az' ? [] : await linesOf(bench, other)
    print(own, theirs)
  }
  process.stdout.write('\n')
  await describeMachine()
} finally {
  if (other !== undefined) rmSync(other, { recursive: true })
}

async function linesOf(bench: () => Promise<void>, action = process.cwd()): Promise<ReturnType<typeof takeLines>> {
  measured.action = action
  await bench()
  return takeLines()
}

/** How fast the machine is: before and after all others. */
async function describeMachine(): Promise<void> {
  const times: number[] = []
  for (let run = 0; run < 15; run += 1) times.push(await runEmptyScript())
  row('an empty Node script on this machine', `${median(times).toFixed(0)} ms`)
  print(takeLines())
}

/** The last release; undefined before the first. */
function findRelease(): string | undefined {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*.*.*'], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}

/** A folder with the action of a commit: what the runner needs of it. */
function checkOut(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-action-'))
  const archive = execFileSync('git', ['archive', commit, 'action.yml', 'dist'], { maxBuffer: 100_000_000 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  return folder
}
