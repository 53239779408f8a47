import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

/**
 * Simulated time that passes in pauses without waiting: it measures how long the action and the shell in a cluster pause, and not how long
 * a busy machine takes for the rest.
 */
export interface TimeLapse {
  /** Milliseconds that have passed in pauses or been added. */
  now(): number
  /** Adds this many milliseconds at once, for both the action and the shell. */
  pass(ms: number): void
  /** For the action: it sees the simulated time, and its pauses of a second or more add to it. */
  readonly environment: Record<string, string>
  /** A folder with a `sleep` and a `date` for the shell in the cluster. */
  readonly programs: string
}

/** Makes Node add the times recorded in a file, one per line, to the clock, and record its pauses there. */
const ofNode = (file: string, notesPauses: boolean): string => `
import { appendFileSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
const file = ${JSON.stringify(file)}
const passed = () => readFileSync(file, 'utf8').split('\\n').reduce((sum, ms) => sum + Number(ms), 0)
const { now } = Date
Date.now = () => now() + passed()
const { bigint } = process.hrtime
process.hrtime.bigint = () => bigint() + BigInt(Math.round(passed())) * 1_000_000n
const { setTimeout: sleep } = timers
if (${notesPauses}) timers.setTimeout = (ms, ...more) => {
  if (ms < 1000) return sleep(ms, ...more)
  appendFileSync(file, Math.round(ms) + '\\n')
  return sleep(0, ...more)
}
syncBuiltinESMExports()
`

/** A sleep that guards a program has no output, and must really wait; only the pauses of the script are simulated. */
const sleepProgram = (file: string): string => `#!/bin/sh
PATH=\${PATH#*:}
if [ /dev/fd/1 -ef /dev/null ]; then exec sleep "$@"; fi
case $1 in *.*) exec sleep "$1";; esac
echo "$1"000 >>'${file}'
`

const dateProgram = (file: string): string => `#!/bin/sh
PATH=\${PATH#*:}
sum=0
while read -r ms; do sum=$((sum + ms)); done <'${file}'
echo $(($(date +%s) + sum / 1000))
`

/** @param way the side that pauses between two attempts: the action itself, or the shell in the cluster while the action polls it */
export function createTimeLapse(
  way: 'kubectl' | 'run-command',
  onTestFinished: TestContext['onTestFinished'],
): TimeLapse {
  const folder = mkdtempSync(join(tmpdir(), 'time-lapse-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'passed')
  const loader = join(folder, 'loader.mjs')
  writeFileSync(file, '')
  writeFileSync(loader, ofNode(file, way === 'kubectl'))
  for (const [name, text] of Object.entries({ sleep: sleepProgram(file), date: dateProgram(file) })) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  return {
    now: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .reduce((sum, ms) => sum + Number(ms), 0),
    pass(ms) {
      appendFileSync(file, `${ms}\n`)
    },
    environment: { NODE_OPTIONS: `--import=${loader}` },
    programs: folder,
  }
}
