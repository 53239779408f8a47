import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { headlineOf } from '../../support/reading.js'
import { it, onceIt } from '../../support/scenario.js'

const inRun = (attempt: number) => ({ GITHUB_RUN_ID: '1658821493', GITHUB_RUN_ATTEMPT: String(attempt) })

const inAttempt = (attempt: number, report: string) => report.replace('"attempt":1', `"attempt":${attempt}`)

/** A fleet whose first entry has two jobs, one for each resource group: rg-eu, whose cluster has no role, and rg-us, where all is well. */
async function beginGroups(begin: Parameters<typeof beginFleet>[0]) {
  const fleet = await beginFleet(begin)
  const { scenario, entries, check, grant } = fleet
  const drifting = scenario.subscription.addResourceGroup('rg-eu').addCluster('aks-eu')
  grant(scenario.subscription.addResourceGroup('rg-us').addCluster('aks-us'), scenario.registry)
  const checkGroup = async (name: string) => (await check(0, { 'resource-group': name })).reportFile
  // In each attempt, the job downloads into the same folder.
  const folder = downloaded([])
  const mergeOne = (reports: string[], attempt = 1) =>
    merge(
      scenario,
      { reports: downloaded(reports, folder), fleet: JSON.stringify([entries[0]]), 'drift-issue': 'fleet' },
      inRun(attempt),
    )
  return { ...fleet, drifting, checkGroup, mergeOne }
}

describe('several jobs of one entry', () => {
  it('count each if they check * of different resource groups', async ({ begin }) => {
    const { scenario, checkGroup, mergeOne } = await beginGroups(begin)
    const end = await mergeOne([await checkGroup('rg-eu'), await checkGroup('rg-us')])
    expect(end.outputs, end.log).toMatchObject({
      drift: 'true',
      attached: 'false',
      ready: 'false',
      'error-code': 'DRIFT',
    })
    expect(scenario.world.github.issues).toMatchObject([{ state: 'open' }])
  })

  it('count each if they check other images of the same clusters, whichever of them ran again', async ({ begin }) => {
    const { scenario, check, entries, grant } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    scenario.world.addSourceRegistry('docker.io').push('library/redis', '7', { platforms: ['linux/amd64'] })
    scenario.world.assignRole({ principalId: scenario.deployer.objectId, role: 'AcrPull', scope: scenario.registry.id })
    const drifting = await check(0, { images: 'redis:7' })
    const fine = await check(0)
    expect([drifting.outputs.drift, fine.outputs.drift]).toEqual(['true', 'false'])
    for (const attempt of [1, 2]) {
      const reports = downloaded([drifting.reportFile, inAttempt(attempt, fine.reportFile)])
      const end = await merge(scenario, { reports, fleet: JSON.stringify([entries[0]]) }, inRun(attempt))
      expect(end.outputs, end.log).toMatchObject({ drift: 'true', ready: 'false', 'error-code': 'DRIFT' })
    }
  })

  it('keep what one of them saw in an earlier attempt, until it runs again itself', async ({ begin }) => {
    const { scenario, drifting, checkGroup, mergeOne, grant } = await beginGroups(begin)
    const [lacking, fine] = [await checkGroup('rg-eu'), await checkGroup('rg-us')]
    const end = await mergeOne([lacking, inAttempt(2, fine)], 2)
    expect(end.outputs, end.log).toMatchObject({ drift: 'true', attached: 'false', 'error-code': 'DRIFT' })
    grant(drifting, scenario.registry)
    const repaired = inAttempt(3, await checkGroup('rg-eu'))
    const healed = await mergeOne([lacking, fine, repaired], 3)
    expect(healed.outputs, healed.log).toMatchObject({ drift: 'false', attached: 'true', 'error-code': '' })
    expect(scenario.world.github.issues).toMatchObject([{ state: 'closed' }])
  })
})

describe('an entry', () => {
  it.for([
    ['a comment', { cluster: '# the shop\naks-prod-1' }],
    ['quotes', { cluster: '"aks-prod-1"', registry: "'contosoacr'" }],
    ['a quoted *', { cluster: '"*"' }],
    ['TAG:', { cluster: '*\nTAG:env=prod' }],
  ] as const)('with %s, which its check reads, fits the report of this check', async ([, lines], { begin }) => {
    const { scenario, check, grant } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    Object.assign(scenario.cluster.body, { tags: { env: 'prod' } })
    const { subscriptionId } = scenario.subscription
    const entry = { 'subscription-id': subscriptionId, 'resource-group': 'rg-shop', registry: 'contosoacr', ...lines }
    const checked = await check(0, { ...entry, 'fleet-entry': JSON.stringify(entry) })
    expect(checked.outputs).toMatchObject({ attached: 'true', 'error-code': '' })
    const reports = downloaded([checked.reportFile])
    const end = await merge(scenario, { reports, fleet: JSON.stringify([entry]) }, inRun(1))
    expect(end.outputs, end.log).toMatchObject({ attached: 'true', 'error-code': '' })
  })
})

describe('images whose tags differ only by letter case', () => {
  onceIt('are as many in a merge as in the check', async ({ begin }) => {
    const { scenario, check, entries, grant } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    scenario.world.assignRole({ principalId: scenario.deployer.objectId, role: 'AcrPull', scope: scenario.registry.id })
    const hub = scenario.world.addSourceRegistry('docker.io')
    for (const name of ['library/redis', 'library/nginx']) hub.push(name, '7', { platforms: ['linux/amd64'] })
    const checked = await check(0, { images: 'redis:7 => app:rc\nnginx:7 => app:RC' })
    const reports = downloaded([checked.reportFile])
    const end = await merge(scenario, { reports, fleet: JSON.stringify([entries[0]]) }, inRun(1))
    for (const each of [checked, end]) expect(headlineOf(each)).toContain('2 images are missing')
  })
})
