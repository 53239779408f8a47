import { aksCommand, kubectlCommand } from 'azure'
import { justAssigned, rule, type Rule } from 'azure-clients'
import { briefly, choices, type Fix } from 'kernel'

/** The context of a request to a cluster, for its error. */
export interface ClusterAttempt {
  cluster: { id: string; name: string }
  namespace: string
  /** The service accounts of the inputs that probe pods may run as. */
  accounts?: readonly string[]
}

type ClusterRule = Rule<{ message: string }, ClusterAttempt>

/** Messages of an API server that answers with an error. */
const isHiccup =
  /etcdserver|too ?many ?requests|internal ?error|service ?unavailable|bad ?gateway|gateway ?time-?out|unable to handle the request|unable to return a response|an error on the server|request did not complete within|the server was unable|http2: |GOAWAY|stream error/i

/** Messages of a kubectl that gets something other than JSON, such as a web page (encoding/json, apimachinery `runtime/serializer`). */
const isForeign =
  /serializer for text\/\w+ doesn't exist|invalid character '|looking for beginning of value|unexpected end of JSON input|couldn't get version\/kind/i

/** Messages of kubectl about a pod that it could not create, or that it was ended for. */
const isOfCreation = /error when creating|kubectl create timed out/i

/** Messages of a request whose answer did not come in time, or that the API server has given up: not of a connection that could not be made. */
const isUnanswered =
  /Client\.Timeout exceeded|request did not complete within|context deadline exceeded|timed out after/i
const isOfConnecting = /dial tcp|while waiting for connection|TLS handshake|proxyconnect/i

/** Messages of a connection that could not be made. */
const isUnconnected = /Unable to connect to the server|connection to the server .* was refused/i

/** Messages of a connection that ended before the answer was complete. */
const isCut =
  /dial tcp|no such host|i\/o timeout|connection refused|connection reset|lost connection|connection lost|TLS handshake|context deadline exceeded|proxyconnect|request canceled|timed? ?out|broken pipe|EOF/im

const unreached = { code: 'CLUSTER_UNREACHABLE', recovers: true } as const

/** A reason, as a clause. @param more such as a `detail`, for refusals that probers handle in their own way */
function because(reason: string, more: Partial<ClusterRule> = {}) {
  return { code: 'PROBE_FAILED' as const, sentence: reason, ...more }
}

function byQuota(when: RegExp, more?: Partial<ClusterRule>): ClusterRule {
  return rule(when, because('a quota rejects the probe pods', more), (_, { namespace }) =>
    briefly(
      'Raise the quota, or set probe-namespace to another namespace.',
      'For each image a pod requests 1m CPU and 8Mi memory, with limits of 100m and 64Mi. To see the quota:',
      kubectlCommand('describe resourcequota', namespace),
    ),
  )
}

const listWebhooks = kubectlCommand('get validatingwebhookconfigurations,mutatingwebhookconfigurations')

/** Why a pod was not created in time: the API server gives up after 34 s, and Kubernetes gives a webhook 30 s (`timeoutSeconds`). */
export const unadmitted = 'the cluster did not admit a probe pod in time, as if an admission webhook did not respond'

export const adviseOnAdmission = [
  'Find the webhook that is slow, and the workload behind it; Kubernetes waits up to 30 s for each. To list the webhooks:',
  listWebhooks,
] as const

/**
 * Messages of kubectl; the first matching rule counts. Texts: kubernetes/kubernetes `apierrors`, admission plugins (quota, serviceaccount,
 * limitranger, webhook), Gatekeeper.
 */
export const clusterRules: ClusterRule[] = [
  rule(
    /failed calling webhook|failed to call webhook/i,
    because('an admission webhook of the cluster does not respond', { recovers: true }),
    briefly(
      'Repair the webhook named above: while it is down, no pod can be created unless its failurePolicy is Ignore.',
      'To list the webhooks:',
      listWebhooks,
    ),
  ),
  // The words of a denial, but of an engine that has just started, or fails (recorded from a real API server, with status 500).
  rule(
    /denied the request: .*(loading policies|context deadline exceeded|internal ?error)/i,
    because('the policy engine of the cluster is not ready', { recovers: true }),
    briefly(
      'Run the step again when the policy engine of the webhook named above is ready.',
      'To list the webhooks:',
      listWebhooks,
    ),
  ),
  rule(
    ({ message }) => isOfCreation.test(message) && isUnanswered.test(message) && !isOfConnecting.test(message),
    because(unadmitted, { recovers: true }),
    adviseOnAdmission,
  ),
  rule(
    ({ message }, attempt) => findMissingAccount(message, attempt) !== undefined,
    because('the service account that the probe pods run as does not exist in the namespace', { detail: 'account' }),
    ({ message }, attempt) => adviseOnAccount(findMissingAccount(message, attempt) ?? '', attempt.namespace),
  ),
  rule(
    /error looking up service account|serviceaccounts? "[^"]*" not found/i,
    because('the namespace has no service account "default" yet', { recovers: true }),
    (_, { namespace }) => [
      'Set probe-namespace to another namespace, or create the service account, which a controller of the cluster otherwise creates with the namespace:',
      kubectlCommand('create serviceaccount default', namespace),
    ],
  ),
  rule(
    /status unknown for quota|Operation cannot be fulfilled on|object has been modified|\(AlreadyExists\)/i,
    because("the usage of the namespace's quota is not calculated yet", { recovers: true }),
    (_, { namespace }) => ['To see the quota:', kubectlCommand('describe resourcequota', namespace)],
  ),
  // Nothing is used, so no room will become free.
  byQuota(/failed quota|must specify (limits|requests)|used: ([^=,\s]+=0,)*[^=,\s]+=0, limited:/i),
  byQuota(/exceeded quota/i, { detail: 'quota' }),
  rule(
    /violates PodSecurity/i,
    because("the namespace's pod security standard rejects the probe pods"),
    (_, { namespace }) =>
      briefly(
        'Set probe-namespace to another namespace: the pods meet the restricted standard, so this one enforces another version of it.',
        'To see what is enforced:',
        kubectlCommand('get namespace', '', namespace, '--show-labels'),
      ),
  ),
  rule(
    /admission webhook|denied the request|ValidatingAdmissionPolicy|denied by policy|\[azurepolicy-/i,
    because('a policy of the cluster rejects the probe pods'),
    (_, { namespace }) =>
      briefly(
        'Exempt a namespace from the policy that the message above names, and set probe-namespace to it.',
        'Or change what the policy objects to: for a :latest tag or a registry that is not allowed, set another probe-image. To see the labels of the namespace, which policies select by:',
        kubectlCommand('get namespace', '', namespace, '--show-labels'),
      ),
  ),
  rule(
    /(minimum|maximum) (cpu|memory|ephemeral-storage) usage|limit to request ratio|LimitRange/i,
    because("the namespace's limit range rejects the probe pods", { detail: 'limit-range' }),
    (_, { namespace }) =>
      briefly(
        'Set probe-namespace to another namespace.',
        'To see the limits:',
        kubectlCommand('describe limitrange', namespace),
      ),
  ),
  rule(
    /namespaces? "[^"]+" not found/i,
    because('the namespace of the probe pods does not exist'),
    (_, { namespace }) => [
      'Set probe-namespace to an existing namespace, or create it:',
      kubectlCommand('create namespace', '', namespace),
    ],
  ),
  rule(
    /is being terminated/i,
    because('the namespace of the probe pods is being deleted'),
    briefly('Set probe-namespace to another namespace.', 'To list them:', kubectlCommand('get namespaces')),
  ),
  rule(
    /Unauthorized|must be logged in|asked for the client to provide credentials/i,
    because('the API server does not accept the sign-in', { code: 'SIGN_IN_FAILED' }),
    (_, { cluster }) => [
      'The signed-in identity must belong to the tenant that the cluster uses for sign-in:',
      aksCommand('show', cluster.id, '--query aadProfile'),
    ],
  ),
  rule(
    /x509:|certificate/i,
    because('the runner does not trust the certificate of the API server', { code: 'CLUSTER_UNREACHABLE' }),
    (_, { cluster }) =>
      briefly(
        'Let requests to the API server bypass the proxy, or set probe-with: run-command.',
        'Something between the runner and the API server, most likely a proxy, answers instead. The address:',
        aksCommand('show', cluster.id, '--query fqdn --output tsv'),
      ),
  ),
  rule(
    isForeign,
    because('something in between answers instead of the API server, or truncates its answers', unreached),
    (_, { cluster }) =>
      briefly(
        'Let requests to the API server bypass the proxy, or set probe-with: run-command.',
        'A proxy or the login page of a network answers instead. The address:',
        aksCommand('show', cluster.id, '--query fqdn --output tsv'),
      ),
  ),
  rule(
    ({ message }) => isUnconnected.test(message) || (isCut.test(message) && !isHiccup.test(message)),
    because("the API server can't be reached from the runner", unreached),
    (_, { cluster }) =>
      briefly(
        'Set probe-with: run-command, which goes through Azure Resource Manager, or run the job where it can reach the API server (authorized IP ranges, private network, proxy).',
        'To see the settings:',
        aksCommand('show', cluster.id, '--query apiServerAccessProfile'),
      ),
  ),
  rule(
    /\(Expired\)|too old resource version|continue parameter is too old/i,
    because('the API server no longer has the version of a list that it began to send', {
      code: 'AZURE_UNAVAILABLE',
      recovers: true,
    }),
    (_, { cluster }) =>
      briefly(
        'Run the step again later.',
        'It is overloaded, or was restarted. To see the state of the cluster:',
        aksCommand('show', cluster.id, '--query "{power: powerState.code, provisioning: provisioningState}"'),
      ),
  ),
  rule(
    isHiccup,
    because('the API server returns errors', { code: 'AZURE_UNAVAILABLE', recovers: true }),
    (_, { cluster }) =>
      briefly(
        'Run the step again later.',
        'It is overloaded, or its control plane is being changed. To see the state of the cluster:',
        aksCommand('show', cluster.id, '--query "{power: powerState.code, provisioning: provisioningState}"'),
      ),
  ),
  // Admission plugins of an API server that has just started.
  rule(
    /not yet ready to handle request|error enforcing limit ranges/i,
    because('the API server is not ready yet', { code: 'AZURE_UNAVAILABLE', recovers: true }),
    (_, { cluster }) =>
      briefly(
        'Run the step again later.',
        'It was restarted. To see the state of the cluster:',
        aksCommand('show', cluster.id, '--query "{power: powerState.code, provisioning: provisioningState}"'),
      ),
  ),
  // Only an authorizer names the user. PodTolerationRestriction does not say "forbidden" (recorded from a real API server).
  rule(
    /error when creating .* is forbidden: (?!User )|error when creating .* conflict with its namespace whitelist|The Pod "[^"]*" is invalid: /i,
    because('an admission plugin of the cluster rejects the probe pods'),
    (_, { namespace }) =>
      briefly(
        'Exempt a namespace from what the message above names, and set probe-namespace to that one.',
        'It judges the pods as annotations of the namespace and webhooks have changed them. To see both:',
        kubectlCommand('get namespace', '', namespace, '--output', 'yaml'),
        listWebhooks,
      ),
  ),
  rule(
    /forbidden/i,
    because('the signed-in identity lacks permissions inside the cluster', { code: 'AUTHORIZATION_FAILED' }),
    (_, { cluster }) =>
      briefly(
        'The identity needs a role inside the cluster: docs/permissions.md has that for probe pods, and docs/workloads.md that for workloads.',
        `${justAssigned} To see how the cluster authorizes requests:`,
        aksCommand('show', cluster.id, '--query aadProfile'),
      ),
  ),
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
