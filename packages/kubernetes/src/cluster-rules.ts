import { aksCommand, kubectlCommand } from 'azure'
import { justAssigned } from 'azure-clients'
import { type ActionError, choices, type Fix } from 'kernel'

/** The context of a request to a cluster, for its error. */
export interface ClusterAttempt {
  cluster: { id: string; name: string }
  namespace: string
  /** The service accounts of the inputs that probe pods may run as. */
  accounts?: readonly string[]
}

type ClusterRule = {
  when: RegExp | ((said: string, attempt: ClusterAttempt) => boolean)
  /** By default `PROBE_FAILED`. */
  code?: ActionError['code']
  recovers?: true
  /** Set for refusals that probers handle in their own way. */
  detail?: 'quota' | 'limit-range' | 'account'
  /** As a clause. */
  reason: string
} & (
  | { advice: string; command: (attempt: ClusterAttempt) => string }
  | { fix: (said: string, attempt: ClusterAttempt) => Fix }
)

/** Messages of an API server that answers with an error. */
const isHiccup =
  /etcdserver|too ?many ?requests|internal ?error|service ?unavailable|bad ?gateway|gateway ?time-?out|unable to handle the request|unable to return a response|an error on the server|request did not complete within|the server was unable|http2: |GOAWAY|stream error/i

/** Messages of a kubectl that gets something other than JSON, such as a web page (encoding/json, apimachinery `runtime/serializer`). */
const isForeign =
  /serializer for text\/\w+ doesn't exist|invalid character '|looking for beginning of value|unexpected end of JSON input|couldn't get version\/kind/i

/** Messages of a connection that could not be made. */
const isUnconnected = /Unable to connect to the server|connection to the server .* was refused/i

/** Messages of a connection that ended before the answer was complete. */
const isCut =
  /dial tcp|no such host|i\/o timeout|connection refused|connection reset|lost connection|connection lost|TLS handshake|context deadline exceeded|proxyconnect|request canceled|timed? ?out|broken pipe|EOF/im

const byQuota = {
  reason: 'a quota rejects the probe pods',
  advice:
    'For each image a pod requests 1m CPU and 8Mi memory, with limits of 100m and 64Mi. Raise the quota, or set probe-namespace to another namespace. To see the quota:',
  command: ({ namespace }: ClusterAttempt) => kubectlCommand('describe resourcequota', namespace),
}

/**
 * Messages of kubectl; the first matching rule counts. Texts: kubernetes/kubernetes `apierrors`, admission plugins (quota, serviceaccount,
 * limitranger, webhook), Gatekeeper.
 */
export const clusterRules: ClusterRule[] = [
  {
    when: /failed calling webhook|failed to call webhook/i,
    recovers: true,
    reason: 'an admission webhook of the cluster does not respond',
    advice:
      'No pod can be created while it is down, unless its failurePolicy is Ignore. The message above names it. To list the webhooks:',
    command: () => kubectlCommand('get validatingwebhookconfigurations,mutatingwebhookconfigurations'),
  },
  {
    when: (said, attempt) => findMissingAccount(said, attempt) !== undefined,
    detail: 'account',
    reason: 'the service account that the probe pods run as does not exist in the namespace',
    fix: (said, attempt) => adviseOnAccount(findMissingAccount(said, attempt) ?? '', attempt.namespace),
  },
  {
    when: /error looking up service account|serviceaccounts? "[^"]*" not found/i,
    recovers: true,
    reason: 'the namespace has no service account "default" yet',
    advice:
      'A controller of the cluster creates it together with the namespace. Set probe-namespace to another namespace, or create the service account:',
    command: ({ namespace }) => kubectlCommand('create serviceaccount default', namespace),
  },
  {
    when: /status unknown for quota|Operation cannot be fulfilled on|object has been modified|\(AlreadyExists\)/i,
    recovers: true,
    reason: "the usage of the namespace's quota is not calculated yet",
    advice: 'To see the quota:',
    command: ({ namespace }) => kubectlCommand('describe resourcequota', namespace),
  },
  // Nothing is used, so no room will become free.
  {
    ...byQuota,
    when: /failed quota|must specify (limits|requests)|used: ([^=,\s]+=0,)*[^=,\s]+=0, limited:/i,
  },
  { ...byQuota, when: /exceeded quota/i, detail: 'quota' },
  {
    when: /violates PodSecurity/i,
    reason: "the namespace's pod security standard rejects the probe pods",
    advice:
      'The pods meet the restricted standard, so the namespace enforces another version of it. Set probe-namespace to another namespace. To see what is enforced:',
    command: ({ namespace }) => kubectlCommand('get namespace', '', namespace, '--show-labels'),
  },
  {
    when: /admission webhook|denied the request|ValidatingAdmissionPolicy|denied by policy|\[azurepolicy-/i,
    reason: 'a policy of the cluster rejects the probe pods',
    advice:
      'The message above names the policy. Exempt a namespace from it and set probe-namespace to that one, or change what the policy objects to ' +
      '(a :latest tag or a registry that is not allowed: set another probe-image). To see the labels of the namespace, which policies select by:',
    command: ({ namespace }) => kubectlCommand('get namespace', '', namespace, '--show-labels'),
  },
  {
    when: /(minimum|maximum) (cpu|memory|ephemeral-storage) usage|limit to request ratio|LimitRange/i,
    detail: 'limit-range',
    reason: "the namespace's limit range rejects the probe pods",
    advice: 'Set probe-namespace to another namespace. To see the limits:',
    command: ({ namespace }) => kubectlCommand('describe limitrange', namespace),
  },
  {
    when: /namespaces? "[^"]+" not found/i,
    reason: 'the namespace of the probe pods does not exist',
    advice: 'Set probe-namespace to an existing namespace, or create it:',
    command: ({ namespace }) => kubectlCommand('create namespace', '', namespace),
  },
  {
    when: /is being terminated/i,
    reason: 'the namespace of the probe pods is being deleted',
    advice: 'Set probe-namespace to another namespace. To list them:',
    command: () => kubectlCommand('get namespaces'),
  },
  {
    when: /Unauthorized|must be logged in|asked for the client to provide credentials/i,
    code: 'SIGN_IN_FAILED',
    reason: 'the API server does not accept the sign-in',
    advice: 'The signed-in identity must belong to the tenant that the cluster uses for sign-in:',
    command: ({ cluster }) => aksCommand('show', cluster.id, '--query aadProfile'),
  },
  {
    when: /x509:|certificate/i,
    code: 'CLUSTER_UNREACHABLE',
    reason: 'the runner does not trust the certificate of the API server',
    advice:
      'Something between the runner and the API server, most likely a proxy, answers instead. Let requests to the API server bypass it, or set probe-with: run-command. The address:',
    command: ({ cluster }) => aksCommand('show', cluster.id, '--query fqdn --output tsv'),
  },
  {
    when: isForeign,
    code: 'CLUSTER_UNREACHABLE',
    recovers: true,
    reason: 'something in between answers instead of the API server, or truncates its answers',
    advice:
      'This is a proxy or the login page of a network. Let requests to the API server bypass it, or set probe-with: run-command. The address:',
    command: ({ cluster }) => aksCommand('show', cluster.id, '--query fqdn --output tsv'),
  },
  {
    when: said => isUnconnected.test(said) || (isCut.test(said) && !isHiccup.test(said)),
    code: 'CLUSTER_UNREACHABLE',
    recovers: true,
    reason: "the API server can't be reached from the runner",
    advice:
      'Set probe-with: run-command, which goes through Azure Resource Manager, or run the job where it can reach the API server (authorized IP ranges, private network, proxy). To see the settings:',
    command: ({ cluster }) => aksCommand('show', cluster.id, '--query apiServerAccessProfile'),
  },
  {
    when: isHiccup,
    code: 'AZURE_UNAVAILABLE',
    recovers: true,
    reason: 'the API server returns errors',
    advice:
      'It is overloaded, or its control plane is being changed. Run the step again later. To see the state of the cluster:',
    command: ({ cluster }) =>
      aksCommand('show', cluster.id, '--query "{power: powerState.code, provisioning: provisioningState}"'),
  },
  {
    when: /forbidden/i,
    code: 'AUTHORIZATION_FAILED',
    reason: 'the signed-in identity lacks permissions inside the cluster',
    advice:
      'It must be able to list nodes and events, and to list, create and delete pods in the namespace; docs/permissions.md has the role for each kind of cluster. ' +
      `${justAssigned} To see how the cluster authorizes requests:`,
    command: ({ cluster }) => aksCommand('show', cluster.id, '--query aadProfile'),
  },
]

/** The service account of the inputs that Kubernetes did not find; never `default`, which a controller creates with each namespace. */
function findMissingAccount(said: string, { accounts = [] }: ClusterAttempt) {
  return accounts.find(name => name !== 'default' && said.includes(`serviceaccount "${name}" not found`))
}

function adviseOnAccount(account: string, namespace: string): Fix {
  const fields = ['--field-selector', `metadata.name=${account}`]
  return choices(
    {
      text: 'Set probe-namespace to the namespace of the workload, and deploy its service account before this step. To see where it exists:',
      commands: [kubectlCommand('get serviceaccounts --all-namespaces', '', ...fields)],
    },
    {
      text: 'Or create it, and give it the annotations and pull secrets that the workload needs:',
      commands: [kubectlCommand('create serviceaccount', namespace, account)],
    },
  )
}
