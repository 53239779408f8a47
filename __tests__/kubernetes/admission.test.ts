import { describe, expect } from 'vitest'
import { retrying, testLabel } from '../../scripts/kubernetes/real-cluster.js'
import { expectNoPods, expectProvenOn, expectPulls, it, type RealScenario } from '../support/real-cluster.js'
import { errorsOf } from '../support/reading.js'
import { expectFailure, type StepEnd } from '../support/scenario.js'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { sharedCertificateAuthority } from 'azure-simulator/certificates'
import { readSettings } from '../../scripts/kubernetes/settings.js'

// A mutating webhook of a real cluster, in this process.

/** A change of a pod (RFC 6902). */
interface Change {
  op: 'add' | 'replace'
  path: string
  value: unknown
}

/** Has the API server change each new pod of the scenario's namespace while `work` runs, through a webhook with a throw-away certificate authority. */
async function whileChanged<T>(scenario: RealScenario, changes: readonly Change[], work: () => Promise<T>): Promise<T> {
  const { cluster, namespace } = scenario
  const { host } = readSettings().listen
  const authority = await sharedCertificateAuthority()
  const secureContext = await authority.secureContext(host)
  const reviews = createHttpServer((request, response) => {
    void text(request).then(body => {
      const { request: review } = JSON.parse(body) as { request: { uid: string } }
      const patch = Buffer.from(JSON.stringify(changes)).toString('base64')
      response
        .setHeader('content-type', 'application/json')
        .end(
          JSON.stringify({
            apiVersion: 'admission.k8s.io/v1',
            kind: 'AdmissionReview',
            response: { uid: review.uid, allowed: true, patchType: 'JSONPatch', patch },
          }),
        )
    })
  })
  // An HTTPS server takes its context from the server name, which an address has not.
  const server = createServer(socket => {
    reviews.emit(
      'connection',
      new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => socket.destroy()),
    )
  })
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  const kind = 'MutatingWebhookConfiguration'
  try {
    await cluster.apply({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: namespace, labels: { [testLabel]: 'true' } },
      webhooks: [
        {
          name: 'changes.attach-acr.example',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: {
            url: `https://${host}:${port}/`,
            caBundle: Buffer.from(authority.certificate).toString('base64'),
          },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        },
      ],
    })
    return await work()
  } finally {
    await cluster.kubectl(['delete', kind, namespace])
    reviews.closeAllConnections()
    server.close()
  }
}

/** Expects that the API server refused the pods, and that it was not tried for long. */
async function expectRefused(end: StepEnd, { pods }: RealScenario): Promise<void> {
  expectFailure(end, 'PROBE_FAILED')
  expect(end.outputs.verified).not.toBe('pull')
  await expectNoPods(pods)
}

const limitRange = (namespace: string, limit: object): object => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'limits', namespace },
  spec: { limits: [limit] },
})

const quota = (namespace: string, hard: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'quota', namespace },
  spec: { hard },
})

const anyPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'any' },
  spec: { containers: [{ name: 'any', image: 'any' }] },
}

const dryRun = (namespace: string): string[] => [
  'create',
  '--namespace',
  namespace,
  '--dry-run=server',
  '--filename',
  '-',
]

describe('admission', () => {
  it('of the restricted pod security standard accepts probe pods, without a warning', async ({ begin }) => {
    const mode = (name: string) => [`pod-security.kubernetes.io/${name}`, 'restricted']
    const labels = Object.fromEntries(['enforce', 'warn', 'audit'].map(mode)) as Record<string, string>
    const scenario = await begin({ labels })
    const end = await scenario.pull()
    await expectProvenOn(end, scenario)
    expect(end.annotations.filter(({ level }) => level !== 'notice')).toEqual([])
  })

  it('of a limit range with minimum requests accepts them', async ({ begin }) => {
    const scenario = await begin()
    await scenario.cluster.apply(
      limitRange(scenario.namespace, { type: 'Container', min: { cpu: '50m', memory: '16Mi' } }),
    )
    await expectProvenOn(await scenario.pull(), scenario)
  })

  it('of a limit range that is too small refuses them', async ({ begin }) => {
    const scenario = await begin()
    const limit = { type: 'Container', max: { memory: '16Mi' }, default: { memory: '16Mi' } }
    await scenario.cluster.apply(limitRange(scenario.namespace, limit))
    await expectRefused(await scenario.pull(), scenario)
  })

  it.for(['kubectl', 'run-command'])('of a quota without room refuses them (%s)', async (way, { begin }) => {
    const scenario = await begin()
    const { cluster, namespace } = scenario
    await cluster.apply(quota(namespace, { pods: '0' }))
    // Until its controller has counted, the refusal is another one: "status unknown for quota".
    await retrying(async () => {
      const { status } = await cluster.read<{ status: { hard?: object } }>(
        'get',
        'quota',
        'quota',
        '--namespace',
        namespace,
      )
      expect(status.hard).toBeDefined()
    })
    await expectRefused(await scenario.pull({ 'probe-with': way }), scenario)
  })

  it('of a small quota accepts them', async ({ begin }) => {
    const scenario = await begin()
    const hard = {
      'requests.cpu': '10m',
      'requests.memory': '16Mi',
      'limits.cpu': '100m',
      'limits.memory': '64Mi',
      pods: '1',
    }
    await scenario.cluster.apply(quota(scenario.namespace, hard))
    await expectProvenOn(await scenario.pull(), scenario)
  })

  it.for(['kubectl', 'run-command'])('of a policy refuses them at once (%s)', async (way, { begin, skip }) => {
    const scenario = await begin()
    const { cluster, namespace } = scenario
    const resources = await cluster.kubectl([
      'api-resources',
      '--api-group',
      'admissionregistration.k8s.io',
      '--output',
      'name',
    ])
    if (!resources.includes('validatingadmissionpolicies.'))
      skip('the cluster has no ValidatingAdmissionPolicy (Kubernetes before 1.30)')
    const metadata = { name: namespace, labels: { [testLabel]: 'true' } }
    const apiVersion = 'admissionregistration.k8s.io/v1'
    await cluster.apply(
      {
        apiVersion,
        kind: 'ValidatingAdmissionPolicy',
        metadata,
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
          validations: [
            {
              expression: "has(object.metadata.labels) && 'team' in object.metadata.labels",
              message: 'every pod needs a team',
            },
          ],
        },
      },
      {
        apiVersion,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata,
        spec: {
          policyName: namespace,
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
        },
      },
    )
    try {
      await retrying(() => expect(cluster.kubectl(dryRun(namespace), anyPod)).rejects.toThrow('every pod needs a team'))
      const end = await scenario.pull({ 'probe-with': way })
      await expectRefused(end, scenario)
      expect(JSON.stringify(errorsOf(end))).toContain('every pod needs a team')
    } finally {
      const kinds = 'validatingadmissionpolicybindings,validatingadmissionpolicies'
      await cluster.kubectl(['delete', kinds, namespace])
    }
  })

  it('by a webhook that does not answer refuses them, after other tries', async ({ begin }) => {
    const scenario = await begin()
    const { cluster, namespace } = scenario
    const kind = 'ValidatingWebhookConfiguration'
    const apiVersion = 'admissionregistration.k8s.io/v1'
    await cluster.apply({
      apiVersion,
      kind,
      metadata: { name: namespace, labels: { [testLabel]: 'true' } },
      webhooks: [
        {
          name: 'silent.attach-acr.example',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          // Nothing listens there.
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        },
      ],
    })
    try {
      await retrying(() => expect(cluster.kubectl(dryRun(namespace), anyPod)).rejects.toThrow('failed calling webhook'))
      await expectRefused(await scenario.pull({ timeout: '35s' }), scenario)
    } finally {
      await cluster.kubectl(['delete', kind, namespace])
    }
  })

  it.for([
    ['adds a pull secret', [{ op: 'add', path: '/spec/imagePullSecrets/-', value: { name: 'other' } }]],
    ['takes the pull policy', [{ op: 'replace', path: '/spec/containers/0/imagePullPolicy', value: 'IfNotPresent' }]],
    ['sends the pull elsewhere', [{ op: 'replace', path: '/spec/containers/0/image', value: 'other.invalid/app:v1' }]],
  ] as const)('by a webhook that %s makes them prove nothing', async ([, changes], { begin }) => {
    const scenario = await begin()
    const end = await whileChanged(scenario, changes, () => scenario.pull({ timeout: '40s' }))
    expectFailure(end, 'PROBE_FAILED')
    expectPulls(end, { verdict: 'changed' })
    await expectNoPods(scenario.pods)
  })

  it.for(['kubectl', 'run-command'])('by a webhook that adds a container accepts them (%s)', async (way, { begin }) => {
    const scenario = await begin()
    const { registry } = scenario
    registry.images.push('mesh/proxy', '1', { platforms: ['linux/amd64', 'linux/arm64'], content: registry.name })
    const value = { name: 'proxy', image: `${registry.loginServer}/mesh/proxy:1`, command: ['/proxy'] }
    const change = { op: 'add', path: '/spec/containers/-', value } as const
    await expectProvenOn(await whileChanged(scenario, [change], () => scenario.pull({ 'probe-with': way })), scenario)
  })

  it('by a webhook that adds an init container whose image is missing keeps them from pulling', async ({ begin }) => {
    const scenario = await begin()
    const value = { name: 'init', image: `${scenario.registry.loginServer}/mesh/init:1`, command: ['/init'] }
    const change = { op: 'add', path: '/spec/initContainers', value: [value] } as const
    const end = await whileChanged(scenario, [change], () => scenario.pull({ timeout: '90s' }))
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('runs init before the pull')
    await expectNoPods(scenario.pods)
  })

  it('of a missing namespace refuses them', async ({ begin }) => {
    const scenario = await begin()
    const end = await scenario.pull({ 'probe-namespace': `${scenario.namespace}-none` })
    await expectRefused(end, scenario)
  })

  it('of a namespace that is being deleted refuses them', async ({ begin }) => {
    const scenario = await begin()
    const { cluster, namespace } = scenario
    const held = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace, finalizers: ['attach-acr.example/held'] },
    }
    // The namespace is also that of the action's account, so the role and the token must be of another one.
    const other = `${namespace}-going`
    await cluster.addNamespace(other)
    await cluster.apply({ ...held, metadata: { ...held.metadata, namespace: other } })
    await cluster.kubectl(['delete', 'namespace', other, '--wait=false'])
    try {
      await expectRefused(await scenario.pull({ 'probe-namespace': other }), scenario)
    } finally {
      await cluster.kubectl([
        'patch',
        'configmap',
        'held',
        '--namespace',
        other,
        '--type',
        'merge',
        '--patch',
        '{"metadata":{"finalizers":null}}',
      ])
    }
  })
})
