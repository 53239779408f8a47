import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { pageOf, rowsOf } from '../../support/html-page.js'
import { it } from '../../support/scenario.js'

describe('report-html', () => {
  it('of a merge is a file with every cluster and every job', async ({ begin }) => {
    const { scenario, fleet, checkAll } = await beginFleet(begin)
    const [first, second] = await checkAll()
    const end = await merge(scenario, {
      'report-html': 'true',
      reports: downloaded([first?.reportFile, second?.reportFile]),
      fleet,
    })
    expect(end.outputs).toMatchObject({ drift: 'true', 'report-html-file': expect.stringMatching(/\.html$/) as string })
    const page = pageOf(end)
    const rows = rowsOf(page).map(([state, , cluster]) => [state, cluster])
    // They come in the order of their resource IDs.
    expect(rows.sort(([, a = ''], [, b = '']) => (a < b ? -1 : 1))).toEqual([
      ['refused', expect.stringMatching(/^aks-prod-1 \(rg-shop/)],
      ['refused', expect.stringMatching(/^aks-prod-1 \(rg-test/)],
    ])
    expect(rowsOf(page, 'jobs')).toHaveLength(2)
  })

  it('of a check is a file with its clusters; without the input there is none', async ({ begin }) => {
    const { attach } = await begin()
    const check = { mode: 'check', 'fail-on-drift': 'false' }
    const without = await attach(check)
    expect(without.outputs['report-html-file']).toBe('')
    const end = await attach({ ...check, 'report-html': 'true' })
    expect(rowsOf(pageOf(end)).map(([state, , cluster]) => [state, cluster])).toEqual([['refused', 'aks-prod-1']])
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
