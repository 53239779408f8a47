import { describe, expect, it } from 'vitest'
import { printFix, type ActionError, reasonOf } from 'kernel'
import type { ClusterAttempt } from '../src/cluster-rules.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'
import { explainKubectl, explainLateKubectl, explainUnwritten, incomplete, notRun, unreadable } from '../src/errors.js'

const subscription = '11111111-2222-4333-8444-555555555555'
const attempt: ClusterAttempt = {
  cluster: {
    id: `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`,
    name: 'aks-1',
  },
  namespace: 'probes',
}

// Texts: kubernetes/kubernetes apierrors and admission plugins, client-go, Gatekeeper.
const outputs: Record<string, string[]> = {
  'pods that were not admitted': [
    'Internal error occurred: failed calling webhook "x": no endpoints available',
    'error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods?timeout=35s": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    'Error from server (Timeout): error when creating "STDIN": Timeout: request did not complete within requested timeout - context deadline exceeded',
    'kubectl create timed out after 60 s',
    'pods "p" is forbidden: error looking up service account probes/default: serviceaccount "default" not found',
    'pods "p" is forbidden: status unknown for quota: q',
    'Operation cannot be fulfilled on resourcequotas "q": the object has been modified; please apply your changes to the latest version and try again',
    // Only if something is used, room may become free.
    'pods "p" is forbidden: exceeded quota: q, requested: limits.cpu=10m,pods=1, used: limits.cpu=0,pods=0, limited: limits.cpu=5m,pods=0',
    'pods "p" is forbidden: exceeded quota: q',
    'pods "p" is forbidden: violates PodSecurity "restricted:latest"',
    'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-x] no',
    'Error from server: error when creating "STDIN": admission webhook "v.example" denied the request: context deadline exceeded while loading policies',
    'pods "p" is forbidden: minimum cpu usage per Container is 100m',
    'pods "p" is forbidden: minimum memory usage per Pod is 64Mi',
    'pods "p" is forbidden: cpu max limit to request ratio per Container is 2',
    'Error from server (NotFound): namespaces "probes" not found',
    'pods "p" is forbidden: unable to create new content in namespace probes because it is being terminated',
    'Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: not yet ready to handle request',
    'Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: unable to create pods at this time because there was an error enforcing limit ranges',
    // Recorded from a real API server 1.36.2, with PodNodeSelector, RuntimeClass and PodTolerationRestriction; by Run Command, the file has another name.
    'Error from server (Forbidden): error when creating "STDIN": pods is forbidden: pod node label selector conflicts with its namespace node label selector',
    'Error from server (Forbidden): error when creating "STDIN": pods "attach-acr-probe-b4c8008f-" is forbidden: pod rejected: RuntimeClass "kata-mshv" not found',
    'Error from server (Forbidden): error when creating "probes/0.json": pods "attach-acr-probe-b4c8008f-" is forbidden: pod rejected: RuntimeClass "kata-mshv" not found',
    'Error from server: error when creating "STDIN": pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
    'The Pod "attach-acr-probe-b4c8008f-x" is invalid: spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 100m',
  ],
  'the API server': [
    'error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods?timeout=35s": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    'error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods": dial tcp 10.0.0.1:443: i/o timeout',
    'Get "https://aks/api/v1/nodes?timeout=15s": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    'kubectl get timed out after 10 s',
    'Error from server (Expired): too old resource version: 1 (5)',
    'error: You must be logged in to the server (Unauthorized)',
    'Unable to connect to the server: x509: certificate signed by unknown authority',
    "error: serializer for text/html doesn't exist",
    'Unable to connect to the server: net/http: internal error',
    'dial tcp 10.0.0.1:443: i/o timeout',
    'Error from server (InternalError): etcdserver: request timed out',
  ],
  'rights, and what is unknown': [
    'Error from server (Forbidden): nodes is forbidden: User "x" cannot list resource "nodes"',
    // The refused request is named for callers that can do without it.
    'nodes is forbidden: User "x" cannot list resource "nodes" in API group ""',
    'pods is forbidden: User "x" cannot create resource "pods/exec" in API group ""',
    'Error from server (Forbidden): error when creating "STDIN": pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace "probes"',
    'Error from server (Forbidden): error when creating "probes/0.json": pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace "probes": User does not have access to the resource in Azure. Update role assignment to allow access.',
    'Error from server (Forbidden): forbidden',
    'error: the server rejected the list: the request is invalid: limit',
    'namespaces "probes" not found, and User "x" cannot list resource "nodes"',
    'something new',
    '',
  ],
}

const killed: Record<string, [command: string, output: string]> = {
  'kubectl get, after some output': ['kubectl get nodes', 'E0101 x\n waiting'],
  'kubectl create of pods': ['kubectl create --namespace', ''],
  'kubectl create of a review': ['kubectl create --raw', ''],
  'without output': ['kubectl', ''],
}

const cluster = attempt.cluster
const ends: Record<string, ActionError> = {
  'a kubectl that printed nothing': incomplete({ name: 'kubectl', attempt }, ' \n'),
  'a kubectl that printed half a list': incomplete({ name: 'kubectl', attempt }, 'half a list'),
  'a kubeconfig that could not be written': explainUnwritten('ENOSPC: no space left on device', attempt),
  'Run Command without its whole output': unreadable(cluster, 'x'.repeat(400)),
  'Run Command without output': unreadable(cluster, ''),
  'Run Command that did not run': notRun(cluster, 'Failed', 'ImagePullBackoff'),
  'Run Command that did not run, without a reason': notRun(cluster, 'Failed', ''),
}

/** All that is told of an error, and whether it recovers. */
function show({ code, recovers, detail, said, message, fix }: ActionError): string {
  const lines = [
    `${code}${recovers ? ', which recovers' : ''}${detail ? `; ${detail}` : ''}: ${reasonOf(said)}`,
    message,
  ]
  return [...lines, printFix(fix)].join('\n')
}

const catalogue: Record<string, Record<string, ActionError>> = {
  ...Object.fromEntries(
    Object.entries(outputs).map(([about, texts]) => [
      about,
      Object.fromEntries(texts.map(text => [text, explainKubectl(text, attempt)])),
    ]),
  ),
  'a command that was killed': Object.fromEntries(
    Object.entries(killed).map(([name, [command, output]]) => [
      name,
      explainLateKubectl(command, 60_400, output, attempt),
    ]),
  ),
  'a command that ended': ends,
}

describe('what is told', () => {
  it.each(Object.keys(catalogue))('of %s is as in kubectl-errors/', about => {
    const text = printCatalogue(catalogue[about] ?? {}, show)
    return expect(text).toMatchFileSnapshot(`kubectl-errors/${about.replaceAll(/\W+/g, '-')}.txt`)
  })

  it('quotes kubectl after one sentence', () => {
    const said = 'error: You must be logged in to the server (Unauthorized)'
    expect(explainKubectl(said, attempt).said.quote).toEqual({ by: 'Kubernetes said:', text: said })
    const what = 'The nodes of aks-1 could not be probed'
    expect(explainKubectl('No way.', attempt).said).toEqual({
      what,
      brief: 'No way',
      quote: { by: 'kubectl said:', text: 'No way' },
    })
    expect(explainKubectl('', attempt).said).toEqual({ what, why: 'kubectl failed without a message' })
  })
})

describe('the output of kubectl', () => {
  it.each([
    ["E1126 03:00:00.1 1 memcache.go:265] couldn't get server API group list\nError: no", 'Error: no'],
    ['W0101 a warning\n  I1231 no line of the log\n\nno', 'I1231 no line of the log no'],
    ['E112 no line of the log\nX1126 nor this', 'E112 no line of the log X1126 nor this'],
    ['x'.repeat(2000), 'x'.repeat(1500)],
    // The failure comes last.
    [`begin${'x'.repeat(4091)}${'y'.repeat(5000)}z`, `begin${'x'.repeat(1495)}`],
  ])('is shown on one line, without the log, and shortened: %j', (output, shown) => {
    expect(reasonOf(explainKubectl(output, attempt).said)).toBe(shown)
  })

  it('is read at both ends if it is long', () => {
    const around = (spaces: number) =>
      explainKubectl(`${' '.repeat(spaces)}exceeded quota${' '.repeat(spaces)}`, attempt).detail === 'quota'
    expect([around(4089), around(6000)]).toEqual([true, false])
    expect(explainKubectl(`${' '.repeat(9000)}exceeded quota`, attempt).detail).toBe('quota')
  })
})

describe('a kubectl that was killed', () => {
  it('has its output shortened', () => {
    expect(explainLateKubectl('kubectl', 1000, 'x'.repeat(600), attempt).message).toMatch(/printing: x{500}\.$/)
  })
})
