import { describe, expect } from 'vitest'
import { start } from './support/fixture.js'
import { eventually, kubectlIt as it, startKubectl } from './support/kubectl.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

async function startCluster() {
  const fixture = await start({ timing: { kubeletBackoffMs: 50 } })
  const { world, registry, cluster } = fixture
  registry.images.push('team/app', 'v1')
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  const kubectl = await startKubectl(fixture)
  const create = async (object: object) => {
    const { stderr } = await kubectl.send(object, 'create', '-f', '-')
    return stderr
  }
  return { ...fixture, kubectl, create, kubernetes: cluster.kubernetes }
}

const workload = (kind: string, name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image, ...container }] },
    },
    ...spec,
  },
})

const job = (name: string, command: string[], spec: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image, command }] } },
    ...spec,
  },
})

describe('a daemon set', () => {
  it('has a pod on each node that fits, including new ones', async () => {
    const { kubectl, create, kubernetes } = await startCluster()
    kubernetes.addPool({ name: 'tainted', taints: ['sku=gpu:NoSchedule'] })
    expect(await create(workload('DaemonSet', 'agent'))).toBe('')
    expect((await kubectl('rollout', 'status', 'ds/agent', '--timeout=15s')).stdout).toContain(
      'successfully rolled out',
    )
    const nodesOf = () => kubernetes.pods.map(({ spec }) => spec.nodeName).sort()
    expect(nodesOf()).toEqual(['aks-system-12345678-vmss000000', 'aks-system-12345678-vmss000001'])
    kubernetes.addPool({ name: 'system' })
    await eventually(nodesOf, nodes => nodes.length === 3 && nodes.every(Boolean))

    await kubectl('delete', 'ds', 'agent')
    await eventually(
      () => kubernetes.pods,
      pods => pods.length === 0,
    )
  })
})

describe('a stateful set', () => {
  it('starts its pods one after the other, with stable names', async () => {
    const { kubectl, create, kubernetes } = await startCluster()
    expect(await create(workload('StatefulSet', 'db', { serviceName: 'db', replicas: 2 }))).toBe('')
    expect((await kubectl('rollout', 'status', 'sts/db', '--timeout=15s')).code).toBe(0)
    expect(kubernetes.podsCreated.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1'])
    const scaled = await kubectl('scale', 'sts', 'db', '--replicas=1')
    expect(scaled.stdout).toBe('statefulset.apps/db scaled\n')
    await eventually(
      () => kubernetes.pods.map(({ metadata }) => metadata.name),
      names => names.join() === 'db-0',
    )
    const [before] = kubernetes.pods
    await kubectl('patch', 'sts', 'db', '-p', '{"spec":{"template":{"metadata":{"labels":{"v":"2"}}}}}')
    await eventually(
      () => kubernetes.pods[0],
      pod => pod !== undefined && pod.metadata.uid !== before?.metadata.uid && pod.metadata.labels?.v === '2',
    )
    const claims = { volumeClaimTemplates: [{ metadata: { name: 'data' } }] }
    expect(await create(workload('StatefulSet', 'other', claims))).toContain('persistent volumes are not simulated')
  })
})

describe('a job', () => {
  it('runs to completion', async () => {
    const { kubectl, create, kubernetes } = await startCluster()
    expect(await create(job('once', ['true'], { completions: 2 }))).toBe('')
    expect((await kubectl('wait', '--for=condition=complete', 'job/once', '--timeout=15s')).stdout).toContain(
      'condition met',
    )
    expect(kubernetes.pods).toHaveLength(2)
    await kubectl('delete', 'job', 'once')
    expect(kubernetes.pods).toHaveLength(0)
  })

  it('fails after too many attempts, or at its deadline', async () => {
    const { kubectl, create, kubernetes } = await startCluster()
    expect(await create(job('bad', ['false'], { backoffLimit: 1 }))).toBe('')
    expect((await kubectl('wait', '--for=condition=failed', 'job/bad', '--timeout=15s')).stdout).toContain(
      'condition met',
    )
    expect(kubernetes.podsCreated).toHaveLength(2)
    expect(kubernetes.store.find('jobs', 'default', 'bad')?.status).toMatchObject({
      failed: 2,
      conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    })
    expect(await create(job('long', ['sleep', '3600'], { activeDeadlineSeconds: 1 }))).toBe('')
    expect((await kubectl('wait', '--for=condition=failed', 'job/long', '--timeout=15s')).code).toBe(0)
    const always = job('always', ['true'])
    always.spec.template.spec.restartPolicy = 'Always'
    expect(await create(always)).toContain(
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    )
  })
})
