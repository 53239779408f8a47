import { describe, expect } from 'vitest'
import { pullMessages, type Pod } from 'azure-simulator'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { armRequests, expectFailure, onceIt } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const

const image = 'contosoacr.azurecr.io/team/app:v1'

describe.concurrent('Run Command whose pod is removed', () => {
  onceIt('is restarted, after its leftovers are deleted', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const { kubernetes } = scenario.cluster
    kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 1 })
    // The first command checks, the second creates pods.
    scenario.whenAnswered(
      ({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path),
      () => {
        kubernetes.runCommand.evictions = { times: 1, afterPods: 1 }
      },
      1,
    )
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(armRequests(end, 'POST', '/runCommand').length).toBeGreaterThanOrEqual(3)
  })

  onceIt('until the timeout fails with the reason, and has its pods deleted', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const { kubernetes } = scenario.cluster
    kubernetes.pullFaults.push({ message: pullMessages.denied(image) })
    scenario.whenAnswered(
      ({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path),
      () => {
        kubernetes.runCommand.evictions = { times: Infinity, afterPods: 1 }
      },
      1,
    )
    scenario.whenAnswered(
      ({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path),
      () => {
        kubernetes.runCommand.evictions = undefined
      },
      3,
    )
    const end = await scenario.pull({ timeout: '8s' })
    expect(end.exitCode, end.log).toBe(1)
    expect(kubernetes.podsCreated.length).toBeGreaterThan(0)
    expect(kubernetes.pods).toEqual([])
  })

  onceIt('reports why it could not run, also in the report', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    scenario.cluster.kubernetes.runCommand.failure = 'KubernetesPerformanceError'
    const end = await scenario.pull({ timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.pairs[0]?.error?.reason).toContain('KubernetesPerformanceError')
  })

  onceIt("that a policy of the cluster rejects doesn't count as a failure of the role", async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const message = 'admission webhook "validation.gatekeeper.sh" denied the request: no readiness probe'
    const error = { code: 'KubernetesOperationError', message }
    const path = /\/runCommand$/i
    scenario.simulator.faults.add({ method: 'POST', path, status: 400, body: { error }, times: Infinity })
    const end = await scenario.pull()
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('no readiness probe')
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(1)
  })
})

describe.concurrent('the reason of a probe that could not run', () => {
  onceIt.for([
    ['a quota', /\bquota\b/],
    ['the namespace', /\bnamespace\b/],
    ['a change on admission', /\bchanged\b/],
  ] as const)('reports %s: %s', async ([what, reason], { begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    if (what === 'a quota') kubernetes.addQuota('default', { pods: '0' })
    if (what === 'a change on admission')
      kubernetes.webhooks.push({
        name: 'mirror.example',
        mutate: ({ spec }) => {
          for (const container of spec.containers) container.image = 'mirror.example/team/app:v1'
        },
      })
    const inputs = what === 'the namespace' ? { 'probe-namespace': 'nowhere' } : {}
    const end = await scenario.pull({ ...inputs, timeout: '10s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.pairs).toMatchObject([
      { error: { code: 'PROBE_FAILED', reason: expect.stringMatching(reason) as string } },
    ])
  })
})

describe.concurrent('a probe pod that the cluster changes', () => {
  const changes = {
    'another image': spec => {
      for (const container of spec.containers) container.image = 'mirror.example/team/app:v1'
    },
    'a pull secret': spec => {
      spec.imagePullSecrets?.push({ name: 'other' })
    },
    'another pull policy': spec => {
      for (const container of spec.containers) container.imagePullPolicy = 'IfNotPresent'
    },
  } satisfies Record<string, (spec: Pod['spec']) => void>

  onceIt.for(ways.flatMap(way => Object.keys(changes).map(what => [what, way] as const)))(
    'is created only once, although it could not pull: %s (%s)',
    async ([what, way], { begin }) => {
      const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }))
      const { kubernetes } = scenario.cluster
      const mutate = changes[what as keyof typeof changes]
      kubernetes.webhooks.push({
        name: 'mirror.example',
        mutate: ({ spec }) => {
          mutate(spec)
        },
      })
      const end = await scenario.pull({ 'probe-with': way, timeout: '1m' })
      expectFailure(end, 'PROBE_FAILED')
      expect(pulls(end)).toMatchObject([{ verdict: 'changed', attempts: 1 }])
      expect(kubernetes.podsCreated).toHaveLength(1)
    },
  )
})

describe.concurrent('many clusters', () => {
  onceIt.for(ways)('of which eight are refused do not keep the ninth waiting (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), {})
    const { world, group, registry, deployer } = scenario
    const others = Array.from({ length: 8 }, (_, index) => group.addCluster(`aks-refused-${index}`))
    for (const { id } of others) world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: id })
    const ninth = group.addCluster('aks-ninth')
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: ninth.id })
    const grant = world.assignRole({
      principalId: ninth.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    grant.updatedOn = new Date(Date.now() - 3_600_000).toISOString()
    const countTries = (): number => others.reduce((sum, { kubernetes }) => sum + kubernetes.podsCreated.length, 0)
    let triesBefore = Infinity
    ninth.kubernetes.store.onChange(({ type, resource }) => {
      if (type === 'ADDED' && resource === 'pods') triesBefore = countTries()
    })
    const cluster = [...others.map(({ name }) => name), 'aks-ninth'].join('\n')
    const end = await scenario.pull(
      { cluster, concurrency: '8', 'probe-with': way, timeout: '15m' },
      { cancel: { whenLogged: 'aks-ninth: the node pulled' } },
    )
    expectFailure(end, 'CANCELLED')
    expect(end.report.pairs.at(-1)).toMatchObject({ status: 'attached', verified: 'pull', pulls: [{ attempts: 1 }] })
    expect(end.report.pairs.filter(({ error }) => error?.code === 'CANCELLED')).toHaveLength(8)
    // The others continue, and have had one or two turns each by then.
    expect(triesBefore).toBeLessThanOrEqual(3 * others.length)
  })
})

describe.concurrent('an API server with authorized addresses', () => {
  onceIt('that accept the runner is accessed by kubectl', async ({ begin }) => {
    const scenario = letPull(await begin(), { authorizedIpRanges: ['192.0.2.0/24', '203.0.113.0/24'] })
    scenario.world.callerAddress = '203.0.113.7'
    const end = await scenario.pull()
    expectProven(end, scenario)
    // Only kubectl needs the kubeconfig. If a busy machine gets no answer within five seconds, Run Command follows.
    const [way] = end.requests.flatMap(({ path }) =>
      /\/listClusterUserCredential$/i.test(path) ? 'kubectl' : /\/runCommand$/i.test(path) ? 'run-command' : [],
    )
    expect(way).toBe('kubectl')
  })
})
