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

/**
 * What must become of texts of kubectl: kubernetes/kubernetes apierrors and admission plugins, client-go, Gatekeeper. Those that say so are recorded from a real
 * API server 1.36.2, with PodNodeSelector, RuntimeClass and PodTolerationRestriction.
 */
const outputs: Record<string, string> = {
  'pods that were not admitted': `
    a webhook may come back: PROBE_FAILED, which recovers | Internal error occurred: failed calling webhook "x": no endpoints available
    a slow creation is a slow webhook, not a lost API server: PROBE_FAILED, which recovers | error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods?timeout=35s": net/http: request canceled (Client.Timeout exceeded while awaiting headers)
    a creation that the server ended is one, too: PROBE_FAILED, which recovers | Error from server (Timeout): error when creating "STDIN": Timeout: request did not complete within requested timeout - context deadline exceeded
    a creation that was killed is one, too: PROBE_FAILED, which recovers | kubectl create timed out after 60 s
    the default account of a new namespace may still come: PROBE_FAILED, which recovers | pods "p" is forbidden: error looking up service account probes/default: serviceaccount "default" not found
    a new quota may still be counted: PROBE_FAILED, which recovers | pods "p" is forbidden: status unknown for quota: q
    a quota that others changed is counted again: PROBE_FAILED, which recovers | Operation cannot be fulfilled on resourcequotas "q": the object has been modified; please apply your changes to the latest version and try again
    a quota of which nothing is used never gets room: PROBE_FAILED | pods "p" is forbidden: exceeded quota: q, requested: limits.cpu=10m,pods=1, used: limits.cpu=0,pods=0, limited: limits.cpu=5m,pods=0
    a quota that is used up may get room: PROBE_FAILED; quota | pods "p" is forbidden: exceeded quota: q
    a pod security standard is final: PROBE_FAILED | pods "p" is forbidden: violates PodSecurity "restricted:latest"
    a policy is final: PROBE_FAILED | admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-x] no
    a policy engine that still loads is not: PROBE_FAILED, which recovers | Error from server: error when creating "STDIN": admission webhook "v.example" denied the request: context deadline exceeded while loading policies
    nor is one that fails: PROBE_FAILED, which recovers | Error from server: error when creating "STDIN": admission webhook "v.example" denied the request: internal error
    a policy of the API server itself is final: PROBE_FAILED | Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: ValidatingAdmissionPolicy 'demo' with binding 'demo' denied request: no
    a limit range may want more CPU: PROBE_FAILED; limit-range | pods "p" is forbidden: minimum cpu usage per Container is 100m
    a limit range may want more memory: PROBE_FAILED; limit-range | pods "p" is forbidden: minimum memory usage per Pod is 64Mi
    a limit range may want another ratio: PROBE_FAILED; limit-range | pods "p" is forbidden: cpu max limit to request ratio per Container is 2
    a namespace that is not there is final: PROBE_FAILED | Error from server (NotFound): namespaces "probes" not found
    a namespace that is being deleted is final: PROBE_FAILED | pods "p" is forbidden: unable to create new content in namespace probes because it is being terminated
    an API server that has just started is no missing right: AZURE_UNAVAILABLE, which recovers | Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: not yet ready to handle request
    one that can't read limit ranges yet, neither: AZURE_UNAVAILABLE, which recovers | Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: unable to create pods at this time because there was an error enforcing limit ranges
    a node selector of the namespace is no missing right (recorded): PROBE_FAILED | Error from server (Forbidden): error when creating "STDIN": pods is forbidden: pod node label selector conflicts with its namespace node label selector
    nor is an unknown runtime class (recorded): PROBE_FAILED | Error from server (Forbidden): error when creating "STDIN": pods "attach-acr-probe-b4c8008f-" is forbidden: pod rejected: RuntimeClass "kata-mshv" not found
    nor is it by Run Command, where the file has another name: PROBE_FAILED | Error from server (Forbidden): error when creating "probes/0.json": pods "attach-acr-probe-b4c8008f-" is forbidden: pod rejected: RuntimeClass "kata-mshv" not found
    nor is a toleration of the namespace (recorded): PROBE_FAILED | Error from server: error when creating "STDIN": pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist
    nor is an annotation that makes the pod invalid (recorded): PROBE_FAILED | The Pod "attach-acr-probe-b4c8008f-x" is invalid: spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 100m
  `,
  'the API server': `
    no connection for a creation is no slow webhook: CLUSTER_UNREACHABLE, which recovers | error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods?timeout=35s": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)
    nor is a dial that nobody answers: CLUSTER_UNREACHABLE, which recovers | error when creating "STDIN": Post "https://aks/api/v1/namespaces/default/pods": dial tcp 10.0.0.1:443: i/o timeout
    a list without an answer is a lost API server: CLUSTER_UNREACHABLE, which recovers | Get "https://aks/api/v1/nodes?timeout=15s": net/http: request canceled (Client.Timeout exceeded while awaiting headers)
    so is a list that was killed: CLUSTER_UNREACHABLE, which recovers | kubectl get timed out after 10 s
    so is a dial alone: CLUSTER_UNREACHABLE, which recovers | dial tcp 10.0.0.1:443: i/o timeout
    so is whatever is said of the connection: CLUSTER_UNREACHABLE, which recovers | Unable to connect to the server: net/http: internal error
    a list that has become too old is read again: AZURE_UNAVAILABLE, which recovers | Error from server (Expired): too old resource version: 1 (5)
    a refused sign-in is final: SIGN_IN_FAILED | error: You must be logged in to the server (Unauthorized)
    a foreign certificate is final: CLUSTER_UNREACHABLE | Unable to connect to the server: x509: certificate signed by unknown authority
    a web page may go away: CLUSTER_UNREACHABLE, which recovers | error: serializer for text/html doesn't exist
    a connection that was cut is made again: CLUSTER_UNREACHABLE, which recovers | write tcp 10.0.0.4:41234->10.0.0.1:443: write: broken pipe
    a throttled request may pass: AZURE_UNAVAILABLE, which recovers | Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later
    so may a server that says goodbye: AZURE_UNAVAILABLE, which recovers | Get "https://aks/api/v1/nodes": server sent GOAWAY and closed the connection; LastStreamID=1
    so may a server that can't serve: AZURE_UNAVAILABLE, which recovers | Error from server (ServiceUnavailable): the server is currently unable to handle the request
    an error of etcd may pass: AZURE_UNAVAILABLE, which recovers | Error from server (InternalError): etcdserver: request timed out
  `,
  // The refused request is named for callers that can do without it.
  'rights, and what is unknown': `
    a missing right names what was refused: AUTHORIZATION_FAILED; list nodes | Error from server (Forbidden): nodes is forbidden: User "x" cannot list resource "nodes"
    with its API group, too: AUTHORIZATION_FAILED; list nodes | nodes is forbidden: User "x" cannot list resource "nodes" in API group ""
    with a subresource: AUTHORIZATION_FAILED; create pods/exec | pods is forbidden: User "x" cannot create resource "pods/exec" in API group ""
    with its namespace: AUTHORIZATION_FAILED; create pods | Error from server (Forbidden): error when creating "STDIN": pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace "probes"
    with what Azure adds: AUTHORIZATION_FAILED; create pods | Error from server (Forbidden): error when creating "probes/0.json": pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace "probes": User does not have access to the resource in Azure. Update role assignment to allow access.
    a refusal that names nothing is a missing right: AUTHORIZATION_FAILED | Error from server (Forbidden): forbidden
    a missing namespace goes before a missing right: PROBE_FAILED | namespaces "probes" not found, and User "x" cannot list resource "nodes"
    a word in another sense is no known failure: PROBE_FAILED, which recovers | error: the server rejected the list: the request is invalid: limit
    what is not understood is tried again: PROBE_FAILED, which recovers | something new
    so is a failure without a word: PROBE_FAILED, which recovers |
  `,
}

const { cluster } = attempt
const late = (command: string, output = '') => explainLateKubectl(command, 60_400, output, attempt)
const catalogue: Record<string, Record<string, ActionError>> = {
  ...Object.fromEntries(
    Object.entries(outputs).map(([about, table]) => [
      about,
      Object.fromEntries(
        table
          .trim()
          .split(/\n */)
          .map(row => row.split(/ \|(?: |$)/))
          .map(([title = '', text = '']) => [title, explainKubectl(text, attempt)]),
      ),
    ]),
  ),
  'a command that was killed': {
    'a list is a lost API server, with what was printed: CLUSTER_UNREACHABLE, which recovers': late(
      'kubectl get nodes',
      'E0101 x\n waiting',
    ),
    'a creation of pods is a slow webhook: PROBE_FAILED, which recovers': late('kubectl create --namespace'),
    'a creation of a review is a lost API server: CLUSTER_UNREACHABLE, which recovers': late('kubectl create --raw'),
    'a command without output is, too: CLUSTER_UNREACHABLE, which recovers': late('kubectl'),
  },
  'a command that ended': {
    'nothing is no list, and another kubectl may print one: PROBE_FAILED': incomplete(
      { name: 'kubectl', attempt },
      ' \n',
    ),
    'half a list may be whole the next time: PROBE_FAILED, which recovers': incomplete(
      { name: 'kubectl', attempt },
      'half a list',
    ),
    'a full disk of the runner stays full: PROBE_FAILED': explainUnwritten('ENOSPC: no space left on device', attempt),
    'half an output may be whole the next time: PROBE_FAILED, which recovers': unreadable(cluster, 'x'.repeat(60)),
    'no output may come the next time: PROBE_FAILED, which recovers': unreadable(cluster, ''),
    'a command that did not run has its reason: PROBE_FAILED, which recovers': notRun(
      cluster,
      'Failed',
      'ImagePullBackoff',
    ),
    'or none: PROBE_FAILED, which recovers': notRun(cluster, 'Failed', ''),
  },
}

/** All that is told of an error, and whether it recovers. */
function show({ code, recovers, detail, said, message, fix }: ActionError): string {
  const lines = [
    `${code}${recovers ? ', which recovers' : ''}${detail ? `; ${detail}` : ''}: ${reasonOf(said)}`,
    message,
  ]
  return [...lines, printFix(fix)].join('\n')
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

describe('a command whose output is long', () => {
  it('of Run Command is quoted by its beginning', () => {
    expect(unreadable(cluster, 'x'.repeat(400)).message).toMatch(/: x{300}\.$/)
  })

  it('has its output shortened', () => {
    expect(explainLateKubectl('kubectl', 1000, 'x'.repeat(600), attempt).message).toMatch(/printing: x{500}\.$/)
  })
})
