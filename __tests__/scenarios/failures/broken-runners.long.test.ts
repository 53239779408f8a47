import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject } from 'vitest'
import { runStep } from 'azure-simulator/runner/step'
import { expectProven, letPull } from '../../support/pull-scenario.js'
import { warningsOf } from '../../support/reading.js'
import { expectFailure, it, onceIt } from '../../support/scenario.js'

/** Variables with which files below a folder can't be created, as on a full disk; folders can, and the runner's own files still take a line. */
function fillDisk(folder: string): Record<string, string> {
  const script = `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { writeFileSync } = fs
    fs.writeFileSync = (path, ...others) => {
      const isAdded = others[1]?.flag === 'a'
      if (String(path).startsWith('${folder}') && !isAdded) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      return writeFileSync(path, ...others)
    }
    syncBuiltinESMExports()`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}

describe('a runner', () => {
  it.for(['/proc/nowhere/temp', '/proc/self/temp', '/dev/null/temp', '/sys/kernel'])(
    'whose RUNNER_TEMP is %s gets the report elsewhere, and nodes pull',
    async (RUNNER_TEMP, { begin }) => {
      const scenario = letPull(await begin())
      const end = await scenario.pull({ 'probe-with': 'kubectl' }, { environment: { RUNNER_TEMP } })
      expectProven(end, scenario)
      expect(JSON.parse(end.reportFile)).toEqual(end.report)
    },
  )

  onceIt('whose RUNNER_TEMP is full gets the report elsewhere, and nodes pull', async ({ begin }) => {
    const scenario = letPull(await begin())
    const RUNNER_TEMP = mkdtempSync(join(tmpdir(), 'full-'))
    const end = await scenario.pull(
      { 'probe-with': 'kubectl' },
      { environment: { RUNNER_TEMP, ...fillDisk(RUNNER_TEMP) } },
    )
    expectProven(end, scenario)
    expect(JSON.parse(end.reportFile)).toEqual(end.report)
  })

  onceIt('whose disks are all full is reported, and not as a bug', async ({ begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '20s' }, { environment: fillDisk('/') })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('ENOSPC')
    expect(warningsOf(end)).toHaveLength(1)
  })
})

describe('a check', () => {
  onceIt('stays as it is if dist/drift-issue.js is missing', async ({ begin }) => {
    const { simulator, variables, group } = await begin({ runner: { eventName: 'schedule' } })
    const action = mkdtempSync(join(tmpdir(), 'action-'))
    for (const path of ['action.yml', 'dist']) cpSync(path, join(action, path), { recursive: true })
    rmSync(join(action, 'dist/drift-issue.js'))
    mkdirSync(join(action, 'workspace'))
    const own = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
    const end = await runStep({
      action,
      node: inject('node'),
      inputs: { cluster: 'aks-prod-1', 'resource-group': group.name, registry: 'contosoacr', ...own },
      environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...variables },
    })
    expect(end, end.stdout).toMatchObject({ exitCode: 0, stderr: '', outputs: { drift: 'true', 'error-code': '' } })
  })
})

/** Sends a signal as soon as the program of the post step begins; it sets its argument first. */
const interrupting = (signal: string): string => `
  const { argv } = process
  process.argv = new Proxy(argv, {
    set: (target, name, value) => {
      target[name] = value
      process.kill(process.pid, '${signal}')
      return true
    },
  })`

describe('the post step', () => {
  onceIt.for(['SIGINT', 'SIGTERM'])('leaves no kubeconfig even if it gets %s at once', async signal => {
    const folder = join(mkdtempSync(join(tmpdir(), 'left-')), 'attach-acr-1')
    mkdirSync(folder)
    writeFileSync(join(folder, 'kubeconfig'), 'secret')
    const post = spawn(inject('node'), ['dist/post.js'], {
      env: {
        STATE_left0: JSON.stringify({ kind: 'folder', path: folder }),
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(interrupting(signal))}`,
      },
    })
    const exitCode = await new Promise(resolve => post.on('close', resolve))
    expect({ exitCode, isLeft: existsSync(folder) }).toEqual({ exitCode: 0, isLeft: false })
  })
})
