import { basename } from 'node:path'
import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { rowsOf } from '../../support/html-page.js'
import type { StepResult } from 'azure-simulator/runner/step'
import { it, onceIt } from '../../support/scenario.js'

/** The page in the file that the output names. */
function pageOf({ outputs, temporary }: Pick<StepResult, 'outputs' | 'temporary'>): string {
  const name = basename(outputs['report-html-file'] ?? '')
  const [page] = Object.entries(temporary).flatMap(([path, text]) => (name && basename(path) === name ? text : []))
  if (page === undefined) throw new Error('there is no page')
  return page
}

describe('report-html', () => {
  onceIt('of a merge is a file with every cluster and every job', async ({ begin }) => {
    const { scenario, fleet, checkAll, entries } = await beginFleet(begin)
    const [first, second] = await checkAll()
    const html = { 'report-html': 'true' }
    const end = await merge(scenario, {
      ...html,
      reports: downloaded([first?.reportFile, second?.reportFile]),
      fleet,
    })
    expect(end.outputs).toMatchObject({ drift: 'true', 'report-html-file': expect.stringMatching(/\.html$/) as string })
    const page = pageOf(end)
    expect(rowsOf(page).map(([state, , cluster]) => [state, cluster])).toEqual([
      ['drifted', 'aks-prod-1'],
      ['drifted', 'aks-prod-1'],
    ])
    expect(rowsOf(page, 'jobs')).toHaveLength(2)
    expect(rowsOf(page, 'map').map(([, subscription]) => subscription)).toEqual(
      entries.map(entry => `…${entry['subscription-id'].slice(-4)}`).sort(),
    )
    // The summary has the same map and jobs.
    expect(end.summary.match(/^\| ⟳ \| /gm)).toHaveLength(2)
    expect(end.summary.match(/^\| aks-prod-1 .*✗ role missing/gm)).toHaveLength(2)

    // A job that left no report is unknown, in the map, too.
    const blind = await merge(scenario, { ...html, reports: downloaded([first?.reportFile]), fleet })
    expect(rowsOf(pageOf(blind), 'jobs').map(([state]) => state)).toEqual(['unknown', 'drifted'])
    expect(rowsOf(pageOf(blind), 'map').map(([, , ...cells]) => cells)).toEqual([
      ['⟳ 1', ''],
      ['', '?'],
    ])
  })

  it('of a check is a file with its clusters; without the input there is none', async ({ begin }) => {
    const { attach } = await begin()
    const check = { mode: 'check', 'fail-on-drift': 'false' }
    const without = await attach(check)
    expect(without.outputs['report-html-file']).toBe('')
    const end = await attach({ ...check, 'report-html': 'true' })
    expect(rowsOf(pageOf(end)).map(([state, , cluster]) => [state, cluster])).toEqual([['drifted', 'aks-prod-1']])
    // In other modes it is ignored, with a warning.
    const attached = await attach({ 'report-html': 'true' })
    expect(attached.outputs).toMatchObject({ attached: 'true', 'report-html-file': '' })
    expect(attached.annotations.filter(({ level }) => level === 'warning')).toHaveLength(1)
  })

  it('has the failure of a check that could not begin', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({
      path: '/oauth2/v2.0/token',
      status: 400,
      body: { error: 'invalid_client' },
      times: Infinity,
    })
    const end = await attach({ mode: 'check', 'report-html': 'true' })
    expect(end.exitCode).toBe(1)
    expect(pageOf(end)).toContain(end.outputs['error-code'])
  })
})
