import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

/**
 * Time of pauses, which goes by without being waited for: how long the action and the shell in a cluster pause is what is measured, and not how long
 * a busy machine takes for the rest.
 */
export interface TimeLapse {
  /** Milliseconds that have gone by in pauses, or been passed. */
  now(): number
  /** Has so many milliseconds go by at once, for the action and the shell alike. */
  pass(ms: number): void
  /** For the action: it sees the time that went by, and its own pauses of a second or more are part of it. */
  readonly environment: Record<string, string>
  /** A folder with a `sleep` and a `date` for the shell in the cluster. */
  readonly programs: string
}

/** Has Node see the time that is noted in a file, a line for each time that went by, and note its pauses there. */
const ofNode = (file: string, notesPauses: boolean): string => `
import { appendFileSync, readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
const file = ${JSON.stringify(file)}
const { now } = Date
Date.now = () => readFileSync(file, 'utf8').split('\\n').reduce((sum, ms) => sum + Number(ms), now())
const { setTimeout: sleep } = timers
if (${notesPauses}) timers.setTimeout = (ms, ...more) => {
  if (ms < 1000) return sleep(ms, ...more)
  appendFileSync(file, Math.round(ms) + '\\n')
  return sleep(0, ...more)
}
syncBuiltinESMExports()
`

/** What waits to end a program has no output, and is to wait indeed; the pauses of the script are what goes by. */
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

/** @param way who pauses between two tries: the action itself, or the shell in the cluster while the action looks whether it has ended */
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
