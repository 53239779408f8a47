import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
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
    const scenario = await begin()
    const lapse = createTimeLapse('kubectl', onTestFinished)
    disarm(scenario)
    assignLater(scenario, lapse, 40_000)
    const end = await scenario.attach(forms[form]?.(scenario), { environment: lapse.environment })
    expectAttached(end, { changed: true })
    expect(waits(end)).toEqual([0, 1])
    expect(lapse.now()).toBeLessThan(60_000)
    // One request per look, and no other while nothing can be seen.
    expect(lists(end).length).toBeLessThanOrEqual(7)
    expect(armRequests(end, 'GET', '/managedClusters').length).toBeLessThanOrEqual(4)
  })

  it('fails after two minutes', async ({ begin, onTestFinished }) => {
    const scenario = await begin()
    const lapse = createTimeLapse('kubectl', onTestFinished)
    disarm(scenario)
    const end = await scenario.attach({ mode: 'check' }, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([0, 1, 2, 3])
    expect(lapse.now()).toBeGreaterThan(100_000)
    expect(lapse.now()).toBeLessThan(130_000)
    const [command] = readAzCommands(end.log)
    expect(command?.slice(0, 3)).toEqual(['role', 'assignment', 'list'])
    expect(option(command, '--assignee')).toBe(scenario.deployer.objectId)
  })

  it('is not waited for longer than the timeout', async ({ begin, onTestFinished }) => {
    const scenario = await begin()
    const lapse = createTimeLapse('kubectl', onTestFinished)
    disarm(scenario)
    const end = await scenario.attach({ timeout: '30s' }, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([0])
    expect(lapse.now()).toBeLessThan(40_000)
  })

  it('is waited for until all of its roles work, because they arrive one by one', async ({ begin, onTestFinished }) => {
    const scenario = await begin()
    const { world, deployer, cluster, registry, whenAnswered, attach } = scenario
    const lapse = createTimeLapse('kubectl', onTestFinished)
    disarm(scenario)
    const principalId = deployer.objectId
    const give = (role: string, scope: string, ms: number, path: string): void => {
      whenAnswered(
        request => request.path.includes(path) && lapse.now() >= ms,
        () => world.assignRole({ principalId, role, scope, ageMs: 0 }),
      )
    }
    give('Reader', cluster.id, 20_000, '/subscriptions')
    give('Role Based Access Control Administrator', registry.id, 50_000, '/managedClusters/')
    const end = await attach(
      { cluster: cluster.id, registry: registry.id, 'resource-group': '' },
      { environment: lapse.environment },
    )
    expectAttached(end, { changed: true })
    expect(lapse.now()).toBeLessThan(80_000)
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
  it.for(['cluster', 'registry'] as const)(
    'is refused at once without a role at the %s',
    async (which, { begin, onTestFinished }) => {
      const scenario = await begin()
      const { world, deployer, cluster, registry, attach } = scenario
      const lapse = createTimeLapse('kubectl', onTestFinished)
      disarm(scenario)
      const other = which === 'cluster' ? registry : cluster
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
      const end = await attach(
        { cluster: cluster.id, registry: registry.id, 'resource-group': '' },
        { environment: lapse.environment },
      )
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(lapse.now()).toBe(0)
      expect(lists(end)).toEqual([])
    },
  )

  it('elsewhere only is refused at once', async ({ begin, onTestFinished }) => {
    const scenario = await begin()
    const { world, deployer, subscription, attach } = scenario
    const lapse = createTimeLapse('kubectl', onTestFinished)
    disarm(scenario)
    const elsewhere = subscription.addResourceGroup('rg-else')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: elsewhere.id })
    const end = await attach({}, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(lapse.now()).toBe(0)
    expect(lists(end)).toHaveLength(1)
  })
})
