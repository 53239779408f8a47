/** The answer of a fault, in the form for `simulator.faults.add`, which also takes host, path and count. */
export interface ApiFault {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly reset?: boolean
}

const status = (code: number, reason: string | undefined, message: string, details?: object): ApiFault => ({
  status: code,
  headers: { 'content-type': 'application/json' },
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  },
})

const refusalsByPlugin = {
  PodNodeSelector: [403, 'pod node label selector conflicts with its namespace node label selector'],
  PodTolerationRestriction: [
    500,
    'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
  ],
  RuntimeClass: [403, 'pod rejected: RuntimeClass "kata-mshv" not found'],
  LimitRanger: [403, 'not yet ready to handle request'],
} as const

/**
 * Temporary failures of an API server, to be added to a cluster's host: `simulator.faults.add({ host:
 * accessOf(cluster).fqdn, method: 'POST', path: '/pods', times: 2, ...apiFaults.leaderChanged() })` (texts:
 * k8s.io/apimachinery `pkg/api/errors`, k8s.io/apiserver `endpoints/handlers/responsewriters`, etcd
 * `api/v3rpc/rpctypes`).
 */
export const apiFaults = {
  /** API priority and fairness. */
  tooManyRequests: (retryAfterSeconds = 1): ApiFault => ({
    status: 429,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': String(retryAfterSeconds) },
    body: 'Too many requests, please try again later.\n',
  }),
  leaderChanged: (): ApiFault => status(500, undefined, 'etcdserver: leader changed'),
  /** The load balancer in front of the API server. */
  badGateway: (): ApiFault => ({
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
  }),
  unavailable: (): ApiFault =>
    status(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
  /** `canceled`: the API server gave up on a write, as while etcd restarts (recorded from 1.34.2). */
  timeout: (cause: 'deadline exceeded' | 'canceled' = 'deadline exceeded'): ApiFault =>
    status(504, 'Timeout', `Timeout: request did not complete within requested timeout - context ${cause}`, {}),
  /** An expired token, or a failing authenticator. */
  unauthorized: (): ApiFault => status(401, 'Unauthorized', 'Unauthorized'),
  /** RBAC, also for seconds after a restart, until the API server has loaded the roles (recorded from 1.34.2). */
  forbidden: (verb: string, resource: string, namespace = 'default', user = 'clusterUser'): ApiFault =>
    status(
      403,
      'Forbidden',
      `${resource} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "" in the namespace "${namespace}"`,
    ),
  /** Two pods are counted against a quota at the same time, and one has run out of retries. */
  quotaConflict: (quota = 'quota'): ApiFault =>
    status(
      409,
      'Conflict',
      `Operation cannot be fulfilled on resourcequotas "${quota}": the object has been modified; please apply your changes to the latest version and try again`,
    ),
  /** What admission plugins say of a new pod (recorded from 1.36.2; Kubernetes `plugin/pkg/admission`, `limitranger` for the last one). */
  notAdmitted: (by: keyof typeof refusalsByPlugin, pod = ''): ApiFault => {
    const [code, message] = refusalsByPlugin[by]
    const subject = pod === '' ? 'pods' : `pods "${pod}"`
    const details = { ...(pod === '' ? {} : { name: pod }), kind: 'pods' }
    return code === 500
      ? status(500, undefined, message)
      : status(403, 'Forbidden', `${subject} is forbidden: ${message}`, details)
  },
  dropped: (): ApiFault => ({ reset: true }),
} as const
