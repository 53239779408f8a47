import type { Container, Pod, PodSpec } from '../../../world/kubernetes-objects.js'

/** Fills in the API server's defaults. */
export function completePod(pod: Pod): void {
  completePodSpec(pod.spec)
  const { spec } = pod
  spec.serviceAccountName ??= 'default'
  spec.serviceAccount ??= spec.serviceAccountName
  spec.enableServiceLinks ??= true
  spec.preemptionPolicy ??= 'PreemptLowerPriority'
  spec.priority ??= 0
  const tolerations = (spec.tolerations ??= [])
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const isTolerated = tolerations.some(
      toleration =>
        (toleration.key === undefined || toleration.key === key) &&
        (toleration.effect === undefined || toleration.effect === 'NoExecute'),
    )
    if (!isTolerated) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
  }
  if (spec.automountServiceAccountToken !== false) mountToken(spec)
  pod.status = { phase: 'Pending', qosClass: qosClass(spec) }
}

/** The defaults that pod templates get too. */
export function completePodSpec(spec: PodSpec): void {
  spec.restartPolicy ??= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.securityContext ??= {}
  spec.schedulerName ??= 'default-scheduler'
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) completeContainer(container)
}

function completeContainer(container: Container): void {
  const isLatest = !/[:@][^/]+$/.test(container.image) || container.image.endsWith(':latest')
  container.imagePullPolicy ??= isLatest ? 'Always' : 'IfNotPresent'
  container.resources ??= {}
  container.terminationMessagePath ??= '/dev/termination-log'
  container.terminationMessagePolicy ??= 'File'
  const { limits, requests } = container.resources
  if (limits !== undefined) container.resources.requests = { ...limits, ...requests }
  for (const port of container.ports ?? []) port.protocol ??= 'TCP'
}

function mountToken(spec: PodSpec): void {
  const name = 'kube-api-access-7xk2p'
  spec.volumes = [
    ...(spec.volumes ?? []),
    {
      name,
      projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] },
    },
  ]
  const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }]
  }
}

function qosClass({ containers }: PodSpec): string {
  const lists = containers.map(({ resources }) => ({
    limits: resources?.limits ?? {},
    requests: resources?.requests ?? {},
  }))
  if (lists.every(({ limits, requests }) => Object.keys({ ...limits, ...requests }).length === 0)) return 'BestEffort'
  const isGuaranteed = lists.every(({ limits, requests }) =>
    ['cpu', 'memory'].every(key => limits[key] !== undefined && String(limits[key]) === String(requests[key])),
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}
