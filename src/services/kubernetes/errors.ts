import { aksCommand } from '../../model/az-commands.js'
import { ActionError, type ErrorCode } from '../../model/error.js'
import { fix } from '../../model/fix.js'

/** What was asked of a cluster when it refused. */
export interface ClusterAttempt {
  cluster: { id: string; name: string }
  namespace: string
  /** The signed-in principal's object ID. */
  objectId: string
  /** How the cluster was reached. */
  way: 'kubectl' | 'run-command'
}

interface Rule {
  says: RegExp
  code: ErrorCode
  what: string
  fix: (attempt: ClusterAttempt) => string
}

/** What kubectl prints and what it means; the first rule that fits counts. Texts: kubernetes/kubernetes `apierrors`, admission plugins, Gatekeeper. */
const rules: Rule[] = [
  {
    says: /exceeded quota|failed quota|must specify (limits|requests)/i,
    code: 'PROBE_FAILED',
    what: 'a quota does not let the probe pods in',
    fix: ({ namespace }) =>
      `The pods ask for 1m CPU and 8Mi memory each. Raise the quota, or give another namespace in probe-namespace. What the quota is:\n  kubectl describe resourcequota --namespace ${namespace}`,
  },
  {
    says: /violates PodSecurity/i,
    code: 'PROBE_FAILED',
    what: "the namespace's pod security standard refuses the probe pods",
    fix: ({ namespace }) =>
      `They pass the restricted standard, so another version of it is enforced. Give another namespace in probe-namespace. What is enforced:\n  kubectl get namespace ${namespace} --show-labels`,
  },
  {
    says: /admission webhook|denied the request|ValidatingAdmissionPolicy|denied by policy|\[azurepolicy-/i,
    code: 'PROBE_FAILED',
    what: 'a policy of the cluster refuses the probe pods',
    fix: ({ namespace }) =>
      'The message names the policy. Exempt a namespace from it and give that in probe-namespace, or change what the policy objects to ' +
      `(a tag :latest, or a registry that is not allowed: give another probe-image). The policies:\n  kubectl get constraints\n  kubectl get namespace ${namespace} --show-labels`,
  },
  {
    says: /minimum (cpu|memory|ephemeral-storage) usage|maximum (cpu|memory|ephemeral-storage) usage|LimitRange/i,
    code: 'PROBE_FAILED',
    what: "the namespace's limit range refuses the probe pods",
    fix: ({ namespace }) =>
      `Give another namespace in probe-namespace. What the limits are:\n  kubectl describe limitrange --namespace ${namespace}`,
  },
  {
    says: /namespaces? "[^"]+" not found/i,
    code: 'PROBE_FAILED',
    what: 'the namespace of the probe pods does not exist',
    fix: ({ namespace }) =>
      `Give one that exists in probe-namespace, or create it:\n  kubectl create namespace ${namespace}`,
  },
  {
    says: /is being terminated/i,
    code: 'PROBE_FAILED',
    what: 'the namespace of the probe pods is being deleted',
    fix: () => 'Give another one in probe-namespace.',
  },
  {
    says: /Unauthorized|must be logged in|asked for the client to provide credentials/i,
    code: 'AUTHORIZATION_FAILED',
    what: 'the API server does not accept the sign-in',
    fix: ({ cluster }) =>
      'The identity that is signed in must belong to the tenant that the cluster uses for sign-in:\n' +
      `  ${aksCommand('show', cluster.id, '--query aadProfile')}`,
  },
  {
    says: /forbidden/i,
    code: 'AUTHORIZATION_FAILED',
    what: 'the signed-in identity may not do that inside the cluster',
    fix: ({ cluster, objectId }) =>
      'It must list nodes and events, and list, create and delete pods in the namespace. With Azure RBAC for Kubernetes, create the role AKS Probe of ' +
      `docs/permissions.md once, and give it:\n  az role assignment create --assignee ${objectId || '<object ID>'} --role "AKS Probe" --scope ${cluster.id}\n` +
      'With Kubernetes RBAC, bind the ClusterRole of docs/permissions.md to that object ID as the user:\n' +
      `  kubectl create clusterrolebinding attach-acr --clusterrole=attach-acr-probe --user=${objectId || '<object ID>'}`,
  },
  {
    says: /Unable to connect to the server|connection to the server .* was refused|no such host|i\/o timeout|connection refused|connection reset|TLS handshake|context deadline exceeded|proxyconnect|x509:|Service ?Unavailable|currently unable to handle the request|request canceled|EOF$/im,
    code: 'CLUSTER_UNREACHABLE',
    what: 'the API server can not be reached from here',
    fix: ({ cluster }) =>
      'Set probe-with: run-command, which goes through Azure Resource Manager, or run the job where the API server can be reached (authorized IP ranges, private network, proxy). How it is set up:\n' +
      `  ${aksCommand('show', cluster.id, '--query apiServerAccessProfile')}`,
  },
]

/** The error of a kubectl that was killed because its time was over; what it had printed by then tells why it waited. */
export function explainLate(what: string, limitMs: number, said: string, attempt: ClusterAttempt): ActionError {
  const { cluster } = attempt
  const text = said.replace(/\s+/g, ' ').trim().slice(0, 500)
  return new ActionError(
    'CLUSTER_UNREACHABLE',
    `The nodes of ${cluster.name} could not be probed: ${what} did not end within ${Math.round(limitMs / 1000)} s${text && `, after it had said: ${text}`}.`,
    {
      subject: cluster.name,
      fix: fix(
        'The API server does not answer, or is overloaded and asks its clients to wait. Run the step again later, or set probe-with: run-command. How it is:',
        aksCommand('show', cluster.id, '--query "{state: powerState.code, access: apiServerAccessProfile}"'),
      ),
    },
  )
}

/** The contract's error for what kubectl printed. */
export function explainKubectl(said: string, attempt: ClusterAttempt): ActionError {
  const { cluster } = attempt
  // Kubectl logs each failed look at what the server offers before it says what went wrong.
  const text = said
    .replace(/^[EWI]\d{4} .*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 1500)
  const rule = rules.find(({ says }) => says.test(said))
  const details = { subject: cluster.name }
  if (!rule) {
    return new ActionError(
      'PROBE_FAILED',
      `The nodes of ${cluster.name} could not be probed: kubectl said: ${text || 'nothing'}`,
      {
        ...details,
        fix: `See whether the same works by hand:\n  kubectl get nodes,pods --namespace ${attempt.namespace}`,
      },
    )
  }
  return new ActionError(
    rule.code,
    `The nodes of ${cluster.name} could not be probed: ${rule.what}. Kubernetes said: ${text}`,
    {
      ...details,
      fix: rule.fix(attempt),
    },
  )
}
