import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readText } from '../../../scripts/readme-tables.js'

/** Pastes a script into a bash that continues after a failed command. `az` and `gh` only note that they were called, and fail from one call on. */
function paste(script: string, failsAt: number): { calls: string[]; exitCode: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'set-up-'))
  const calls = join(folder, 'calls')
  for (const name of ['az', 'gh']) {
    const stub = join(folder, name)
    writeFileSync(
      stub,
      `#!/bin/sh\necho "${name} $1 $2 $3" >> ${calls}\necho value\n[ "$(wc -l < ${calls})" -lt ${failsAt === Infinity ? 1000 : failsAt} ]\n`,
    )
    chmodSync(stub, 0o755)
  }
  const { status } = spawnSync('bash', ['-c', script], { env: { PATH: `${folder}:${process.env.PATH ?? ''}` } })
  return { calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [], exitCode: status }
}

describe.each(['docs/set-up.sh', 'docs/set-up-identity.sh', 'docs/set-up-check.sh'])('%s, pasted', path => {
  const script = readText(path)

  test('stops at the first command that fails', () => {
    for (const failsAt of [1, 4]) {
      const { calls, exitCode } = paste(script, failsAt)
      expect(calls).toHaveLength(failsAt)
      expect(exitCode).not.toBe(0)
    }
  })

  test('ends with the variables of the repository', () => {
    const { calls, exitCode } = paste(script, Infinity)
    expect(exitCode).toBe(0)
    expect(calls.filter(call => call.startsWith('gh variable set'))).toHaveLength(3)
    expect(calls.at(-1)).toBe('gh variable set AZURE_SUBSCRIPTION_ID')
  })
})

test('without its part for probing, the script still sets the variables', () => {
  const { calls, exitCode } = paste(
    readText('docs/set-up.sh').replace(/^# For verify: pull[^]*?\n(?=\n)/m, ''),
    Infinity,
  )
  expect(exitCode).toBe(0)
  expect(calls).not.toContain('az role definition create')
  expect(calls.filter(call => call.startsWith('gh variable set'))).toHaveLength(3)
})
