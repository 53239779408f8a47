import type { ProbePod } from './cluster-text.js'
import type { ClusterAttempt } from './errors.js'

/** What one pod is to pull on one node. */
export interface Probe {
  /** Tells the pods of a run apart. */
  index: number
  node: string
  images: ProbedImage[]
}

/** An image of a probe, and the container that is for it. */
interface ProbedImage {
  container: string
  reference: string
}

/** The labels that probe pods carry: whose they are, which run's, and which probe's. */
export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'attach-acr/run',
  probe: 'attach-acr/probe',
} as const

/** The value of the label `managed-by`. */
export const manager = 'attach-acr'

/** All pods of a run begin with this name. */
export function podPrefix(run: string): string {
  return `attach-acr-probe-${run}-`
}

/** Where the API server has the pods that a selector means. */
export function podsPath(namespace: string, selector: string): string {
  return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`
}

/** How long a pod may live, in seconds: enough for a large image, and an end for what a killed run leaves behind. */
export const podLifeSeconds = 600

/** No image has this program, so the kubelet pulls, fails to start it, and stops: nothing of the image ever runs. */
const command = ['/attach-acr-only-pulls']

/**
 * A pod that is pulled for and never runs. It passes the restricted pod security standard (kubernetes.io/docs/concepts/security/pod-security-standards)
 * and what AKS deployment safeguards ask of a pod (learn.microsoft.com/azure/aks/deployment-safeguards): limits, requests, probes, non-root at both
 * levels.
 */
export function podOf({ index, node, images }: Probe, run: string) {
  const neverRuns = { exec: { command }, periodSeconds: 60 }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: podPrefix(run),
      labels: { [labels.managedBy]: manager, [labels.run]: run, [labels.probe]: String(index) },
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' },
    },
    spec: {
      // Past the scheduler: neither its taints nor a cordon keep the pod away, and the node's kubelet takes it at once.
      nodeName: node,
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
      restartPolicy: 'Never',
      activeDeadlineSeconds: podLifeSeconds,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: images.map(({ container, reference }) => ({
        name: container,
        image: reference,
        imagePullPolicy: 'Always',
        command,
        securityContext: {
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
        resources: {
          requests: { cpu: '1m', memory: '8Mi', 'ephemeral-storage': '1Mi' },
          limits: { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '16Mi' },
        },
        readinessProbe: neverRuns,
        livenessProbe: neverRuns,
      })),
    },
  }
}

/** Several pods as one document for `kubectl create`. */
export function podList(probes: Probe[], run: string) {
  return { apiVersion: 'v1', kind: 'List', items: probes.map(probe => podOf(probe, run)) }
}

/** A run deletes a pod that has ended within seconds; with Run Command within a minute and a half. */
const endedLifeSeconds = 150

/** Whether a probe pod belongs to a run that was killed: it is past its deadline, or has ended long ago. Those of runs under way are left alone. */
export function isLeftover({ createdAt, status }: ProbePod, now: number): boolean {
  const ageSeconds = (now - createdAt) / 1000
  const ended = status.phase === 'Failed' || status.phase === 'Succeeded'
  return ageSeconds > (ended ? endedLifeSeconds : podLifeSeconds)
}

/** What is left where pods could not be deleted, why, and how to. */
export function describeLeft({ cluster, namespace }: ClusterAttempt, run: string, error: unknown): string {
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
  return (
    `The probe pods on ${cluster.name} could not be deleted: ${reason}. They end by themselves after ${podLifeSeconds / 60} minutes. To delete them:\n` +
    `  kubectl delete pods --namespace ${namespace} --selector ${labels.run}=${run}`
  )
}
