import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')

/** Starts a process that is deaf to SIGTERM, one in a group of its own, and prints their IDs. */
const below = `
const { spawn } = require('node:child_process')
const deaf = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => undefined); console.log(); setInterval(() => undefined, 1000)'])
const own = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
deaf.stdout.once('data', () => console.log([process.pid, deaf.pid, own.pid].join(' ')))
`
const above = `
import { runBelow } from '${root}/scripts/kubernetes/run-below.ts'
process.exitCode = await runBelow(process.argv.slice(1), {}, 200)
`

const runs = (id: number): boolean => {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}

it.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  'npm run test:kubernetes ends what it has started when it gets %s',
  { timeout: 60_000 },
  async ([signal, code]) => {
    const args = ['--import', 'tsx', '--input-type', 'module', '-e', above, '--', '-e', below]
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const started = line.split(' ').map(Number)
    onTestFinished(() => {
      for (const id of started.filter(runs)) process.kill(id, 'SIGKILL')
    })
    expect(started.map(runs)).toEqual([true, true, true])
    child.kill(signal)
    expect(await once(child, 'close')).toEqual([code, null])
    await expect.poll(() => started.map(runs), { timeout: 20_000 }).toEqual([false, false, false])
  },
)

it('npm, which passes signals on to its shell, has no shell in between', () => {
  const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  expect(scripts['test:kubernetes']).toMatch(/^exec /)
})
