import { aksCommand, createRoleAssignmentCommand, kubectlCommand } from '../../model/az-commands.js'
import { ActionError } from '../../model/error.js'
import { choices, fix } from '../../model/fix.js'
import { findExplanation, type Rule } from '../../model/rule.js'
import { withoutSignatures } from '../../model/signatures.js'

/** What a cluster was asked for when it refused. */
export interface ClusterAttempt {
  cluster: { id: string; name: string }
  namespace: string
  /** The signed-in principal's object ID. */
  objectId: string
  /** How the cluster was reached. */
  way: 'kubectl' | 'run-command'
}

const says =
  (pattern: RegExp) =>
  (said: string): boolean =>
    pattern.test(said)

const quota = 'a quota does not let the probe pods in'
const limitRange = "the namespace's limit range refuses the probe pods"

/** Messages of an API server that answers, but with an error. */
const isHiccup =
  /etcdserver|too ?many ?requests|internal ?error|service ?unavailable|bad ?gateway|gateway ?time-?out|unable to handle the request|unable to return a response|an error on the server|request did not complete within|the server was unable|http2: |GOAWAY|stream error/i

/** Messages of a kubectl that gets another thing than JSON, such as a web page (encoding/json, apimachinery `runtime/serializer`). */
const isForeign =
  /serializer for text\/\w+ doesn't exist|invalid character '|looking for beginning of value|unexpected end of JSON input|couldn't get version\/kind/i

/** Messages of a connection that could not be made. */
const isUnconnected = /Unable to connect to the server|connection to the server .* was refused/i

/** Messages of a connection that ended before the answer was complete. */
const isCut =
  /dial tcp|no such host|i\/o timeout|connection refused|connection reset|lost connection|connection lost|TLS handshake|context deadline exceeded|proxyconnect|request canceled|timed? ?out|broken pipe|EOF/im

/**
 * What kubectl prints and what it means; the first rule that fits counts. Texts: kubernetes/kubernetes `apierrors`, admission plugins (quota,
 * serviceaccount, limitranger, webhook), Gatekeeper.
 */
const rules: Rule<string, ClusterAttempt>[] = [
  {
    when: says(/failed calling webhook|failed to call webhook/i),
    code: 'PROBE_FAILED',
    recovers: true,
    sentence: () => 'an admission webhook of the cluster does not answer',
    fix: () =>
      fix(
        'No pod can be created while it is down, unless its failurePolicy is Ignore. The message names it. The webhooks:',
        kubectlCommand('get validatingwebhookconfigurations,mutatingwebhookconfigurations'),
      ),
  },
  {
    when: says(/error looking up service account|serviceaccounts? "[^"]*" not found/i),
    code: 'PROBE_FAILED',
    recovers: true,
    sentence: () => 'the namespace has no service account "default" yet',
    fix: (_, { namespace }) =>
      fix(
        'A controller of the cluster creates it with the namespace. Give another namespace in probe-namespace, or create it:',
        kubectlCommand('create serviceaccount default', namespace),
      ),
  },
  {
    when: says(/status unknown for quota|Operation cannot be fulfilled on|object has been modified|\(AlreadyExists\)/i),
    code: 'PROBE_FAILED',
    recovers: true,
    sentence: () => 'the quota of the namespace is not counted yet',
    fix: (_, { namespace }) => fix('The quota:', kubectlCommand('describe resourcequota', namespace)),
  },
  {
    when: says(/exceeded quota|failed quota|must specify (limits|requests)/i),
    code: 'PROBE_FAILED',
    sentence: () => quota,
    fix: (_, { namespace }) =>
      fix(
        'For each image a pod asks for 1m CPU and 8Mi memory, with limits of 100m and 64Mi. Raise the quota, or give another namespace in probe-namespace. The quota:',
        kubectlCommand('describe resourcequota', namespace),
      ),
  },
  {
    when: says(/violates PodSecurity/i),
    code: 'PROBE_FAILED',
    sentence: () => "the namespace's pod security standard refuses the probe pods",
    fix: (_, { namespace }) =>
      fix(
        'They pass the restricted standard, so another version of it is enforced. Give another namespace in probe-namespace. The standard that is enforced:',
        kubectlCommand('get namespace', '', namespace, '--show-labels'),
      ),
  },
  {
    when: says(/admission webhook|denied the request|ValidatingAdmissionPolicy|denied by policy|\[azurepolicy-/i),
    code: 'PROBE_FAILED',
    sentence: () => 'a policy of the cluster refuses the probe pods',
    fix: (_, { namespace }) =>
      fix(
        'The message names the policy. Exempt a namespace from it and give that in probe-namespace, or change what the policy objects to ' +
          '(a tag :latest, or a registry that is not allowed: give another probe-image). The labels of the namespace, which policies go by:',
        kubectlCommand('get namespace', '', namespace, '--show-labels'),
      ),
  },
  {
    when: says(/(minimum|maximum) (cpu|memory|ephemeral-storage) usage|limit to request ratio|LimitRange/i),
    code: 'PROBE_FAILED',
    sentence: () => limitRange,
    fix: (_, { namespace }) =>
      fix('Give another namespace in probe-namespace. The limits:', kubectlCommand('describe limitrange', namespace)),
  },
  {
    when: says(/namespaces? "[^"]+" not found/i),
    code: 'PROBE_FAILED',
    sentence: () => 'the namespace of the probe pods does not exist',
    fix: (_, { namespace }) =>
      fix('Give one that exists in probe-namespace, or create it:', kubectlCommand('create namespace', '', namespace)),
  },
  {
    when: says(/is being terminated/i),
    code: 'PROBE_FAILED',
    sentence: () => 'the namespace of the probe pods is being deleted',
    fix: () => fix('Give another one in probe-namespace. The namespaces:', kubectlCommand('get namespaces')),
  },
  {
    when: says(/Unauthorized|must be logged in|asked for the client to provide credentials/i),
    code: 'SIGN_IN_FAILED',
    sentence: () => 'the API server does not accept the sign-in',
    fix: (_, { cluster }) =>
      fix(
        'The identity that is signed in must belong to the tenant that the cluster uses for sign-in:',
        aksCommand('show', cluster.id, '--query aadProfile'),
      ),
  },
  {
    when: says(/x509:|certificate/i),
    code: 'CLUSTER_UNREACHABLE',
    sentence: () => 'the runner does not trust the certificate of the API server',
    fix: (_, { cluster }) =>
      fix(
        'Something on the way, most likely a proxy, answers in its place. Let the address of the API server bypass it, or set probe-with: run-command. The address:',
        aksCommand('show', cluster.id, '--query fqdn --output tsv'),
      ),
  },
  {
    when: says(isForeign),
    code: 'CLUSTER_UNREACHABLE',
    recovers: true,
    sentence: () => 'something on the way answers in place of the API server, or cuts its answers',
    fix: (_, { cluster }) =>
      fix(
        'A proxy or the login page of a network does that. Let the address of the API server bypass it, or set probe-with: run-command. The address:',
        aksCommand('show', cluster.id, '--query fqdn --output tsv'),
      ),
  },
  {
    when: said => isUnconnected.test(said) || (isCut.test(said) && !isHiccup.test(said)),
    code: 'CLUSTER_UNREACHABLE',
    recovers: true,
    sentence: () => "the API server can't be reached from the runner",
    fix: (_, { cluster }) =>
      fix(
        'Set probe-with: run-command, which goes through Azure Resource Manager, or run the job where the API server can be reached (authorized IP ranges, private network, proxy). Its settings:',
        aksCommand('show', cluster.id, '--query apiServerAccessProfile'),
      ),
  },
  {
    when: says(isHiccup),
    code: 'AZURE_UNAVAILABLE',
    recovers: true,
    sentence: () => 'the API server answers with errors',
    fix: (_, { cluster }) =>
      fix(
        'It is overloaded, or its control plane is being changed. Run the step again later. The state of the cluster:',
        aksCommand('show', cluster.id, '--query "{power: powerState.code, provisioning: provisioningState}"'),
      ),
  },
  {
    when: says(/forbidden/i),
    code: 'AUTHORIZATION_FAILED',
    sentence: () => 'the signed-in identity lacks rights inside the cluster',
    fix: (_, { cluster, objectId }) =>
      choices(
        {
          text:
            'It must list nodes and events, and list, create and delete pods in the namespace.\n' +
            'With Azure RBAC for Kubernetes, create the role AKS Probe of docs/permissions.md once, and give it:',
          commands: [
            createRoleAssignmentCommand({ objectId, type: 'ServicePrincipal', role: 'AKS Probe', scope: cluster.id }),
          ],
        },
        ...(objectId ? [{ text: bindRole, commands: [bindRoleCommand(objectId)] }] : []),
      ),
  },
]

const bindRole = 'With Kubernetes RBAC, bind the ClusterRole of docs/permissions.md to its object ID as the user:'

const bindRoleCommand = (objectId: string): string =>
  kubectlCommand(`create clusterrolebinding attach-acr --clusterrole=attach-acr-probe --user=${objectId}`)

/** Whether a cluster refused pods because of a quota. */
export function isQuotaRefusal({ reason }: ActionError): boolean {
  return reason === quota
}

/** Whether a namespace refused pods because of what they ask for, and what they are limited to. */
export function isLimitRangeRefusal({ reason }: ActionError): boolean {
  return reason === limitRange
}

/** The error of a kubectl that was killed because its time was over; what it had printed by then tells why it waited. */
export function explainLate(what: string, limitMs: number, said: string, attempt: ClusterAttempt): ActionError {
  const { cluster } = attempt
  const text = tidy(beginningAndEnd(said)).slice(0, 500)
  return new ActionError(
    'CLUSTER_UNREACHABLE',
    `The nodes of ${cluster.name} could not be probed: ${what} did not end within ${Math.round(limitMs / 1000)} s${text && `, after it had said: ${text}`}.`,
    {
      subject: cluster.name,
      resource: cluster.id,
      reason: 'the API server did not answer in time',
      recovers: true,
      fix: fix(
        'The API server does not answer, or is overloaded and asks its clients to wait. Run the step again later, or set probe-with: run-command. The state of the cluster:',
        aksCommand('show', cluster.id, '--query "{state: powerState.code, access: apiServerAccessProfile}"'),
      ),
    },
  )
}

/** The contract's error for what kubectl printed. What nobody has seen yet is worth another try. */
export function explainKubectl(said: string, attempt: ClusterAttempt): ActionError {
  const { cluster, namespace } = attempt
  const known = beginningAndEnd(said)
  const text = tidy(known).slice(0, 1500)
  const failure = `The nodes of ${cluster.name} could not be probed`
  const about = { subject: cluster.name, resource: cluster.id, failure }
  const found = findExplanation(rules, known, attempt)
  if (!found?.sentence) {
    return new ActionError('PROBE_FAILED', `${failure}: kubectl said: ${text || 'nothing'}`, {
      ...about,
      isQuoted: true,
      quote: { statement: `${failure}:`, intro: 'kubectl said:', text: text || 'nothing' },
      reason: text || 'kubectl failed without a message',
      recovers: true,
      fix: fix('See whether the same works by hand:', kubectlCommand('get nodes,pods', namespace)),
    })
  }
  const { code, recovers, sentence, fix: advice } = found
  const statement = `${failure}: ${sentence}.`
  return new ActionError(code, `${statement} Kubernetes said: ${text}`, {
    ...about,
    quote: { statement, intro: 'Kubernetes said:', text },
    reason: sentence,
    recovers,
    fix: advice,
  })
}

/** Maximum number of characters that are read at each end of what was printed: kubectl logs first, and says last what went wrong. */
const longestEnd = 4096

function beginningAndEnd(said: string): string {
  return said.length > 2 * longestEnd ? `${said.slice(0, longestEnd)}\n${said.slice(-longestEnd)}` : said
}

/** What was printed, on one line; kubectl logs each failed look at what the server offers before it says what went wrong. */
function tidy(said: string): string {
  return withoutSignatures(said.replace(/^[EWI]\d{4} .*$/gm, ''))
    .replace(/\s+/g, ' ')
    .trim()
}
