// Formats objects as the tables that kubectl get prints.
import type {
  ContainerStatus,
  KubernetesEvent,
  KubernetesObject,
  Node,
  Pod,
} from '../../../world/kubernetes-objects.js'
import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  StatefulSet,
} from '../../../world/kubernetes-workloads.js'

interface Column {
  readonly name: string
  /** 1 for columns that only `-o wide` shows. */
  readonly priority?: 1
  readonly cell: (object: KubernetesObject) => string | number
}

interface Service extends KubernetesObject {
  spec: {
    type?: string
    clusterIP?: string
    ports?: { port: number; protocol?: string }[]
    selector?: Record<string, string>
  }
}

const column = (name: string, cell: (object: never) => string | number, priority?: 1): Column => ({
  name,
  cell: cell as Column['cell'],
  ...(priority === undefined ? {} : { priority }),
})

/** `5m32s`, in kubectl's format (k8s.io/apimachinery `duration.HumanDuration`). */
function age(timestamp: string | undefined): string {
  if (timestamp === undefined) return '<unknown>'
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timestamp)) / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (seconds < 120) return `${String(seconds)}s`
  if (minutes < 10) return seconds % 60 === 0 ? `${String(minutes)}m` : `${String(minutes)}m${String(seconds % 60)}s`
  if (hours < 3) return `${String(minutes)}m`
  if (hours < 8) return minutes % 60 === 0 ? `${String(hours)}h` : `${String(hours)}h${String(minutes % 60)}m`
  return hours < 48 ? `${String(hours)}h` : `${String(Math.floor(hours / 24))}d`
}

const nameColumn = column('Name', ({ metadata }: KubernetesObject) => metadata.name)
const ageColumn = column('Age', ({ metadata }: KubernetesObject) => age(metadata.creationTimestamp))
const join = (values: readonly string[]): string => (values.length === 0 ? '<none>' : values.join(','))
const labels = (record: Readonly<Record<string, string>> | undefined): string =>
  join(Object.entries(record ?? {}).map(([key, value]) => `${key}=${value}`))

const workload = [
  column('Containers', ({ spec }: Deployment) => join(spec.template.spec.containers.map(({ name }) => name)), 1),
  column('Images', ({ spec }: Deployment) => join(spec.template.spec.containers.map(({ image }) => image)), 1),
  column('Selector', ({ spec }: Deployment) => labels(spec.selector.matchLabels), 1),
]

/** Columns of the API server's printers (Kubernetes `pkg/printers/internalversion`). */
const columns: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    nameColumn,
    column('Ready', ({ spec, status }: Pod) => {
      const ready = status.containerStatuses?.filter(container => container.ready).length ?? 0
      return `${String(ready)}/${String(spec.containers.length)}`
    }),
    column('Status', podReason),
    column('Restarts', ({ status }: Pod) =>
      String(status.containerStatuses?.reduce((sum, { restartCount }) => sum + restartCount, 0) ?? 0),
    ),
    ageColumn,
    column('IP', ({ status }: Pod) => status.podIP ?? '<none>', 1),
    column('Node', ({ spec }: Pod) => spec.nodeName ?? '<none>', 1),
    column('Nominated Node', () => '<none>', 1),
    column('Readiness Gates', () => '<none>', 1),
  ],
  nodes: [
    nameColumn,
    column('Status', ({ spec, status }: Node) => {
      const isReady = status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True')
      return `${isReady ? 'Ready' : 'NotReady'}${spec.unschedulable === true ? ',SchedulingDisabled' : ''}`
    }),
    column('Roles', () => '<none>'),
    ageColumn,
    column('Version', ({ status }: Node) => status.nodeInfo.kubeletVersion ?? ''),
    column('Internal-IP', ({ status }: Node) => status.addresses[0]?.address ?? '<none>', 1),
    column('External-IP', () => '<none>', 1),
    column('OS-Image', ({ status }: Node) => status.nodeInfo.osImage ?? '', 1),
    column('Kernel-Version', ({ status }: Node) => status.nodeInfo.kernelVersion ?? '', 1),
    column('Container-Runtime', ({ status }: Node) => status.nodeInfo.containerRuntimeVersion ?? '', 1),
  ],
  services: [
    nameColumn,
    column('Type', ({ spec }: Service) => spec.type ?? 'ClusterIP'),
    column('Cluster-IP', ({ spec }: Service) => spec.clusterIP ?? '<none>'),
    column('External-IP', () => '<none>'),
    column('Port(s)', ({ spec }: Service) =>
      join((spec.ports ?? []).map(({ port, protocol = 'TCP' }) => `${String(port)}/${protocol}`)),
    ),
    ageColumn,
    column('Selector', ({ spec }: Service) => labels(spec.selector), 1),
  ],
  namespaces: [
    nameColumn,
    column('Status', ({ status }: KubernetesObject) => (status as { phase?: string } | undefined)?.phase ?? ''),
    ageColumn,
  ],
  events: [
    column('Last Seen', ({ lastTimestamp, series, eventTime }: KubernetesEvent) =>
      age(lastTimestamp ?? series?.lastObservedTime ?? eventTime ?? undefined),
    ),
    column('Type', ({ type }: KubernetesEvent) => type),
    column('Reason', ({ reason }: KubernetesEvent) => reason),
    column('Object', ({ involvedObject: { kind, name } }: KubernetesEvent) => `${kind.toLowerCase()}/${name}`),
    column('Message', ({ message }: KubernetesEvent) => message),
    column(
      'Source',
      ({ source, reportingComponent }: KubernetesEvent) =>
        join([source.component ?? reportingComponent, source.host ?? ''].filter(Boolean)),
      1,
    ),
    column(
      'First Seen',
      ({ firstTimestamp, eventTime }: KubernetesEvent) => age(firstTimestamp ?? eventTime ?? undefined),
      1,
    ),
    column('Count', ({ count, series }: KubernetesEvent) => count ?? series?.count ?? 1, 1),
    column('Name', ({ metadata }: KubernetesObject) => metadata.name, 1),
  ],
  deployments: [
    nameColumn,
    column('Ready', ({ spec, status }: Deployment) => `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`),
    column('Up-to-date', ({ status }: Deployment) => status.updatedReplicas ?? 0),
    column('Available', ({ status }: Deployment) => status.availableReplicas ?? 0),
    ageColumn,
    ...workload,
  ],
  replicasets: [
    nameColumn,
    column('Desired', ({ spec }: ReplicaSet) => spec.replicas),
    column('Current', ({ status }: ReplicaSet) => status.replicas),
    column('Ready', ({ status }: ReplicaSet) => status.readyReplicas ?? 0),
    ageColumn,
    ...workload,
  ],
  daemonsets: [
    nameColumn,
    column('Desired', ({ status }: DaemonSet) => status.desiredNumberScheduled),
    column('Current', ({ status }: DaemonSet) => status.currentNumberScheduled),
    column('Ready', ({ status }: DaemonSet) => status.numberReady),
    column('Up-to-date', ({ status }: DaemonSet) => status.updatedNumberScheduled ?? 0),
    column('Available', ({ status }: DaemonSet) => status.numberAvailable ?? 0),
    column('Node Selector', ({ spec }: DaemonSet) => labels(spec.template.spec.nodeSelector)),
    ageColumn,
    ...workload,
  ],
  statefulsets: [
    nameColumn,
    column('Ready', ({ spec, status }: StatefulSet) => `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`),
    ageColumn,
    ...workload.slice(0, 2),
  ],
  jobs: [
    nameColumn,
    column('Status', ({ status }: Job) => {
      const over = status.conditions?.find(
        ({ type, status: value }) => /^(Complete|Failed|Suspended)$/.test(type) && value === 'True',
      )
      return over?.type ?? 'Running'
    }),
    column('Completions', ({ spec, status }: Job) => `${String(status.succeeded ?? 0)}/${String(spec.completions)}`),
    column('Duration', ({ status }: Job) => (status.startTime === undefined ? '' : age(status.startTime))),
    ageColumn,
    ...workload.slice(0, 2),
    column('Selector', ({ spec }: Job) => labels(spec.selector?.matchLabels), 1),
  ],
  cronjobs: [
    nameColumn,
    column('Schedule', ({ spec }: CronJob) => spec.schedule),
    column('Timezone', ({ spec }: CronJob) => spec.timeZone ?? '<none>'),
    column('Suspend', ({ spec }: CronJob) => (spec.suspend === true ? 'True' : 'False')),
    column('Active', ({ status }: CronJob) => status.active?.length ?? 0),
    column('Last Schedule', () => '<none>'),
    ageColumn,
  ],
}

const others: readonly Column[] = [
  nameColumn,
  column('Created At', ({ metadata }: KubernetesObject) => metadata.creationTimestamp ?? ''),
]

/** The objects as a table for `kubectl get`; `version` is the list's. */
export function toTable(
  resource: string,
  objects: readonly KubernetesObject[],
  { version, include = 'Metadata', withColumns = true }: { version: string; include?: string; withColumns?: boolean },
): Record<string, unknown> {
  const shown = columns[resource] ?? others
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: version },
    columnDefinitions: withColumns
      ? shown.map(({ name, priority = 0, cell }) => ({
          name,
          type: ['Count', 'Desired', 'Current', 'Up-to-date', 'Available'].includes(name) ? 'integer' : 'string',
          format: cell === nameColumn.cell ? 'name' : '',
          description: name,
          priority,
        }))
      : [],
    rows: objects.map(object => ({
      cells: shown.map(({ cell }) => cell(object)),
      ...(include === 'None'
        ? {}
        : {
            object:
              include === 'Object'
                ? object
                : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
          }),
    })),
  }
}

/** A pod's status in `kubectl get pods`. */
function podReason({ metadata, spec, status }: Pod): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  const stateOf = ({ state }: ContainerStatus): string | undefined => state.waiting?.reason ?? state.terminated?.reason
  const count = spec.initContainers?.length ?? 0
  for (const [index, init] of (status.initContainerStatuses ?? []).entries()) {
    if (init.state.terminated?.exitCode === 0) continue
    const reason = init.state.running === undefined ? stateOf(init) : undefined
    return reason === undefined || reason === 'PodInitializing'
      ? `Init:${String(index)}/${String(count)}`
      : `Init:${reason}`
  }
  const reasons = (status.containerStatuses ?? []).map(stateOf).filter(reason => reason !== undefined)
  const [first] = reasons
  const isRunning = status.containerStatuses?.some(({ ready, state }) => ready && state.running !== undefined) === true
  if (first === 'Completed' && isRunning) return 'Running'
  return first ?? status.reason ?? status.phase
}
