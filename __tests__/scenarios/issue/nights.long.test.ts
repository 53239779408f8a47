import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge, moveToRun } from '../../support/fleet.js'
import { beginNights, githubRequests } from '../../support/nightly.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

// What becomes of an issue from night to night is decided in packages/drift-issue, and proven there. Here are its requests, its outputs and its text as GitHub has it.

describe('a week of nights', () => {
  it('opens, keeps, edits, closes and reopens one issue, whatever the letter case of IDs', async ({ begin }) => {
    const nights = await beginNights(begin, { variations: { seed: 1, of: 'all' } })
    const { both, check, github, heal, issue, lose, second, unchanged } = nights
    heal(nights.cluster, second)
    // No drift: the only request looks for an open issue.
    const quiet = await check(both)
    expectAttached(quiet, { changed: false })
    expect(githubRequests(quiet)).toEqual(['GET issues 200'])
    expect(github).toMatchObject({ issues: [], labels: [] })

    lose()
    const first = await check(both)
    expectFailure(first, 'DRIFT')
    expect(first.outputs).toMatchObject({
      'drift-issue-number': '1',
      'drift-issue-url': 'https://github.com/contoso/shop/issues/1',
    })
    expect(issue()).toMatchObject({ state: 'open', labels: ['attach-acr-drift'], comments: [] })
    expect(github.labels).toMatchObject([{ name: 'attach-acr-drift', color: 'd1242f' }])
    const name = 'name=.github%2Fworkflows%2Fnightly-drift.yml%20%2F%20check%20%2F%20__attach'
    for (const part of [name, '/actions/runs/16588', new Date().toISOString().slice(0, 10)])
      expect(issue().body).toContain(part)
    for (const text of [first.log, first.summary]) expect(text).toContain('/contoso/shop/issues/1')

    // The same drift: every byte stays, and nothing is written.
    expect(githubRequests(await unchanged(() => check(both)))).toEqual(['GET issues 200'])
    issue().body = `Above.\r\n\r\n${issue().body.replaceAll('\n', '\r\n')}\r\nBelow.\r\n`
    lose(second)
    await check(both)
    expect(issue().comments).toHaveLength(1)

    heal(nights.cluster, second)
    expectAttached(await check(both), { changed: false })
    expect(issue()).toMatchObject({ state: 'closed', stateReason: 'completed', comments: [{}, {}] })
    for (const words of ['Above.', 'Below.']) expect(issue().body.split(words)).toHaveLength(2)
    await unchanged(() => check(both))
    lose()
    await check(both)
    expect(issue()).toMatchObject({ state: 'open', stateReason: 'reopened', comments: [{}, {}, {}] })
  })
})

describe('the drift issue', () => {
  it('is one for each workflow file, job, step and declared name, on whatever branch', async ({ begin }) => {
    const { check, states, unchanged } = await beginNights(begin)
    const fileOf = (name: string, branch = 'main') => `contoso/shop/.github/workflows/${name}.yml@refs/heads/${branch}`
    const steps = [{}, { GITHUB_ACTION: 'second' }, { GITHUB_JOB: 'other' }, { GITHUB_WORKFLOW_REF: fileOf('other') }]
    for (const environment of steps) await check({}, { environment })
    await check({ 'drift-issue': 'production' })
    expect(states()).toHaveLength(5)
    await unchanged(() => check({}, { environment: { GITHUB_WORKFLOW_REF: fileOf('nightly-drift', 'feature') } }))
  })

  it('is left to the other leg of the run that merges another folder', async ({ begin }) => {
    const { scenario, checkAll, grant } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    const folders = (await checkAll()).map(({ reportFile }) => downloaded([reportFile]))
    const bodies = []
    for (const reports of folders.reverse()) {
      moveToRun(reports, '77')
      await merge(scenario, { reports, 'drift-issue': 'true' }, { GITHUB_RUN_ID: '77' })
      bodies.push(scenario.world.github.issues.map(({ body }) => body))
    }
    expect(bodies[0]).toHaveLength(1)
    expect(bodies[1]).toEqual(bodies[0])
  })
})
