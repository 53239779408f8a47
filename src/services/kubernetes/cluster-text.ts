import type { ClusterNode } from '../../model/node.js'

/** The part of a pod's `status` (core/v1 PodStatus) that tells of pulls. */
export interface PodStatus {
  phase?: string
  reason?: string
  message?: string
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
  containerStatuses?: ContainerStatus[]
}

export interface ContainerStatus {
  name: string
  imageID?: string
  state?: {
    waiting?: { reason?: string; message?: string }
    running?: object
    terminated?: { reason?: string; message?: string }
  }
}

/** A probe pod that is in the cluster. */
export interface ProbePod {
  labels: Record<string, string>
  name: string
  /** Milliseconds since the epoch. */
  createdAt: number
  status: PodStatus
}

export interface PodEvent {
  pod: string
  reason: string
  message: string
}

/*
 * What kubectl is asked to print: one line each, objects as JSON between tabs (kubectl since 1.20). The same whichever way kubectl is run, and
 * short, for AKS Run Command cuts its output at 512 kB.
 */
export const nodesFormat =
  '{range .items[*]}node{"\\t"}{.metadata.name}{"\\t"}{.metadata.labels}{"\\t"}{.spec.unschedulable}{"\\t"}{.status.conditions}{"\\n"}{end}'

export const podsFormat =
  '{range .items[*]}pod{"\\t"}{.metadata.name}{"\\t"}{.metadata.labels}{"\\t"}{.metadata.creationTimestamp}{"\\t"}{.status}{"\\n"}{end}'

export const eventsFormat =
  '{range .items[*]}event{"\\t"}{.involvedObject.name}{"\\t"}{.reason}{"\\t"}{.message}{"\\n"}{end}'

/** The nodes among the lines of kubectl's output. */
export function readNodes(text: string): ClusterNode[] {
  return rowsOf(text, 'node').map(([name = '', labelText = '', unschedulable = '', conditionText = '']) => {
    const found = (readJson(labelText) ?? {}) as Record<string, string>
    const conditions = (readJson(conditionText) ?? []) as { type: string; status: string }[]
    return {
      name,
      pool:
        found['kubernetes.azure.com/agentpool'] ??
        found.agentpool ??
        found['karpenter.sh/nodepool'] ??
        'without a pool',
      os: found['kubernetes.io/os'] ?? 'linux',
      arch: found['kubernetes.io/arch'] ?? 'amd64',
      isReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
      isCordoned: unschedulable === 'true',
      isVirtual: found.type === 'virtual-kubelet',
    }
  })
}

/** The pods among them. */
export function readPods(text: string): ProbePod[] {
  return rowsOf(text, 'pod').map(([name = '', labelText = '', created = '', statusText = '']) => ({
    name,
    labels: (readJson(labelText) ?? {}) as ProbePod['labels'],
    createdAt: Date.parse(created),
    status: readJson(statusText) ?? {},
  }))
}

/** The events among them. */
export function readEvents(text: string): PodEvent[] {
  return rowsOf(text, 'event').map(([pod = '', reason = '', message = '']) => ({ pod, reason, message }))
}

/** The fields of all lines of a kind. */
export function rowsOf(text: string, kind: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${kind}\t`))
    .map(line => line.split('\t').slice(1))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the field is not there
  }
}
