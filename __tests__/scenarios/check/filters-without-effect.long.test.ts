import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { problemsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, writes, type Scenario, type StepEnd } from '../../support/scenario.js'

/** A group with `aks-prod-1` and `aks-private`, whose registry `contosoacr` stands beside `fabrikamacr`. */
async function beginPrivate(begin: () => Promise<Scenario>) {
  const scenario = await begin()
  const { group } = scenario
  letDeploy(scenario, group.id)
  const [hidden, other] = [group.addCluster('aks-private'), group.addRegistry('fabrikamacr')]
  const holds = (): boolean =>
    scenario.world.roleAssignments.some(({ principalId }) => principalId === hidden.kubeletIdentity.objectId)
  return { ...scenario, hidden, other, holds }
}

const unused = ({ report }: StepEnd) => report.findings.filter(({ code }) => code === 'FILTER_WITHOUT_EFFECT')

const near = (name: string): RegExp => new RegExp(`did you mean ${name}\\?`, 'i')

describe('an exclusion that excludes nothing, one letter off', () => {
  it('is refused by attach before the first write', async ({ begin }) => {
    const { attach, holds, group } = await beginPrivate(begin)
    const { id } = group.addUserAssignedIdentity('future')
    const images = 'docker.io/library/nginx:1.27'
    const end = await attach({ cluster: '*\n!aks-privat', 'kubelet-identity': id, images })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'cluster')).toEqual([expect.stringMatching(near('aks-private'))])
    expect(writes(end)).toEqual([])
    expect(holds()).toBe(false)
    expect(end.outputs).toMatchObject({ attached: 'false', changed: 'false' })
  })

  it('is a warning in check', async ({ begin }) => {
    const { attach, group, holds } = await beginPrivate(begin)
    const end = await attach({
      mode: 'check',
      cluster: '*\n!aks-privat',
      registry: '*\n!fabrikamac',
      'fail-on-drift': 'false',
    })
    expect(end.exitCode, end.log).toBe(0)
    expect(unused(end)).toMatchObject([
      { severity: 'warning', subject: group.id, message: expect.stringMatching(near('aks-private')) as string },
      { severity: 'warning', subject: group.id, message: expect.stringMatching(near('fabrikamacr')) as string },
    ])
    expect(end.report.pairs).toHaveLength(4)
    expect(end.annotations.map(({ level, title }) => `${level} ${title}`)).toContain(
      'warning attach-acr: FILTER_WITHOUT_EFFECT on rg-shop',
    )
    expect(holds()).toBe(false)
  })
})

describe('an exclusion', () => {
  it('that excludes something, also what is being deleted or has no tag, is no finding', async ({ begin }) => {
    const { attach, group, hidden } = await beginPrivate(begin)
    group.addCluster('aks-leaving', { provisioningState: 'Deleting' })
    Object.assign(hidden.body as object, { tags: { env: 'test' } })
    const cluster = '*\n!AKS-Leaving\n!aks-prod-1\ntag:env=test'
    const end = await attach({ cluster, registry: '*\n!FabrikamACR' })
    expectAttached(end, { changed: true })
    expect(unused(end)).toEqual([])
    // One name is near another that is left out, too.
    const both = await attach({ cluster: '*\n!aks-private\n!aks-privat', registry: 'contosoacr' })
    expect(both.exitCode, both.log).toBe(0)
    expect(unused(both)).toHaveLength(1)
  })
})
