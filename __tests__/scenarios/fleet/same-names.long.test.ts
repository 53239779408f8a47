import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge, moveToRun } from '../../support/fleet.js'
import { annotationTitles, headlineOf, verdictLineOf } from '../../support/reading.js'
import { it, onceIt, type StepEnd } from '../../support/scenario.js'

/** The full name of the cluster aks-prod-1 in a resource group. */
const apart = (group: string): RegExp =>
  new RegExp(`aks-prod-1 \\(${group}, subscription (?:Contoso (?:production|test)|…\\w{4})\\)`, 'i')

/** The lines of a text that name the cluster aks-prod-1 without its place, apart from commands and resource IDs. */
const bare = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => !/^\s*az /.test(line))
    .filter(line => /(?<![\w/.-])aks-prod-1(?! \(rg-|[\w-])/i.test(line))

describe('clusters with the same name', () => {
  it('are distinguished in a fleet, also from those that are fine', async ({ begin }) => {
    const { scenario, fleet, checkAll, cluster, registry, grant } = await beginFleet(begin)
    const { issues } = scenario.world.github
    const night = async () => {
      const reports = (await checkAll()).map(({ reportFile }) => reportFile)
      return merge(scenario, { reports: downloaded(reports), fleet, 'drift-issue': 'true' })
    }
    const own = grant(cluster, registry)
    const end = await night()
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(annotationTitles(end)).toEqual([expect.stringMatching(apart('rg-shop'))])
    for (const text of [end.log, end.summary, issues[0]?.body ?? '']) {
      expect(text).toMatch(apart('rg-shop'))
      expect(bare(text)).toEqual([])
    }

    // The comment names the repaired one and the new one.
    scenario.world.assignments.remove(own)
    grant(scenario.cluster, scenario.registry)
    await night()
    const [comment] = issues[0]?.comments ?? []
    expect(comment?.body).toMatch(apart('rg-shop'))
    expect(comment?.body).toMatch(apart('rg-test'))
    expect(bare(comment?.body ?? '')).toEqual([])
  })

  it('are distinguished in the texts of their jobs, which know only their own', async ({ begin }) => {
    const { scenario, fleet, checkAll, cluster, registry, grant } = await beginFleet(begin)
    grant(cluster, registry)
    grant(scenario.cluster, scenario.registry)
    Object.assign((cluster.body as { properties: object }).properties, { powerState: { code: 'Stopped' } })
    const reports = (await checkAll()).map(({ reportFile }) => reportFile)
    const end = await merge(scenario, { reports: downloaded(reports), fleet })
    const { findings } = JSON.parse(end.reportFile) as StepEnd['report']
    expect(findings).toMatchObject([
      {
        code: 'CLUSTER_STOPPED',
        message: expect.stringMatching(/rg-test, subscription Contoso test.*aks-prod-1/) as string,
      },
    ])
    expect(annotationTitles(end)).toEqual([expect.stringMatching(apart('rg-test'))])
    expect(end.summary).toMatch(/CLUSTER_STOPPED.*rg-test, subscription/)
  })

  it('are distinguished in one run', async ({ begin }) => {
    const scenario = await begin()
    const { world, subscription, group, deployer } = scenario
    const other = subscription.addResourceGroup('rg-second').addCluster('aks-prod-1')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const cluster = `${scenario.cluster.id}\n${other.id}`
    const attached = await scenario.attach({ cluster, 'resource-group': '', verify: 'assignment' })
    expect(attached.exitCode, attached.log).toBe(0)
    for (const name of [group.name, 'rg-second']) {
      expect(attached.log.match(new RegExp(apart(name), 'g'))?.length).toBeGreaterThan(2)
      expect(attached.summary).toMatch(apart(name))
    }
    expect(bare(attached.log)).toEqual([])

    for (const grant of scenario.grants()) world.assignments.remove(grant)
    const check = await scenario.attach({ mode: 'check', cluster: '*', 'resource-group': '' })
    expect(check.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(annotationTitles(check)).toEqual([expect.stringMatching(apart(group.name))])
    expect(bare(check.log + check.summary)).toEqual([])
  })

  onceIt('are distinguished from one that was not found', async ({ begin }) => {
    const { scenario, second, check, cluster, registry, grant } = await beginFleet(begin)
    grant(cluster, registry)
    const lost = { cluster: 'aks-prod-1', 'resource-group': 'rg-shop', 'subscription-id': second.subscriptionId }
    const entries = [
      { ...lost, registry: 'contosoacr' },
      { 'subscription-id': second.subscriptionId, cluster: '*', registry: 'testacr' },
    ]
    const ends = [await check(0, { ...lost, 'fleet-entry': JSON.stringify(entries[0]) }), await check(1)]
    const reports = downloaded(ends.map(({ reportFile }) => reportFile))
    const end = await merge(scenario, { reports, fleet: JSON.stringify(entries) })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(headlineOf(end)).toMatch(apart('rg-shop'))
    expect(verdictLineOf(end)).toMatch(apart('rg-shop'))
    expect(annotationTitles(end)).toEqual([expect.stringMatching(apart('rg-shop'))])
  })
})

describe('a job without a report', () => {
  const run = { GITHUB_REPOSITORY: 'contoso/platform', GITHUB_RUN_ID: '4711' }
  const link = 'https://github.com/contoso/platform/actions/runs/4711'

  it('is named by its entry, with a link to the run, and is not called cancelled', async ({ begin }) => {
    const { scenario, fleet, checkAll, cluster, registry, grant } = await beginFleet(begin)
    grant(cluster, registry)
    grant(scenario.cluster, scenario.registry)
    const [first] = await checkAll()
    const reports = downloaded([first?.reportFile, undefined])
    moveToRun(reports, run.GITHUB_RUN_ID)
    const end = await merge(scenario, { reports, fleet }, run)
    expect(end).toMatchObject({ exitCode: 1, stderr: '' })
    expect(end.outputs['error-code']).toBe('REPORT_MISSING')
    expect(annotationTitles(end)).toEqual([
      expect.stringMatching(/^error attach-acr: REPORT_MISSING on subscription …\w{4} \(registry testacr\)$/),
    ])
    expect(end.log).toContain(link)
    expect(end.summary).toContain(`<${link}>`)
    expect(end.log + end.summary).not.toContain('CANCELLED')
  })

  onceIt('is not confused with one whose report says that it was cancelled', async ({ begin }) => {
    const { scenario, fleet, checkAll, check, entries } = await beginFleet(begin)
    const [first] = await checkAll()
    expect(entries).toHaveLength(2)
    const ended = await check(1)
    const error = { code: 'CANCELLED', message: 'The job was cancelled.', fix: { text: 'Run it again.', commands: [] } }
    const report = JSON.stringify({ ...ended.report, pairs: [], error })
    const end = await merge(scenario, { reports: downloaded([first?.reportFile, report]), fleet })
    expect(end.outputs['error-code'], end.log).toBe('CANCELLED')
  })
})
