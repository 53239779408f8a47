import { describe, expect } from 'vitest'
import type { Container, PodSpec } from '../src/index.js'
import { start } from './support/fixture.js'
import { eventually, kubectlIt as it, startKubectl } from './support/kubectl.js'
import { deployment, pod, probe, systemNode } from './support/kubernetes-objects.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

async function startCluster() {
  const fixture = await start()
  const kubectl = await startKubectl(fixture)
  const create = (object: unknown, ...more: string[]) => kubectl.send(object, 'create', '-f', '-', ...more)
  return { kubectl, create, kubernetes: fixture.cluster.kubernetes }
}

describe('pod security', () => {
  it('is enforced by namespace labels', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.addNamespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    const { stderr } = await create(pod('p', image), '-n', 'strict')
    expect(stderr).toBe(
      'Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")\n',
    )
    expect((await create(probe('good', image, systemNode()), '-n', 'strict')).code).toBe(0)
  })

  it.each<[string, string, Partial<PodSpec>]>([
    [
      'a privileged container',
      'privileged (container "main" must not set securityContext.privileged=true)',
      { containers: [{ name: 'main', image, securityContext: { privileged: true } }] },
    ],
    ['host namespaces', 'host namespaces (hostNetwork=true, hostPID=true)', { hostNetwork: true, hostPID: true }],
    ['host paths', 'hostPath volumes (volume "root")', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }],
    [
      'host ports',
      'hostPort (container "main" uses hostPort 80)',
      { containers: [{ name: 'main', image, ports: [{ containerPort: 80, hostPort: 80 }] }] },
    ],
    [
      'capabilities',
      'non-default capabilities (container "main" must not include "NET_ADMIN" in securityContext.capabilities.add)',
      { containers: [{ name: 'main', image, securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } }] },
    ],
    [
      'no confinement',
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    [
      'unsafe sysctls',
      'forbidden sysctls (kernel.msgmax)',
      { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
    ],
  ])('forbids %s in the baseline', async (_, message, spec) => {
    const { create, kubernetes } = await startCluster()
    kubernetes.addNamespace('base', {
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.33',
    })
    const { stderr } = await create(pod('p', image, spec), '-n', 'base')
    expect(stderr).toContain(`violates PodSecurity "baseline:v1.33": ${message}\n`)
  })

  it('warns if it does not enforce, and for workloads too', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.addNamespace('warned', { 'pod-security.kubernetes.io/warn': 'restricted' })
    for (const object of [pod('p', image), deployment('web', image, 1)]) {
      const { code, stderr } = await create(object, '-n', 'warned')
      expect(code).toBe(0)
      expect(stderr).toMatch(
        /^Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/,
      )
    }
  })
})

describe('quotas', () => {
  it('reject pods that are too many, too large, or lack requests', async () => {
    const { kubectl, create, kubernetes } = await startCluster()
    kubernetes.addQuota('default', { pods: '1' })
    expect((await create(pod('one', image, { nodeName: 'elsewhere' }))).code).toBe(0)
    expect((await create(pod('two', image))).stderr).toContain(
      'pods "two" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=1, limited: pods=1',
    )
    kubernetes.addNamespace('small')
    kubernetes.addQuota('small', { 'requests.cpu': '100m', 'limits.memory': '64Mi' })
    expect((await create(pod('p', image), '-n', 'small')).stderr).toContain(
      'pods "p" is forbidden: failed quota: quota: must specify requests.cpu for: main; limits.memory for: main',
    )
    const sized = (name: string, cpu: string): object => {
      const resources: NonNullable<Container['resources']> = { requests: { cpu }, limits: { memory: '16Mi' } }
      return pod(name, image, { nodeName: 'elsewhere', containers: [{ name: 'main', image, resources }] })
    }
    expect((await create(sized('p', '60m'), '-n', 'small')).code).toBe(0)
    expect((await create(sized('q', '60m'), '-n', 'small')).stderr).toContain(
      'exceeded quota: quota, requested: requests.cpu=60m, used: requests.cpu=60m, limited: requests.cpu=100m',
    )
    expect((await kubectl('get', 'quota', '-A', '-o', 'name')).stdout.match(/quota/g)).toHaveLength(4)
  })
})

describe('policies', () => {
  it('deny pods with Gatekeeper’s message, including those of deployments', async () => {
    const { kubectl, create, kubernetes } = await startCluster()
    kubernetes.policies.push({
      name: 'azurepolicy-k8sazurev2containerallowedimag-1f2a3b4c5d6e7f809a1b',
      deny: ({ spec }) =>
        spec.containers.some(container => container.image.startsWith('docker.io/'))
          ? `Container image ${spec.containers[0]?.image ?? ''} for container ${spec.containers[0]?.name ?? ''} has not been allowed.`
          : undefined,
    })
    expect((await create(pod('p', 'docker.io/library/nginx'))).stderr).toBe(
      'Error from server (Forbidden): error when creating "STDIN": admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-k8sazurev2containerallowedimag-1f2a3b4c5d6e7f809a1b] Container image docker.io/library/nginx for container main has not been allowed.\n',
    )
    expect((await create(pod('q', image))).code).toBe(0)
    await create(deployment('web', 'docker.io/library/nginx', 1))
    await eventually(
      () => kubernetes.events.map(({ reason }) => reason),
      reasons => reasons.includes('FailedCreate'),
    )
    expect((await kubectl('describe', 'rs')).stdout).toContain(
      'Error creating: admission webhook "validation.gatekeeper.sh" denied the request',
    )
  })

  it('include deployment safeguards for limits, probes and tags', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.safeguards = 'Enforcement'
    const { stderr } = await create(pod('p', 'contosoacr.azurecr.io/team/app'))
    expect(stderr).toContain('has no memory limit')
    expect(stderr).toContain(
      'Container <main> in your Pod <p> has no <livenessProbe>. Required probes: ["readinessProbe", "livenessProbe"]',
    )
    expect(stderr).toContain('tag other than latest')
    const check = { exec: { command: ['true'] } }
    const resources: NonNullable<Container['resources']> = { limits: { cpu: '10m', memory: '16Mi' } }
    const good = { name: 'main', image, resources, livenessProbe: check, readinessProbe: check }
    expect(await create(pod('good', image, { containers: [good] }))).toMatchObject({ code: 0, stderr: '' })
    kubernetes.safeguards = 'Warning'
    const warned = await create(pod('q', image))
    expect(warned.code).toBe(0)
    expect(warned.stderr.match(/^Warning: \[azurepolicy-/gm)).toHaveLength(4)
  })
})

describe('a service account', () => {
  it('must exist', async () => {
    const { create } = await startCluster()
    expect((await create(pod('p', image, { serviceAccountName: 'robot' }))).stderr).toContain(
      'pods "p" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
    )
  })
})

describe('webhooks', () => {
  it('change pods before they are validated', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.webhooks.push({
      name: 'mutate.kyverno.svc-fail',
      mutate: ({ spec }) => {
        spec.imagePullSecrets = [{ name: 'regcred' }]
        for (const container of spec.containers) container.image = container.image.replace('contosoacr', 'mirror')
      },
    })
    expect((await create(pod('p', image))).code).toBe(0)
    expect(kubernetes.podsCreated[0]?.spec).toMatchObject({
      imagePullSecrets: [{ name: 'regcred' }],
      containers: [{ image: 'mirror.azurecr.io/team/app:v1' }],
    })
    expect((await create(pod('p', image), '-n', 'kube-system')).code).toBe(0)
    expect(kubernetes.podsCreated[1]?.spec).not.toHaveProperty('imagePullSecrets')
  })

  it('deny pods, and can be unavailable for a while', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.webhooks.push({
      name: 'validate.kyverno.svc-fail',
      deny: ({ metadata }) => (metadata.name === 'bad' ? 'policy Pod/default/bad: not welcome' : undefined),
      outage: { cause: 'dial tcp 10.0.113.12:443: connect: connection refused', times: 1 },
    })
    expect((await create(pod('p', image))).stderr).toBe(
      'Error from server (InternalError): error when creating "STDIN": Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://validate-svc.validate.svc:443/validate?timeout=10s": dial tcp 10.0.113.12:443: connect: connection refused\n',
    )
    expect((await create(pod('p', image))).code).toBe(0)
    expect((await create(pod('bad', image))).stderr).toContain(
      'admission webhook "validate.kyverno.svc-fail" denied the request: policy Pod/default/bad: not welcome',
    )
    kubernetes.webhooks.push({
      name: 'optional.example.com',
      failurePolicy: 'Ignore',
      outage: { cause: 'context deadline exceeded' },
    })
    expect((await create(pod('q', image))).code).toBe(0)
  })
})

describe('admission', () => {
  it('waits for the default service account', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.addNamespace('fresh', {}, { serviceAccountAfterMs: Infinity })
    kubernetes.addNamespace('soon', {}, { serviceAccountAfterMs: 100 })
    expect((await create(pod('p', image), '-n', 'fresh')).stderr).toContain(
      'pods "p" is forbidden: error looking up service account fresh/default: serviceaccount "default" not found',
    )
    await eventually(
      async () => (await create(pod('p', image), '-n', 'soon')).code,
      code => code === 0,
    )
  })

  it('applies limit ranges', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.addLimitRange('default', [
      { type: 'Container', max: { cpu: '1', memory: '1Gi' }, min: { cpu: '50m' }, default: { memory: '256Mi' } },
    ])
    expect((await create(pod('p', image))).code).toBe(0)
    expect(kubernetes.podsCreated[0]?.spec.containers[0]?.resources).toEqual({
      limits: { cpu: '1', memory: '256Mi' },
      requests: { cpu: '1', memory: '256Mi' },
    })
    const sized = pod('q', image)
    Object.assign(sized.spec.containers[0] ?? {}, {
      resources: { requests: { cpu: '1m' }, limits: { cpu: '10m', memory: '2Gi' } },
    })
    expect((await create(sized)).stderr).toContain(
      'pods "q" is forbidden: [minimum cpu usage per Container is 50m, but request is 1m, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    )
  })

  it('waits for the quota controller', async () => {
    const { create, kubernetes, kubectl } = await startCluster()
    kubernetes.addNamespace('late')
    kubernetes.addNamespace('never')
    kubernetes.addQuota('late', { pods: '1' }, { statusAfterMs: 100 })
    kubernetes.addQuota('never', { pods: '1' }, { statusAfterMs: Infinity })
    expect((await create(pod('p', image), '-n', 'never')).stderr).toContain(
      'pods "p" is forbidden: status unknown for quota: quota, resources: pods',
    )
    await eventually(
      async () => (await create(pod('p', image), '-n', 'late')).code,
      code => code === 0,
    )
    kubernetes.quotaLagMs = 60_000
    await kubectl('delete', 'pod', 'p', '-n', 'late', '--grace-period=0', '--force')
    expect((await create(pod('q', image), '-n', 'late')).stderr).toContain('exceeded quota: quota, requested: pods=1')
    kubernetes.quotaLagMs = 0
    expect((await create(pod('q', image), '-n', 'late')).code).toBe(0)
  })

  it('of AKS Automatic accepts only tolerations with keys that it does not reserve', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.refusesReservedTolerations = true
    const tolerating = (...tolerations: object[]) => pod('p', image, { tolerations })
    expect((await create(tolerating({ operator: 'Exists' }))).stderr).toMatch(
      /The pods "p" is invalid: : ValidatingAdmissionPolicy '\S+' with binding '\S+' denied request: wildcard tolerations/,
    )
    expect((await create(tolerating({ key: 'CriticalAddonsOnly', operator: 'Exists' }))).code).toBe(1)
    expect((await create(tolerating({ key: 'sku', operator: 'Exists', effect: 'NoSchedule' }))).code).toBe(0)
  })

  it('accepts Windows pods without Linux settings', async () => {
    const { create, kubernetes } = await startCluster()
    kubernetes.addNamespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    const linux = probe('p', image, 'akswin000000')
    Object.assign(linux.spec, { os: { name: 'windows' } })
    const { stderr } = await create(linux)
    expect(stderr).toContain('spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod')
    expect(stderr).toContain(
      'spec.containers[0].securityContext.capabilities: Forbidden: cannot be set for a windows pod',
    )
    const windows = pod('w', image, { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } })
    expect((await create(windows, '-n', 'strict')).stderr).toBe('')
  })
})
