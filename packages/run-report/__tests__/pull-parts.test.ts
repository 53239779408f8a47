import { printFix } from 'kernel'
import { minLifeSeconds } from 'kubernetes'
import { readPods } from 'kubernetes/src/cluster-text.js'
import { explainKubectl } from 'kubernetes/src/errors.js'
import { secretsOf, wantsEntraToken, withToken } from 'kubernetes/src/kubeconfig.js'
import { isLeftover, podOf, selectDead } from 'kubernetes/src/probe-pod.js'
import { explainPulls } from 'pull-proof/src/pull-errors.js'
import type { NodePull } from 'run-model'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

function samplePull(verdict: NodePull['verdict'], more: Partial<NodePull> = {}): NodePull {
  return {
    node: 'aks-system-0',
    pool: 'system',
    arch: 'amd64',
    image: {
      reference: 'contosoacr.azurecr.io/team/app:v1',
      registryId: sampleRegistry().id,
      from: 'images',
      isThere: true,
    },
    verdict,
    message: verdict === 'pulled' ? '' : 'what the node said',
    attempts: 1,
    os: 'linux',
    cacheMs: 3_600_000,
    startedAt: 0,
    finishedAt: 1000,
    ...more,
  }
}

describe('a kubeconfig', () => {
  const kubeconfig = (user: object): string =>
    JSON.stringify({ clusters: [{ name: 'c' }], users: [{ name: 'u', user }] })
  const kubelogin = { exec: { command: 'kubelogin', args: ['get-token'] } }

  test('that would start a program gets a token instead, and otherwise stays the same', () => {
    for (const user of [kubelogin, { 'auth-provider': { name: 'azure' } }]) {
      expect(wantsEntraToken(kubeconfig(user))).toBe(true)
      expect(parse(withToken(kubeconfig(user), 'secret'))).toEqual({
        clusters: [{ name: 'c' }],
        users: [{ name: 'u', user: { token: 'secret' } }],
      })
    }
  })

  test('of a local account is unchanged, and its secrets are found', () => {
    const user = { token: 'a', 'client-key-data': 'b', 'client-certificate-data': 'c' }
    expect(wantsEntraToken(kubeconfig(user))).toBe(false)
    expect(parse(withToken(kubeconfig(user), 'secret'))).toEqual(parse(kubeconfig(user)))
    expect(secretsOf(kubeconfig(user))).toEqual(['a', 'b'])
  })
})

describe('a probe pod', () => {
  const linux = {
    name: 'n',
    os: 'linux',
    taints: [
      { key: 'x', value: 'y', effect: 'NoExecute' },
      { key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' },
    ],
  }
  const pod = podOf(
    { index: 3, node: linux, images: [{ container: 'image-0', reference: 'x.azurecr.io/a:1' }] },
    { run: 'run1', lifeSeconds: 900, requestsAll: false },
  )

  test('is pinned to its node, tolerates NoExecute taints by key, and ends on its own', () => {
    expect(pod.spec).toMatchObject({
      nodeName: 'n',
      tolerations: [{ key: 'x', operator: 'Exists', effect: 'NoExecute' }],
      restartPolicy: 'Never',
      imagePullSecrets: [{ name: 'attach-acr-no-secret-run1' }],
    })
    expect(pod.spec.activeDeadlineSeconds).toBe(900)
  })

  test('passes the restricted pod security standard', () => {
    // kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted", field by field.
    expect(pod.spec).not.toHaveProperty('hostNetwork')
    expect(pod.spec).not.toHaveProperty('volumes')
    for (const { securityContext, resources } of pod.spec.containers) {
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(Object.keys(resources.limits)).toEqual(Object.keys(resources.requests))
    }
  })

  test('has so much CPU that a refusal takes no more than a second', () => {
    // With 10m, a refusal takes 4 s and a start 7 s (recorded).
    expect(pod.spec.containers[0]?.resources.limits).toMatchObject({ cpu: '100m', memory: '64Mi' })
  })

  test('for Windows has no Linux fields', () => {
    const windows = podOf(
      { index: 0, node: { ...linux, os: 'windows' }, images: [{ container: 'c', reference: 'x' }] },
      { run: 'r', lifeSeconds: 900, requestsAll: false },
    )
    expect(windows.spec).toMatchObject({ os: { name: 'windows' }, nodeSelector: { 'kubernetes.io/os': 'windows' } })
    const linuxOnly =
      /seccomp|capabilities|allowPrivilegeEscalation|runAsUser"|runAsGroup|readOnlyRootFilesystem|privileged/
    expect(JSON.stringify(windows)).not.toMatch(linuxOnly)
  })

  test('opts out of service meshes', () => {
    expect(pod.metadata.labels).toMatchObject({ 'sidecar.istio.io/inject': 'false', 'linkerd.io/inject': 'disabled' })
  })
})

test.each([
  [{ phase: 'Running' }, minLifeSeconds - 5, false],
  [{ phase: 'Running' }, minLifeSeconds + 5, true],
  [{ phase: 'Failed' }, 300, false],
  [{ phase: 'Failed' }, 360, true],
])('a pod of another run with %j, %i s old, is a leftover: %s', (status, ageSeconds, expected) => {
  const now = 1_750_000_000_000
  expect(isLeftover({ ...status, createdAt: now - ageSeconds * 1000 }, now)).toBe(expected)
})

test('the pods of another run are deleted if all of them are leftovers', () => {
  const now = 1_750_000_000_000
  const podOfRun = (run: string, ageSeconds: number, life = '600'): string =>
    ['pod', 'name', '0', run, new Date(now - ageSeconds * 1000).toISOString(), life, 'Running', '.'].join('\t')
  const hostile = "dead') --all"
  const rows = [podOfRun('dead', 700), podOfRun('0add', 700), podOfRun('feed', 700), podOfRun('feed', 5)]
  const pods = readPods([...rows, podOfRun('', 700), podOfRun(hostile, 700)].join('\n'))
  expect(selectDead(pods, '0add', now)).toBe('attach-acr/run in (dead)')
  expect(selectDead(pods.slice(1), '0add', now)).toBeUndefined()
  // A pod can pull for as long as its step waits.
  expect(selectDead(readPods(podOfRun('dead', 700, '960')), '0add', now)).toBeUndefined()
  expect(selectDead(readPods(podOfRun('dead', 700, '')), '0add', now)).toBe('attach-acr/run in (dead)')
})

describe('the output of kubectl', () => {
  const attempt = {
    cluster: { id: sampleTarget().id, name: 'aks-prod-1' },
    namespace: 'probes',
    objectId: 'me',
  }
  const deny = 'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-x] no'

  test.each([
    [
      'AUTHORIZATION_FAILED',
      'pods is forbidden: User "me" cannot create resource "pods" in API group "" in the namespace "probes"',
    ],
    ['SIGN_IN_FAILED', 'error: You must be logged in to the server (Unauthorized)'],
    ['AZURE_UNAVAILABLE', 'Error from server: etcdserver: leader changed'],
    ['AZURE_UNAVAILABLE', 'Error from server (TooManyRequests): the server has received too many requests'],
    ['AZURE_UNAVAILABLE', 'Error from server (InternalError): an error on the server ("") has prevented the request'],
    ['PROBE_FAILED', 'Error from server (InternalError): Internal error occurred: failed calling webhook "x": EOF'],
    ['PROBE_FAILED', 'pods "p" is forbidden: status unknown for quota: q, resources: pods'],
    [
      'PROBE_FAILED',
      'pods "p" is forbidden: error looking up service account a/default: serviceaccount "default" not found',
    ],
    ['PROBE_FAILED', 'pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0'],
    ['PROBE_FAILED', 'pods "p" is forbidden: violates PodSecurity "restricted:latest": x'],
    ['PROBE_FAILED', `Error from server (Forbidden): error when creating "STDIN": ${deny}`],
    ['PROBE_FAILED', 'pods "p" is forbidden: minimum cpu usage per Container is 100m, but request is 1m'],
    ['PROBE_FAILED', 'Error from server (NotFound): namespaces "probes" not found'],
    ['PROBE_FAILED', 'something nobody has seen'],
    [
      'CLUSTER_UNREACHABLE',
      'Unable to connect to the server: dial tcp: lookup x.hcp.westeurope.azmk8s.io: no such host',
    ],
    ['CLUSTER_UNREACHABLE', 'Unable to connect to the server: Service Unavailable'],
    ['CLUSTER_UNREACHABLE', 'The connection to the server x:443 was refused - did you specify the right host or port?'],
  ])('means %s: %s', (code, output) => {
    const error = explainKubectl(output, attempt)
    expect(error).toMatchObject({ code, subject: 'aks-prod-1' })
    expect(error.message).toContain(output.slice(0, 40))
    expect(printFix(error.fix)).toMatch(/\n {2}(az|kubectl) /)
  })

  test.each([
    [true, 'Error from server: etcdserver: leader changed'],
    [true, 'failed calling webhook "x": Post "https://x.svc": context deadline exceeded'],
    [true, 'pods "p" is forbidden: status unknown for quota: q, resources: pods'],
    [true, 'error looking up service account a/default: serviceaccount "default" not found'],
    [true, 'Unable to connect to the server: net/http: TLS handshake timeout'],
    [true, 'Unable to connect to the server: http2: client connection lost'],
    [true, 'something nobody has seen'],
    [false, 'pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'],
    [false, `Error from server (Forbidden): error when creating "STDIN": ${deny}`],
    [false, 'pods is forbidden: User "me" cannot create resource "pods" in API group "" in the namespace "probes"'],
    [false, 'Unable to connect to the server: x509: certificate signed by unknown authority'],
  ])('recovers (%s): %s', (recovers, output) => {
    expect(explainKubectl(output, attempt).recovers).toBe(recovers)
  })
})

describe('pulls that failed', () => {
  const context = {
    target: sampleTarget(),
    registry: sampleRegistry(),
    group: '',
    mayAssignDirectly: false,
    repositories: [],
    isTimeOver: true,
    abandoned: new Map<string, string>(),
  }

  test.each([
    ['denied', 'PULL_DENIED'],
    ['unreachable', 'REGISTRY_UNREACHABLE'],
    ['changed', 'PROBE_FAILED'],
    ['not-found', 'IMAGE_NOT_FOUND'],
    ['rate-limited', 'THROTTLED'],
    ['unschedulable', 'PROBE_FAILED'],
    ['refused', 'PROBE_FAILED'],
    ['slow', 'PROBE_FAILED'],
    ['failed', 'PROBE_FAILED'],
  ] as const)('as %s are %s, with the message of the node and a command', (verdict, code) => {
    const error = explainPulls([samplePull(verdict), samplePull('pulled', { node: 'aks-system-1' })], context)
    expect(error).toMatchObject({ code, subject: 'contosoacr' })
    expect(error.message).toMatch(/^1 of the 2 probed nodes of aks-prod-1 .*what the node said( \(aks-system-0\))?\.$/)
    expect(printFix(error.fix)).toMatch(/\n {2}(az|kubectl) /)
  })

  test('are reported by the worst, with the place where a manifest names the image', () => {
    const from = 'k8s.yaml, document 1 (Pod p), spec.containers[0].image'
    const image = { ...samplePull('not-found').image, from, origin: 'manifest' as const }
    const error = explainPulls([samplePull('denied'), samplePull('not-found', { image, node: 'b' })], context)
    expect(error.code).toBe('IMAGE_NOT_FOUND')
    expect(error.message).toContain(from)
  })

  test('through a group explain the token cache, and how to get around it', () => {
    const error = explainPulls([samplePull('denied')], { ...context, group: 'g', mayAssignDirectly: true })
    expect(error.message).toMatch(/contosoacr\.azurecr\.io \(aks-system-0\)\. .*\bgroup\b/)
    expect(error.message).toContain('up to a day')
    expect(error.fix.text).toContain('on-timeout: assign-directly')
  })

  test('do not name every node if there are many', () => {
    const many = Array.from({ length: 40 }, (_, index) => samplePull('denied', { node: `n${index}` }))
    expect(explainPulls(many, context).message).toContain('n4 and 35 more)')
  })
})
