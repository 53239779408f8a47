import { describe, expect, it } from 'vitest'
import type { ActionError } from 'kernel'
import type { ClusterAttempt } from '../src/cluster-rules.js'
import { explainKubectl, explainLate, explainUnwritten, incomplete, notRun, unreadable } from '../src/errors.js'

const subscription = '11111111-2222-4333-8444-555555555555'
const attempt: ClusterAttempt = {
  cluster: {
    id: `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`,
    name: 'aks-1',
  },
  namespace: 'probes',
}
const aksShow = `az aks show --subscription ${subscription} --resource-group rg --name aks-1`

describe('the output of kubectl', () => {
  // Texts: kubernetes/kubernetes apierrors and admission plugins, client-go, Gatekeeper.
  it.each<[string, ActionError['code'], boolean, string, string]>([
    [
      'Internal error occurred: failed calling webhook "x": no endpoints available',
      'PROBE_FAILED',
      true,
      'an admission webhook of the cluster does not respond',
      'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
    ],
    ...[
      'error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods?timeout=35s": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
      'Error from server (Timeout): error when creating "STDIN": Timeout: request did not complete within requested timeout - context deadline exceeded',
      'kubectl create timed out after 60 s',
    ].map((output): [string, ActionError['code'], boolean, string, string] => [
      output,
      'PROBE_FAILED',
      true,
      'the cluster did not admit a probe pod in time, as if an admission webhook did not respond',
      'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
    ]),
    ...[
      'error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods?timeout=35s": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      'error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods": dial tcp 10.0.0.1:443: i/o timeout',
      'Get "https://aks/api/v1/nodes?timeout=15s": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
      'kubectl get timed out after 10 s',
    ].map((output): [string, ActionError['code'], boolean, string, string] => [
      output,
      'CLUSTER_UNREACHABLE',
      true,
      "the API server can't be reached from the runner",
      `${aksShow} --query apiServerAccessProfile`,
    ]),
    [
      'pods "p" is forbidden: error looking up service account probes/default: serviceaccount "default" not found',
      'PROBE_FAILED',
      true,
      'the namespace has no service account "default" yet',
      'kubectl create serviceaccount default --namespace probes',
    ],
    [
      'pods "p" is forbidden: status unknown for quota: q',
      'PROBE_FAILED',
      true,
      "the usage of the namespace's quota is not calculated yet",
      'kubectl describe resourcequota --namespace probes',
    ],
    [
      'pods "p" is forbidden: exceeded quota: q, requested: limits.cpu=10m,pods=1, used: limits.cpu=0,pods=0, limited: limits.cpu=5m,pods=0',
      'PROBE_FAILED',
      false,
      'a quota rejects the probe pods',
      'kubectl describe resourcequota --namespace probes',
    ],
    [
      'pods "p" is forbidden: exceeded quota: q',
      'PROBE_FAILED',
      false,
      'a quota rejects the probe pods',
      'kubectl describe resourcequota --namespace probes',
    ],
    [
      'pods "p" is forbidden: violates PodSecurity "restricted:latest"',
      'PROBE_FAILED',
      false,
      "the namespace's pod security standard rejects the probe pods",
      'kubectl get namespace probes --show-labels',
    ],
    [
      'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-x] no',
      'PROBE_FAILED',
      false,
      'a policy of the cluster rejects the probe pods',
      'kubectl get namespace probes --show-labels',
    ],
    [
      'Error from server: error when creating "STDIN": admission webhook "v.example" denied the request: context deadline exceeded while loading policies',
      'PROBE_FAILED',
      true,
      'the policy engine of the cluster is not ready',
      'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
    ],
    [
      'Error from server (Expired): too old resource version: 1 (5)',
      'AZURE_UNAVAILABLE',
      true,
      'the API server no longer has the version of a list that it began to send',
      `${aksShow} --query "{power: powerState.code, provisioning: provisioningState}"`,
    ],
    [
      'pods "p" is forbidden: minimum cpu usage per Container is 100m',
      'PROBE_FAILED',
      false,
      "the namespace's limit range rejects the probe pods",
      'kubectl describe limitrange --namespace probes',
    ],
    [
      'Error from server (NotFound): namespaces "probes" not found',
      'PROBE_FAILED',
      false,
      'the namespace of the probe pods does not exist',
      'kubectl create namespace probes',
    ],
    [
      'pods "p" is forbidden: unable to create new content in namespace probes because it is being terminated',
      'PROBE_FAILED',
      false,
      'the namespace of the probe pods is being deleted',
      'kubectl get namespaces',
    ],
    [
      'error: You must be logged in to the server (Unauthorized)',
      'SIGN_IN_FAILED',
      false,
      'the API server does not accept the sign-in',
      `${aksShow} --query aadProfile`,
    ],
    [
      'Unable to connect to the server: x509: certificate signed by unknown authority',
      'CLUSTER_UNREACHABLE',
      false,
      'the runner does not trust the certificate of the API server',
      `${aksShow} --query fqdn --output tsv`,
    ],
    [
      "error: serializer for text/html doesn't exist",
      'CLUSTER_UNREACHABLE',
      true,
      'something in between answers instead of the API server, or truncates its answers',
      `${aksShow} --query fqdn --output tsv`,
    ],
    [
      'Unable to connect to the server: net/http: internal error',
      'CLUSTER_UNREACHABLE',
      true,
      "the API server can't be reached from the runner",
      `${aksShow} --query apiServerAccessProfile`,
    ],
    [
      'dial tcp 10.0.0.1:443: i/o timeout',
      'CLUSTER_UNREACHABLE',
      true,
      "the API server can't be reached from the runner",
      `${aksShow} --query apiServerAccessProfile`,
    ],
    [
      'Error from server (InternalError): etcdserver: request timed out',
      'AZURE_UNAVAILABLE',
      true,
      'the API server returns errors',
      `${aksShow} --query "{power: powerState.code, provisioning: provisioningState}"`,
    ],
  ])('"%s" means %s, recovers: %s', (output, code, recovers, sentence, command) => {
    const error = explainKubectl(output, attempt)
    expect(error).toMatchObject({ code, recovers, reason: sentence, subject: 'aks-1' })
    expect(error.message).toBe(`The nodes of aks-1 could not be probed: ${sentence}. Kubernetes said: ${output}`)
    expect(error.quote).toEqual({
      statement: `The nodes of aks-1 could not be probed: ${sentence}.`,
      intro: 'Kubernetes said:',
      text: output,
    })
    expect(error.fix.commands).toEqual([command])
    // Only if something is used, room may become free.
    expect(error.detail === 'quota').toBe(
      output.includes('exceeded quota') && !output.includes('used: limits.cpu=0,pods=0'),
    )
  })

  it('about missing permissions says which ones, and that new ones take time', () => {
    const output = 'Error from server (Forbidden): nodes is forbidden: User "x" cannot list resource "nodes"'
    const { code, recovers, fix } = explainKubectl(output, attempt)
    expect([code, recovers]).toEqual(['AUTHORIZATION_FAILED', false])
    expect(fix.text).toContain('docs/permissions.md')
    expect(fix.text).toContain('up to ten minutes')
    expect(fix.commands).toEqual([expect.stringMatching(/^az aks show .* --query aadProfile$/)])
  })

  it.each([
    ['nodes is forbidden: User "x" cannot list resource "nodes" in API group ""', 'list nodes'],
    ['pods is forbidden: User "x" cannot create resource "pods/exec" in API group ""', 'create pods/exec'],
    ['Error from server (Forbidden): forbidden', undefined],
    ['namespaces "probes" not found, and User "x" cannot list resource "nodes"', undefined],
  ])(
    'about missing permissions names the request that was refused, for callers that can do without it: %s',
    (output, request) => {
      expect(explainKubectl(output, attempt).detail).toBe(request)
    },
  )

  it.each([
    ['something new', 'something new', 'something new'],
    ['', 'nothing', 'kubectl failed without a message'],
  ])('that is unknown is worth a retry: "%s"', (output, shown, reason) => {
    const error = explainKubectl(output, attempt)
    expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: true, reason, subject: 'aks-1' })
    expect(error.message).toBe(`The nodes of aks-1 could not be probed: kubectl said: ${shown}`)
    const failure = 'The nodes of aks-1 could not be probed'
    expect(error).toMatchObject({ isQuoted: true, failure })
    expect(error.quote).toEqual({ statement: `${failure}:`, intro: 'kubectl said:', text: shown })
    expect(error.fix.commands).toEqual(['kubectl get nodes,pods --namespace probes'])
  })

  it.each([
    ["E1126 03:00:00.1 1 memcache.go:265] couldn't get server API group list\nError: no", 'Error: no'],
    ['W0101 a warning\n  I1231 no line of the log\n\nno', 'I1231 no line of the log no'],
    ['E112 no line of the log\nX1126 nor this', 'E112 no line of the log X1126 nor this'],
    ['x'.repeat(2000), 'x'.repeat(1500)],
    // The failure comes last.
    [`begin${'x'.repeat(4091)}${'y'.repeat(5000)}z`, `begin${'x'.repeat(1495)}`],
  ])('is shown on one line, without the log, and shortened: %j', (output, shown) => {
    expect(explainKubectl(output, attempt).reason).toBe(shown)
  })

  it('is read at both ends if it is long', () => {
    const around = (spaces: number) =>
      explainKubectl(`${' '.repeat(spaces)}exceeded quota${' '.repeat(spaces)}`, attempt).detail === 'quota'
    expect([around(4089), around(6000)]).toEqual([true, false])
    expect(explainKubectl(`${' '.repeat(9000)}exceeded quota`, attempt).detail).toBe('quota')
  })
})

describe('a kubectl that was killed', () => {
  it('reports its time limit and what it had printed', () => {
    const error = explainLate('kubectl get nodes', 60_400, 'E0101 x\n waiting', attempt)
    expect(error).toMatchObject({ code: 'CLUSTER_UNREACHABLE', recovers: true, subject: 'aks-1' })
    expect(error.reason).toBe('the API server did not answer in time')
    expect(error.message).toBe(
      'The nodes of aks-1 could not be probed: kubectl get nodes did not end within 60 s, after printing: waiting.',
    )
    expect(error.fix.commands).toEqual([
      `${aksShow} --query "{state: powerState.code, access: apiServerAccessProfile}"`,
    ])
  })

  it('while it created pods is not about the way to the API server', () => {
    const error = explainLate('kubectl create --namespace', 60_000, '', attempt)
    expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: true })
    expect(error.reason).toMatch(/did not admit a probe pod in time/)
    expect(error.fix.commands).toEqual(['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'])
    expect(explainLate('kubectl create --raw', 60_000, '', attempt).code).toBe('CLUSTER_UNREACHABLE')
  })

  it('mentions no output if there was none, and shortens it', () => {
    const messageOf = (output: string) => explainLate('kubectl', 1000, output, attempt).message
    expect(messageOf('')).toBe('The nodes of aks-1 could not be probed: kubectl did not end within 1 s.')
    expect(messageOf('x'.repeat(600))).toMatch(/printing: x{500}\.$/)
  })
})

describe('a program called kubectl', () => {
  it('that prints nothing is another program; an incomplete list may be complete the next time', () => {
    for (const nothing of ['', ' \n'])
      expect(incomplete({ name: 'kubectl', attempt }, nothing)).toMatchObject({
        code: 'PROBE_FAILED',
        recovers: false,
        reason: 'kubectl printed nothing',
        message: 'The nodes of aks-1 could not be probed: kubectl printed nothing, but reported success.',
        fix: { commands: ['kubectl get nodes,pods --all-namespaces --output name'] },
      })
    expect(incomplete({ name: 'kubectl', attempt }, 'half a list')).toMatchObject({
      recovers: true,
      reason: 'kubectl printed an incomplete list',
    })
  })
})

it('a kubeconfig that could not be written is about the runner, not about the cluster', () => {
  const error = explainUnwritten('ENOSPC: no space left on device', attempt)
  const reason = 'the kubeconfig could not be written (ENOSPC: no space left on device)'
  expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: false, reason, subject: 'aks-1' })
  expect(error.message).toBe(`The nodes of aks-1 could not be probed: ${reason}.`)
  expect(error.fix.text).toMatch(/^Free some space in RUNNER_TEMP/)
})

describe('AKS Run Command', () => {
  it.each([
    ['x'.repeat(400), `its output is incomplete, and begins with: ${'x'.repeat(300)}`],
    ['', 'it has no output'],
  ])('that ran without its whole output shows the beginning: %s', (logs, why) => {
    const error = unreadable(attempt.cluster, logs)
    expect(error).toMatchObject({ code: 'PROBE_FAILED', recovers: true, subject: 'aks-1' })
    expect(error.message).toBe(`AKS Run Command could not run on aks-1 (succeeded): ${why}.`)
  })

  it('that did not run is reported with its state and reason, if there is one', () => {
    expect(notRun(attempt.cluster, 'Failed', 'ImagePullBackoff')).toMatchObject({
      message: 'AKS Run Command could not run on aks-1 (failed): ImagePullBackoff.',
      reason: 'AKS Run Command could not run: ImagePullBackoff',
      resource: attempt.cluster.id,
    })
    expect(notRun(attempt.cluster, 'Failed', '').reason).toBe('AKS Run Command could not run: no reason was given')
  })
})
