import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject } from 'vitest'
import { runStep } from 'azure-simulator/runner/step'
import { brokenReports } from '../../support/broken-reports.js'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { warningsOf } from '../../support/reading.js'
import { it, onceIt } from '../../support/scenario.js'

describe('a report of a fleet', () => {
  onceIt.for(brokenReports)('that is %s is the problem of its job, and hides no drift', async ([, put], { begin }) => {
    const { scenario, fleet, checkAll } = await beginFleet(begin)
    const [first] = await checkAll()
    const reports = downloaded([first?.reportFile, ''])
    rmSync(join(reports, 'drift-1', 'report.json'))
    put(join(reports, 'drift-1', 'report.json'))
    const end = await merge(scenario, { reports, fleet, 'drift-issue': 'true' })
    expect(end, end.log).toMatchObject({ exitCode: 1, stderr: '', outputs: { drift: 'true' } })
    expect(end.outputs['error-code']).toBe('INVALID_INPUT')
    const report = JSON.parse(end.reportFile) as { pairs: unknown[]; jobs: { problem: string | null }[] }
    expect(report.pairs).toHaveLength(1)
    expect(report.jobs.map(({ problem }) => problem !== null)).toEqual([false, true, true])
    expect(scenario.world.github.issues).toHaveLength(1)
  })

  onceIt('whose own fields are all in its prototype is none', async ({ begin }) => {
    const { scenario, entries, checkAll } = await beginFleet(begin)
    const [whole] = await checkAll()
    const end = await merge(scenario, {
      reports: downloaded([`{"__proto__": ${whole?.reportFile ?? ''}}`]),
      fleet: JSON.stringify(entries.slice(0, 1)),
    })
    expect(end, end.log).toMatchObject({ exitCode: 1, stderr: '', outputs: { 'error-code': 'INVALID_INPUT' } })
  })

  onceIt('with names of 100 kB leaves room in the issue', async ({ begin }) => {
    const { scenario, entries, checkAll } = await beginFleet(begin)
    const long = 'aks-'.padEnd(100_000, 'x')
    const texts = (await checkAll()).map(({ reportFile }) => reportFile.replaceAll('aks-prod-1', long))
    const fleet = JSON.stringify([...entries, { cluster: long }])
    const end = await merge(scenario, { reports: downloaded(texts), fleet, 'drift-issue': 'true' })
    expect(end, end.log.slice(0, 2000)).toMatchObject({ exitCode: 1, stderr: '', outputs: { drift: 'true' } })
    expect(warningsOf(end).join().slice(0, 2000)).not.toContain('The drift issue')
    const { issues } = scenario.world.github
    expect(issues).toHaveLength(1)
    expect(issues[0]?.body.length).toBeLessThanOrEqual(65_536)
    expect(issues[0]?.title.length).toBeLessThanOrEqual(256)
  })
})

describe('an issue that can not be kept', () => {
  const inputs = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
  const runner = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

  it.for(['not a URL', 'api.github.com', 'ftp://api.github.com', 'http://['])(
    'because GITHUB_API_URL is %s leaves the check as it is',
    async (url, { begin }) => {
      const { attach } = await begin(runner)
      const end = await attach(inputs, { environment: { GITHUB_API_URL: url } })
      expect(end, end.log).toMatchObject({ exitCode: 0, stderr: '' })
      expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': '' })
      expect(end.report.pairs).toHaveLength(1)
      expect(warningsOf(end).join()).toContain('The drift issue is not up to date')
    },
  )

  onceIt.for(['https://api.github.com/', ' https://api.github.com// '])(
    'is kept if that is %j',
    async (url, { begin }) => {
      const { attach, world } = await begin(runner)
      const end = await attach(inputs, { environment: { GITHUB_API_URL: url } })
      expect(warningsOf(end).join()).not.toContain('The drift issue')
      expect(world.github.issues).toHaveLength(1)
    },
  )

  onceIt('because a part of the action is missing leaves the check as it is', async ({ begin }) => {
    const scenario = await begin(runner)
    const action = mkdtempSync(join(tmpdir(), 'action-'))
    cpSync('action.yml', join(action, 'action.yml'))
    cpSync('dist', join(action, 'dist'), { recursive: true })
    rmSync(join(action, 'dist/drift-issue.js'))
    mkdirSync(join(action, 'workspace'))
    const { simulator, variables, group } = scenario
    const end = await runStep({
      action,
      node: inject('node'),
      inputs: { cluster: 'aks-prod-1', 'resource-group': group.name, registry: 'contosoacr', ...inputs },
      environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...variables },
    })
    expect(end, end.stdout).toMatchObject({ exitCode: 0, stderr: '', outputs: { drift: 'true', 'error-code': '' } })
    rmSync(action, { recursive: true })
  })
})
