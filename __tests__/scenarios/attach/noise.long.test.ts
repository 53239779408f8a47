import { describe, expect } from 'vitest'
import { headlineOf } from '../../support/reading.js'
import { letPull } from '../../support/pull-scenario.js'
import { expectAttached, it, onceIt } from '../../support/scenario.js'

describe('a summary', () => {
  it('names the role that is missing in the row of its registry', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ mode: 'check' })
    expect(end.outputs.drift).toBe('true')
    expect(end.summary).toMatch(/^\| ⟳ \| aks-prod-1 \| contosoacr\.azurecr\.io \| AcrPull is missing/m)
  })

  it('has names in natural order', async ({ begin }) => {
    const { attach, group } = await begin()
    for (const name of ['aks-prod-10', 'aks-prod-2']) group.addCluster(name)
    const end = await attach({ mode: 'check', cluster: '*' })
    const names = (text: string): string[] => [
      ...new Set([...text.matchAll(/(?<![/\w-])aks-prod-\d+(?![\w-])/g)].map(([name]) => name)),
    ]
    expect(names(end.report.pairs.map(({ target }) => ` ${target.split('/').at(-1) ?? ''}`).join())).toEqual([
      'aks-prod-1',
      'aks-prod-2',
      'aks-prod-10',
    ])
    for (const text of [end.log, end.summary]) expect(names(text)).toEqual(['aks-prod-1', 'aks-prod-2', 'aks-prod-10'])
  })
})

describe('a run without trouble', () => {
  onceIt('has a note about a pool at 0 nodes, and no finding', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system' }, { name: 'empty', count: 0 }] })
    const end = await scenario.pull()
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'pull' })
    expect(end.report.findings).toEqual([])
    expect(end.report.notes).toEqual([expect.stringMatching(/\baks-pull\b.*\bempty\b/)])
    expect(end.summary).toMatch(/<details><summary>Details[^]*pool empty/)
    expect(headlineOf(end)).toMatch(/^✓ [^·]*$/)
    expect(end.annotations).toEqual([])
  })

  onceIt('has no note about Microsoft Graph if a check is green and others hold roles', async ({ begin }) => {
    const { attach, world, cluster, registry, deployer, subscription } = await begin()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const { objectId } = world.addApplication('other')
    for (const principalId of [cluster.kubeletIdentity.objectId, objectId])
      world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    const green = await attach({ mode: 'check' })
    expectAttached(green, { changed: false })
    expect(green.report.notes).toEqual([])
  })
})
