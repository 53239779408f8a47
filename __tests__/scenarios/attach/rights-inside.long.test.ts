import { describe, expect } from 'vitest'
import type { ClusterOptions } from 'azure-simulator'
import { documentedRules, readerRules } from '../../support/documented-roles.js'
import { disarm } from '../../support/estate.js'
import { letPull, type PullScenario } from '../../support/pull-scenario.js'
import { commandsIn } from '../../support/good-advice.js'
import { expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

/** The questions to the cluster. */
const reviewsOf = ({ requests }: Pick<StepEnd, 'requests'>) =>
  requests.filter(({ path }) => path.endsWith('/selfsubjectrulesreviews'))

/** The ClusterRoles that the advice binds. */
const bound = (end: StepEnd): string[] =>
  commandsIn(end.summary).flatMap(command => /kind: ClusterRole, metadata: \{name: ([\w-]+)\}/.exec(command)?.[1] ?? [])

/** What the log says of ClusterRoles. */
const told = (end: StepEnd): string[] => [...new Set(end.log.match(/- \S+: the ClusterRole .*/g))]

type Rule = ReturnType<typeof readerRules>[number]
const core = (resources: string[], verbs: string[]): Rule => ({ apiGroups: [''], resources, verbs })

/** A scenario whose cluster has Kubernetes RBAC with these rules for the deployer. */
function inside(scenario: Scenario, rules: readonly Rule[], options: ClusterOptions = {}): PullScenario {
  const pulling = letPull(scenario, { aad: true, ...options })
  if (rules.length > 0) pulling.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role: [...rules] })
  return pulling
}

const unbound =
  '- aks-pull: the ClusterRole attach-acr-probe, for get nodes, list nodes, get events, list events, get pods, list pods, create pods, delete pods, deletecollection pods'
const unasked = '- aks-pull: the ClusterRole attach-acr-probe, if that is not bound yet'

describe('in a cluster with Kubernetes RBAC, a run that is refused', () => {
  it('asks the cluster what is missing there', async ({ begin }) => {
    const end = await inside(await begin(), []).pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(told(end)).toEqual([unbound])
    expect(bound(end)).toEqual(['attach-acr-probe'])
    // Nodes belong to no namespace, pods to one.
    expect(reviewsOf(end)).toHaveLength(2)
  })

  it('binds nothing if only Azure refuses', async ({ begin }) => {
    const scenario = inside(await begin(), documentedRules() as Rule[])
    disarm(scenario, scenario.registry.id)
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(reviewsOf(end)).toHaveLength(2)
    expect([told(end), bound(end)]).toEqual([[], []])
  })

  it('does not take a role in a namespace for one that reaches nodes', async ({ begin }) => {
    const scenario = inside(await begin(), [])
    const role = documentedRules() as Rule[]
    scenario.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role, namespace: 'default' })
    expect(told(await scenario.pull())).toEqual([expect.stringContaining('attach-acr-probe')])
  })

  it('asks by Run Command, too, which acts as the identity', async ({ begin }) => {
    const scenario = inside(await begin(), [core(['nodes', 'events'], ['get', 'list'])], { privateCluster: true })
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(told(end)).toEqual([unbound.replace(/get nodes.*list events, /, '')])
  })

  it.for([
    ['does not know all rules', { status: 201, body: { status: { resourceRules: [], incomplete: true } } }],
    ['refuses the question', { status: 403, body: { kind: 'Status', status: 'Failure', reason: 'Forbidden' } }],
  ] as const)('says the whole role if the cluster %s', async ([, answer], { begin }) => {
    const scenario = inside(await begin(), [])
    scenario.simulator.faults.add({ path: '/selfsubjectrulesreviews', times: Infinity, ...answer })
    const end = await scenario.pull()
    expect(told(end)).toEqual([unasked])
    expect(bound(end)).toEqual(['attach-acr-probe'])
  })

  it('asks nothing inside without the right to enter', async ({ begin }) => {
    const scenario = inside(await begin(), [])
    disarm(scenario, scenario.cluster.id)
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(told(end)).toEqual([unasked])
    expect(reviewsOf(end)).toEqual([])
  })

  it.for([
    ['*', 1],
    ['shop', 1],
    ['shop\nback', 2],
  ] as const)('asks once for each scope of the workloads: %j', async ([workloads, count], { begin }) => {
    const scenario = inside(await begin(), [])
    const { cluster, deployer, attach } = scenario
    for (const name of ['shop', 'back']) cluster.kubernetes.addNamespace(name)
    const role = readerRules().filter(({ apiGroups }) => !apiGroups.includes('batch'))
    cluster.kubernetes.bind({ principalId: deployer.objectId, role, namespace: 'shop' })
    await attach({ cluster: cluster.name })
    const end = await attach({ mode: 'check', cluster: cluster.name, workloads, 'probe-with': 'kubectl' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(reviewsOf(end)).toHaveLength(count)
    const jobs = 'get cronjobs, list cronjobs, get jobs, list jobs'
    const [line = ''] = told(end)
    expect(line).toMatch(new RegExp(`attach-acr-workload-reader, for .*${jobs}$`))
    expect(line.includes('pods')).toBe(workloads !== 'shop')
    expect(bound(end)).toEqual(['attach-acr-workload-reader'])
  })
})
