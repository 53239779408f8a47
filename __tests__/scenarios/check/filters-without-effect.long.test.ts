import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { headlineOf, problemsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, onceIt, writes, type Scenario, type StepEnd } from '../../support/scenario.js'

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
  onceIt('is refused by attach before the first write', async ({ begin }) => {
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

  onceIt('is refused for clusters and registries together', async ({ begin }) => {
    const { attach } = await beginPrivate(begin)
    const end = await attach({ cluster: '*\n!AKS-privat', registry: '*\n!fabrikamac' })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'cluster')).toEqual([expect.stringMatching(near('aks-private'))])
    expect(problemsOf(end, 'registry')).toEqual([expect.stringMatching(near('fabrikamacr'))])
    expect(writes(end)).toEqual([])
  })

  onceIt('is refused for a registry alone', async ({ begin }) => {
    const { attach } = await beginPrivate(begin)
    const end = await attach({ registry: '*\n!fabrikamac' })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'registry')).toHaveLength(1)
    expect(writes(end)).toEqual([])
  })

  onceIt('is refused even if not all clusters can be seen', async ({ begin }) => {
    const { attach, subscription, world, deployer } = await beginPrivate(begin)
    expect(
      world.roleAssignments.some(each => each.principalId === deployer.objectId && each.scope === subscription.id),
    ).toBe(false)
    const end = await attach({ cluster: '*\n!aks-privat', 'resource-group': '', registry: 'contosoacr.azurecr.io' })
    expectFailure(end, 'INVALID_INPUT')
    expect(problemsOf(end, 'cluster')).toEqual([expect.stringMatching(near('aks-private'))])
  })

  onceIt('is a warning in check', async ({ begin }) => {
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

  onceIt(
    'of a tag is refused by attach, and a warning in check, with the note that nothing is left',
    async ({ begin }) => {
      const { attach, hidden } = await beginPrivate(begin)
      Object.assign(hidden.body as object, { tags: { Env: 'prod' } })
      for (const line of ['tag:env=prd', 'tag:envv=prod', 'tag:env=Prod']) {
        const refused = await attach({ cluster: `*\n${line}` })
        expectFailure(refused, 'INVALID_INPUT')
        expect(problemsOf(refused, 'cluster')).toEqual([expect.stringMatching(near('tag:Env=prod'))])
        expect(writes(refused)).toEqual([])
      }
      const end = await attach({ mode: 'check', cluster: '*\ntag:env=prd' })
      expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' } })
      expect(unused(end)).toMatchObject([
        { message: expect.stringMatching(near('tag:Env=prod')) as string },
        { severity: 'notice', message: expect.stringContaining('passes the filters') as string },
      ])
    },
  )
})

describe('an exclusion that excludes nothing, like no other name', () => {
  onceIt('is a warning in attach and check', async ({ begin }) => {
    const { attach, group, registry } = await beginPrivate(begin)
    // Another number is another cluster.
    const given = { cluster: '*\n!aks-test\n!aks-prod-2', registry: '*\n!otheracr' }
    const end = await attach(given)
    expectAttached(end, { changed: true })
    const found = (message: RegExp) => ({
      severity: 'warning',
      subject: group.id,
      message: expect.stringMatching(message) as string,
    })
    const all = [found(/^!aks-test /), found(/^!aks-prod-2 /), found(/^!otheracr /)]
    expect(unused(end)).toMatchObject(all)
    expect(headlineOf(end)).toMatch(/^⚠ /)
    const check = await attach({ ...given, mode: 'check' })
    expect(unused(check)).toMatchObject(all)
    expect(check).toMatchObject({ exitCode: 0 })
    expect(check.report.pairs.map(each => each.registry)).toContain(registry.id)
  })

  onceIt('is unknown where not all clusters can be seen', async ({ begin }) => {
    const { attach } = await beginPrivate(begin)
    const given = { cluster: '*\n!aks-test', 'resource-group': '', registry: 'contosoacr.azurecr.io' }
    const end = await attach(given)
    expect(end.exitCode, end.log).toBe(0)
    expect(unused(end)).toEqual([])
    expect(end.report.unknown).toMatchObject([{ message: expect.stringContaining('!aks-test') as string }])
    expect(headlineOf(end)).toMatch(/^⚠ /)
    const check = await attach({ ...given, mode: 'check' })
    expect(unused(check)).toEqual([])
    expect(check.report.unknown).not.toEqual([])
  })

  onceIt('is told in detach only as part of *, which is refused', async ({ begin }) => {
    const { attach } = await beginPrivate(begin)
    const end = await attach({ mode: 'detach', cluster: '*\n!aks-privat', registry: '*\n!fabrikamac' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests.filter(({ host }) => host.startsWith('management.'))).toEqual([])
  })
})

describe('an exclusion', () => {
  onceIt('that excludes something, also what is being deleted or has no tag, is no finding', async ({ begin }) => {
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
