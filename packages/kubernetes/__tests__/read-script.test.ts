import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { unpack } from '../src/cluster-text.js'
import { readScript } from '../src/scripts.js'

const folder = mkdtempSync(join(tmpdir(), 'read-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Stands for kubectl: prints its words, each in brackets, and the file behind `--filename`, or fails if the last word says so. */
const kubectl = `#!/bin/sh
for word in "$@"; do
  case $before in --filename) cat "$word" ;; *) printf '[%s]\\n' "$word" ;; esac
  before=$word
done
if [ "$word" = fail ]; then
  echo 'Error from server (Forbidden)' >&2
  exit 1
fi
`
writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 })

/** Runs the script with these files for each call, as the pod in the cluster does. */
function run(...calls: Record<string, string>[]): { printed: string; exitCode: number } {
  const place = mkdtempSync(join(folder, 'command-'))
  calls.forEach((files, call) => {
    const own = join(place, 'calls', String(call))
    mkdirSync(own, { recursive: true })
    for (const [name, text] of Object.entries({ seconds: '5', ...files })) writeFileSync(join(own, name), text)
  })
  const env = { PATH: [folder, process.env.PATH].join(delimiter) }
  try {
    const printed = execFileSync('sh', ['-c', readScript], { cwd: place, env, encoding: 'utf8' })
    return { printed: unpack(printed), exitCode: 0 }
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number }
    return { printed: stdout, exitCode: status }
  }
}

test('each call gets its words as they are, and its input as a file', () => {
  const template = String.raw`{{range .items}}{{"\t"}} $HOME {{end}}`
  const { printed, exitCode } = run(
    { words: `get\n--output\n${template}\n` },
    { words: 'create\n--raw\n/reviews\n', input: '{"kind":"Review"}' },
  )
  expect(exitCode).toBe(0)
  expect(printed).toBe(
    `[get]\n[--output]\n[${template}]\n\n[create]\n[--raw]\n[/reviews]\n[--filename]\n{"kind":"Review"}\n`,
  )
})

test('what an optional call printed before it failed does not count, and the first other failure ends the command with its words', () => {
  const optional = { words: 'get\nfail\n', optional: '' }
  expect(run(optional, { words: 'get\nnodes\n' })).toEqual({ printed: '[get]\n[nodes]\n\n', exitCode: 0 })
  const end = run({ words: 'get\nnodes\n' }, { words: 'get\nfail\n' }, { words: 'get\npods\n' })
  expect(end).toEqual({ printed: 'Error from server (Forbidden)\n', exitCode: 1 })
})

test('rows that differ only in their time are counted, with the earliest', () => {
  const input = ['2026-05-02T03:00:00Z pod a', '~ pod b', '2026-05-01T03:00:00Z pod a', '~ pods 3', ''].join('\n')
  const { printed } = run({ words: '', input, counted: '' })
  const rows = ['1 [--filename]', '2 2026-05-01T03:00:00Z pod a', '1 ~ pod b', '1 ~ pods 3', '', '']
  expect(printed.split('\n').map(line => line.trim())).toEqual(rows)
})
