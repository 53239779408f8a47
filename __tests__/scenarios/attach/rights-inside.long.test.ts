import { describe, expect } from 'vitest'
import type { ClusterOptions } from 'azure-simulator'
import { allDocumentedRules, readerRules, type RoleRule } from '../../support/documented-roles.js'
import { disarm } from '../../support/estate.js'
import { letPull, type PullScenario } from '../../support/pull-scenario.js'
import { commandsIn } from '../../support/good-advice.js'
import { expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

/** The questions to the cluster. */
const reviewsOf = ({ requests }: Pick<StepEnd, 'requests'>) =>
  requests.filter(({ path }) => path.endsWith('/selfsubjectrulesreviews'))

/** The ClusterRoles and Roles that the advice binds. */
const bound = (end: StepEnd): string[] =>
  commandsIn(end.summary).flatMap(
    command => /kind: (?:Cluster)?Role, metadata: \{name: ([\w-]+)[},]/.exec(command)?.[1] ?? [],
  )

/** The ClusterRoles and Roles that the log names, each with the requests for which the identity needs it; none if the cluster was not asked. */
function told({ log }: StepEnd): { role: string; requests: string[] }[] {
  const lines = new Set(log.match(/- \S+: the (?:Cluster)?Role .*/g))
  return [...lines].map(line => {
    const [, role = '', requests = ''] =
      /the (?:Cluster)?Role ([\w-]+)(?: in the namespace default)?(?:, for (.*))?/.exec(line) ?? []
    return { role, requests: requests.split(', ').filter(Boolean) }
  })
}

const core = (resources: string[], verbs: string[]): RoleRule => ({ apiGroups: [''], resources, verbs })

/** A scenario whose cluster has Kubernetes RBAC with these rules for the deployer. */
function inside(scenario: Scenario, rules: readonly RoleRule[], options: ClusterOptions = {}): PullScenario {
  const pulling = letPull(scenario, { aad: true, ...options })
  if (rules.length > 0) pulling.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role: [...rules] })
  return pulling
}

const ofNodes = { role: 'attach-acr-nodes', requests: ['get nodes', 'list nodes'] }
const [ofEvents, ofPods] = [
  ['get events', 'list events'],
  ['get pods', 'list pods', 'create pods', 'delete pods', 'deletecollection pods'],
]
const inNamespace = (...requests: string[]) => ({ role: 'attach-acr-probe', requests })

describe('in a cluster with Kubernetes RBAC, a run that is refused', () => {
  it('asks the cluster what is missing there', async ({ begin }) => {
    const end = await inside(await begin(), []).pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(told(end)).toEqual([ofNodes, inNamespace(...ofEvents, ...ofPods)])
    expect(bound(end)).toEqual(['attach-acr-nodes', 'attach-acr-probe'])
    // Nodes belong to no namespace, pods to one.
    expect(reviewsOf(end)).toHaveLength(2)
  })

  it('binds nothing if only Azure refuses', async ({ begin }) => {
    const scenario = inside(await begin(), allDocumentedRules())
    disarm(scenario, scenario.registry.id)
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(reviewsOf(end)).toHaveLength(2)
    expect([told(end), bound(end)]).toEqual([[], []])
  })

  it('asks by Run Command, too, which acts as the identity', async ({ begin }) => {
    const scenario = inside(await begin(), [core(['nodes', 'events'], ['get', 'list'])], { privateCluster: true })
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(told(end)).toEqual([inNamespace(...ofPods)])
  })

  it('asks nothing inside without the right to enter', async ({ begin }) => {
    const scenario = inside(await begin(), [])
    disarm(scenario, scenario.cluster.id)
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(told(end)).toEqual([{ ...ofNodes, requests: [] }, inNamespace()])
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
    const requests = told(end).flatMap(each => each.requests)
    expect(requests.slice(-4)).toEqual(['get cronjobs', 'list cronjobs', 'get jobs', 'list jobs'])
    expect(requests.includes('list pods')).toBe(workloads !== 'shop')
    expect(bound(end)).toEqual(['attach-acr-workload-reader'])
  })
})
