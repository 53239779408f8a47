import { describe, expect, type TestContext } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { hour } from '../../support/hour.js'
import { armRequests, catchUpAfter, expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'
import { letPull } from '../../support/pull-scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

type Change = (scenario: Scenario) => void

/** Attaches and lets a minute pass, in which something else changes, after the role was written and before Azure reports it. */
async function attachMeanwhile(
  scenario: Scenario,
  change: Change,
  { onTestFinished, minutes = 1 }: Pick<TestContext, 'onTestFinished'> & { minutes?: number },
) {
  const { attach, whenAnswered, cluster, registry, subscription } = scenario
  letDeploy(scenario, subscription.id)
  const lapse = createTimeLapse('kubectl', onTestFinished)
  catchUpAfter(scenario, 2)
  whenAnswered(
    ({ method }) => method === 'PUT',
    () => {
      lapse.pass(minutes * 60_000)
      change(scenario)
    },
  )
  const inputs = { cluster: cluster.id, registry: registry.id, timeout: '10m' }
  return attach(inputs, { environment: lapse.environment })
}

interface ContainerState {
  running?: object
  terminated?: object
  waiting?: { reason?: string }
}

const slow = { timing: { readAfterWriteMs: hour } }

const losersOfMove = ['identity gh-deployer on contosoacr']

describe('after a wait, a pair stays attached', () => {
  it('if its cluster begins to move to managed identities', async ({ begin, onTestFinished }) => {
    const scenario = await begin(slow)
    const { world, group, deployer, subscription } = scenario
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const cluster = group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    const identity = { type: 'SystemAssigned', principalId: cluster.id, tenantId: subscription.tenantId }
    const move = (): void => {
      Object.assign(cluster.body, { identity })
      Object.assign(cluster.body.properties, {
        provisioningState: 'Updating',
        servicePrincipalProfile: { clientId: 'msi' },
      })
    }
    expectAttached(await attachMeanwhile({ ...scenario, cluster }, move, { onTestFinished }), { changed: true })
  })
})

describe('in a short run, too, a pair is not attached', () => {
  it('if its registry was switched after the write, unless it has the role of each mode', async ({ begin }) => {
    const attachTo = async (role: string) => {
      const scenario = await begin()
      scenario.whenAnswered(
        ({ method }) => method === 'PUT',
        () => {
          Object.assign(scenario.registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
        },
      )
      const { attach, cluster, registry } = scenario
      return attach({ cluster: cluster.id, registry: registry.id, role }, { losers: losersOfMove })
    }
    expectFailure(await attachTo('auto'), 'PROPAGATION_TIMEOUT')
    expectAttached(await attachTo('both'), { changed: true })
  })

  it('if its registry was switched to ABAC mode while nodes pulled', async ({ begin }) => {
    const scenario = letPull(await begin())
    await scenario.attach()
    let isSwitched = false
    scenario.cluster.kubernetes.store.onChange(({ resource, object }) => {
      const { status } = object as { status?: { containerStatuses?: { state?: ContainerState }[] } }
      const { running, terminated, waiting } = status?.containerStatuses?.[0]?.state ?? {}
      const hasPulled = running ?? terminated ?? /^(Create|Run)Container/.test(waiting?.reason ?? '')
      if (isSwitched || resource !== 'pods' || !hasPulled) return
      isSwitched = true
      Object.assign(scenario.registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    })
    const losers = ['aks-prod-1 on contosoacr', ...losersOfMove]
    const end = await scenario.pull({}, { losers })
    expect(isSwitched).toBe(true)
    expectFailure(end, 'PROPAGATION_TIMEOUT')
    expect(end.report.pairs).toMatchObject([{ status: 'failed' }])
  })
})

describe('a look after a wait', () => {
  it.for([
    [1, 2],
    [0, 1],
  ] as const)(
    'is one request for the registry, and one for the cluster and its identity if it took long (%s minutes)',
    async ([minutes, ofCluster], { begin, onTestFinished }) => {
      const scenario = await begin(slow)
      const end = await attachMeanwhile(scenario, () => undefined, { onTestFinished, minutes })
      expectAttached(end, { changed: true })
      const reads = ({ id }: { id: string }) =>
        armRequests(end, 'GET').filter(({ path }) => path.toLowerCase() === id.toLowerCase())
      const written = end.requests.findIndex(({ method }) => method === 'PUT')
      const ofIdentity = reads(scenario.cluster.kubeletIdentity).filter(each => end.requests.indexOf(each) > written)
      expect(ofIdentity).toHaveLength(ofCluster - 1)
      expect(reads(scenario.cluster)).toHaveLength(ofCluster)
      expect(reads(scenario.registry)).toHaveLength(ofCluster + 1)
      expect(end.report.notes).toEqual([])
    },
  )
})
