import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { inRun } from '../../support/nights.js'
import { letLook, runImage } from '../../support/running.js'
import { onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', cluster: '*', workloads: '*', 'fail-on-drift': 'false', 'drift-issue': 'true' }

const issueOf = ({ world: { github } }: Scenario) => {
  expect(github.issues).toHaveLength(1)
  return github.issues[0]
}

/** In the first night, aks-prod-1 runs an image that is gone from contosoacr, and aks-prod-2 runs nothing: the issue lists the image. */
async function beginGone(begin: (beginning?: Beginning) => Promise<Scenario>, inputs: object) {
  const scenario = await begin({ runner: { workflow: 'nightly', job: 'check', eventName: 'schedule' } })
  const { group, world, registry, cluster } = scenario
  letDeploy(scenario, group.id)
  const other = group.addCluster('aks-prod-2')
  for (const each of [cluster, other]) {
    Object.assign(each.body, { tags: { env: 'prod' } })
    letLook({ ...scenario, cluster: each })
    world.assignRole({ principalId: each.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  }
  runImage(scenario, 'shop/api', '1.4', { namespace: 'web' })
  registry.images.repositories.delete('shop/api')
  await scenario.attach({ ...check, ...inputs }, inRun(1))
  expect(issueOf(scenario)?.state).toBe('open')
  return scenario
}

describe('an image that ran and was gone keeps its issue open until every cluster that ran it was looked at', () => {
  onceIt('while its cluster is being deleted, which * leaves out', async ({ begin }) => {
    const scenario = await beginGone(begin, {})
    Object.assign(scenario.cluster.body.properties, { provisioningState: 'Deleting' })
    await scenario.attach(check, inRun(2))
    expect(issueOf(scenario)).toMatchObject({ state: 'open', comments: [] })
    expect(issueOf(scenario)?.body).toMatch(/^- \S*shop\/api:1\.4 on contosoacr: not looked at since [\d-]+$/m)
    scenario.world.resources.splice(scenario.world.resources.indexOf(scenario.cluster), 1)
    await scenario.attach(check, inRun(3))
    expect(issueOf(scenario)?.state).toBe('closed')
    expect(issueOf(scenario)?.comments.at(-1)?.body).toContain('no workload runs it any more')
  })

  onceIt.for<[string, Record<string, string>, Record<string, string>, (scenario: Scenario) => void]>([
    ['its cluster left the inputs', {}, { cluster: 'aks-prod-2' }, () => undefined],
    ['its namespace left the inputs', { workloads: 'web\nother' }, { workloads: 'other' }, () => undefined],
    [
      'its cluster lost its tag',
      { cluster: '*\ntag:env=prod' },
      { cluster: '*\ntag:env=prod' },
      ({ cluster }) => Object.assign(cluster.body, { tags: {} }),
    ],
  ])('although %s', async ([, first, second, happens], { begin }) => {
    const scenario = await beginGone(begin, first)
    happens(scenario)
    await scenario.attach({ ...check, ...second }, inRun(2))
    expect(issueOf(scenario)).toMatchObject({ state: 'open', comments: [] })
    expect(issueOf(scenario)?.body).toMatch(/^- \S*shop\/api:1\.4 on contosoacr: not looked at since [\d-]+$/m)
  })
})
