import { describe, expect, type TestContext } from 'vitest'
import { disarm } from '../../support/estate.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

/** The lines of the log that say that the step waits, each as the number of half minutes that have passed. */
const waits = ({ log }: StepEnd): number[] =>
  [...log.matchAll(/^ +(\d):(\d\d) {2}Azure lists no subscription for the signed-in identity yet; \d:\d\d left/gm)].map(
    ([, minutes = '', seconds = '']) => Math.floor((Number(minutes) * 60 + Number(seconds)) / 30),
  )

const lists = (end: StepEnd) =>
  armRequests(end, 'GET', '/subscriptions').filter(({ path }) => path === '/subscriptions')

/** A deployer without any role, and simulated time. */
function beginBlind(scenario: Scenario, onTestFinished: TestContext['onTestFinished']) {
  disarm(scenario)
  const lapse = createTimeLapse('kubectl', onTestFinished)
  const { cluster, registry } = scenario
  const ids = { cluster: cluster.id, registry: registry.id, 'resource-group': '' }
  const run = (inputs: Record<string, string> = {}) => scenario.attach(inputs, { environment: lapse.environment })
  return { ...scenario, lapse, ids, run }
}

/** Assigns the roles of the set-up when the list of subscriptions is answered after this much simulated time. */
function assignLater({ world, deployer, group, registry, whenAnswered }: Scenario, lapse: TimeLapse, ms: number): void {
  whenAnswered(
    ({ path }) => path === '/subscriptions' && lapse.now() >= ms,
    () => {
      const principalId = deployer.objectId
      world.assignRole({ principalId, role: 'Reader', scope: group.id })
      world.assignRole({ principalId, role: 'Role Based Access Control Administrator', scope: registry.id })
    },
  )
}

/** The ways in which a job names its resources. */
const forms: Record<string, (scenario: Scenario) => Record<string, string>> = {
  names: () => ({}),
  IDs: ({ cluster, registry }) => ({ cluster: cluster.id, registry: registry.id, 'resource-group': '' }),
  '*': () => ({ cluster: '*' }),
}

describe('an identity that sees nothing at all', () => {
  it.for(Object.keys(forms))('by %s is waited for until its roles work', async (form, { begin, onTestFinished }) => {
    const scenario = beginBlind(await begin(), onTestFinished)
    const { lapse, run } = scenario
    assignLater(scenario, lapse, 40_000)
    const end = await run(forms[form]?.(scenario))
    expectAttached(end, { changed: true })
    expect(waits(end)).toEqual([0, 1])
    expect(lapse.now()).toBeLessThan(60_000)
    // One request per look, and no other while nothing can be seen.
    expect(lists(end).length).toBeLessThanOrEqual(7)
    expect(armRequests(end, 'GET', '/managedClusters').length).toBeLessThanOrEqual(4)
  })

  it('is waited for no longer because a cluster is still being created', async ({ begin, onTestFinished }) => {
    const { world, deployer, group, whenAnswered, lapse, run, ids } = beginBlind(await begin(), onTestFinished)
    const { id } = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    whenAnswered(
      ({ path }) => path === '/subscriptions' && lapse.now() >= 20_000,
      () => world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id }),
    )
    expectFailure(await run({ ...ids, cluster: id }), 'AUTHORIZATION_FAILED')
    expect(lapse.now()).toBeLessThan(150_000)
  })

  it('is waited for no longer once the job is cancelled', async ({ begin }) => {
    const scenario = await begin()
    disarm(scenario)
    const end = await scenario.attach({}, { cancel: { whenLogged: 'Wait for new roles' } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(2000)
  })
})

describe('an identity that sees something', () => {
  const sees = (scenario: Scenario, scope: string): void => {
    scenario.world.assignRole({ principalId: scenario.deployer.objectId, role: 'Reader', scope })
  }
  const announced = ({ log }: StepEnd): number => [...log.matchAll(/; waiting for up to 2:00$/gm)].length

  it('goes on as soon as that role works', async ({ begin, onTestFinished }) => {
    const scenario = beginBlind(await begin(), onTestFinished)
    const { world, deployer, cluster, registry, whenAnswered, lapse } = scenario
    sees(scenario, registry.id)
    const principalId = deployer.objectId
    world.assignRole({ principalId, role: 'Role Based Access Control Administrator', scope: registry.id })
    whenAnswered(
      () => lapse.now() >= 40_000,
      () => world.assignRole({ principalId, role: 'Reader', scope: cluster.id }),
    )
    const end = await scenario.run(scenario.ids)
    expectAttached(end, { changed: true })
    expect(announced(end)).toBe(1)
    expect(lapse.now()).toBeLessThan(60_000)
  })
})
