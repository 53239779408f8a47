import { messageOf } from '../../model/error.js'
import type { ClusterNode } from '../../model/node.js'
import type { ProbePod } from './cluster-text.js'
import type { ClusterAttempt } from './errors.js'

/** The images that one pod pulls on one node. */
export interface Probe {
  /** Tells the pods of a run apart. */
  index: number
  node: Pick<ClusterNode, 'name' | 'os' | 'taints'>
  images: ProbedImage[]
}

/** An image of a probe, and the container that is for it. */
export interface ProbedImage {
  container: string
  reference: string
}

/** The labels that probe pods carry: whose they are, which run's, which probe's, and by Run Command which command's. */
export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'attach-acr/run',
  probe: 'attach-acr/probe',
  command: 'attach-acr/command',
} as const

/** The value of the label `managed-by`. */
export const manager = 'attach-acr'

/** The names of the containers that pull begin with this; webhooks may put others beside them. */
export const containerPrefix = 'image-'

/** All pods of a run begin with this name. */
export function podPrefix(run: string): string {
  return `attach-acr-probe-${run}-`
}

/**
 * The pull secret that every probe pod of a run names. It does not exist, and so the ServiceAccount admission plugin adds none of the account's
 * own, which would pull in place of the node's identity (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin).
 */
export function placeholderSecret(run: string): string {
  return `attach-acr-no-secret-${run}`
}

/** The reason of the kubelet's warning about a secret that is not there, which the placeholder's is not (`pkg/kubelet/kubelet_pods.go`). */
export const missingSecret = 'FailedToRetrieveImagePullSecret'

/** Where the API server has the pods that a selector means. */
export function podsPath(namespace: string, selector: string): string {
  return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`
}

/** How long a pod may live at least, in seconds; it is longer where `timeout` is. It ends what a killed run leaves behind. */
export const minLifeSeconds = 600

/** No image has this program, so the kubelet pulls, fails to start it, and stops: nothing of the image ever runs. */
const command = ['/attach-acr-only-pulls']

/** Service meshes and agents would put containers of their own into the pod, which wait for what a probe has not. */
const outOfMeshes = {
  labels: {
    'sidecar.istio.io/inject': 'false',
    'linkerd.io/inject': 'disabled',
    'kuma.io/sidecar-injection': 'disabled',
  },
  annotations: {
    'sidecar.istio.io/inject': 'false',
    'linkerd.io/inject': 'disabled',
    'consul.hashicorp.com/connect-inject': 'false',
    'oneagent.dynatrace.com/inject': 'false',
  },
}

const limits = {
  // With 10m runc itself is throttled: 4 s until a pull is refused, 7 s until a container fails to start. With 16Mi it may be killed (recorded).
  linux: { cpu: '100m', memory: '64Mi', 'ephemeral-storage': '16Mi' },
  // A process of Windows does not come up with less.
  windows: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
}

/** So little that also a full node takes a pod. */
const leastRequests = { cpu: '1m', memory: '8Mi', 'ephemeral-storage': '1Mi' }

/** What the pods of a round have in common. */
export interface PodOptions {
  run: string
  /** How long they may live, in seconds. */
  lifeSeconds: number
  /** Whether they ask for all that they are limited to: some limit ranges want that much, or no more than a ratio between both. */
  requestsAll: boolean
}

/** For the whole pod and each of its containers; a pod for Windows may have no field of Linux (kubernetes.io/docs/concepts/windows/intro). */
const security = {
  linux: {
    pod: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    container: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  },
  windows: {
    pod: { runAsNonRoot: true, windowsOptions: { runAsUserName: 'ContainerUser' } },
    container: { runAsNonRoot: true, windowsOptions: { runAsUserName: 'ContainerUser' } },
  },
}

/**
 * A pod whose images are pulled and never run. It passes the restricted pod security standard (kubernetes.io/docs/concepts/security/pod-security-standards)
 * and what AKS deployment safeguards ask of a pod (learn.microsoft.com/azure/aks/deployment-safeguards): limits, requests, probes, non-root at both
 * levels.
 */
export function podOf({ index, node, images }: Probe, { run, lifeSeconds, requestsAll }: PodOptions) {
  const os = node.os === 'windows' ? 'windows' : 'linux'
  const neverRuns = { exec: { command }, periodSeconds: 60 }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: podPrefix(run),
      labels: {
        [labels.managedBy]: manager,
        [labels.run]: run,
        [labels.probe]: String(index),
        ...outOfMeshes.labels,
      },
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true', ...outOfMeshes.annotations },
    },
    spec: {
      // Past the scheduler: neither taints nor a cordon keep the pod away, and the node's kubelet takes it at once.
      nodeName: node.name,
      ...(os === 'windows' && { os: { name: os } }),
      nodeSelector: { 'kubernetes.io/os': os },
      // Kubelets look at no other effect. Policies refuse tolerations of everything, and of what is kept for the system.
      tolerations: [...new Set(node.taints.filter(({ effect }) => effect === 'NoExecute').map(({ key }) => key))].map(
        key => ({ key, operator: 'Exists', effect: 'NoExecute' }),
      ),
      imagePullSecrets: [{ name: placeholderSecret(run) }],
      restartPolicy: 'Never',
      activeDeadlineSeconds: lifeSeconds,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: security[os].pod,
      containers: images.map(({ container, reference }) => ({
        name: container,
        image: reference,
        imagePullPolicy: 'Always',
        command,
        securityContext: security[os].container,
        resources: {
          requests: requestsAll ? limits[os] : leastRequests,
          limits: limits[os],
        },
        readinessProbe: neverRuns,
        livenessProbe: neverRuns,
      })),
    },
  }
}

/** Several pods as one document for `kubectl create`. */
export function podList(probes: Probe[], options: PodOptions) {
  return { apiVersion: 'v1', kind: 'List', items: probes.map(probe => podOf(probe, options)) }
}

/** A run deletes a pod that has ended within seconds, but with Run Command only at the end of the command, which is to come within five minutes. */
const endedLifeSeconds = 330

/** Whether a probe pod may be of a run that was killed: it is past its deadline, or has ended long ago. Those of runs under way are left alone. */
export function isLeftover(
  { createdAt, phase, lifeSeconds = minLifeSeconds }: Pick<ProbePod, 'createdAt' | 'phase' | 'lifeSeconds'>,
  now: number,
): boolean {
  const ageSeconds = (now - createdAt) / 1000
  const ended = phase === 'Failed' || phase === 'Succeeded'
  return ageSeconds > (ended ? endedLifeSeconds : lifeSeconds)
}

/** A selector of the pods of a run. */
export function selectRun(run: string): string {
  return `${labels.run}=${run}`
}

/**
 * A selector of the pods of other runs that were killed: of those that have left nothing else. Undefined where there are none.
 * @param own the run that asks
 */
export function selectDead(pods: readonly ProbePod[], own: string, now: number): string | undefined {
  const alive = new Set(pods.filter(pod => !isLeftover(pod, now)).map(({ run }) => run))
  const dead = [...new Set(pods.map(({ run }) => run))].filter(
    run => ownRuns.test(run) && run !== own && !alive.has(run),
  )
  return dead.length > 0 ? `${labels.run} in (${dead.slice(0, mostRuns).join(',')})` : undefined
}

/** The form of a run's own label, because others may label pods as they like and the selector is printed in a command. */
const ownRuns = /^[\da-f]+$/

/** Runs whose pods are deleted by one request, which has them all in its address. */
const mostRuns = 100

/** What is left where pods could not be deleted, why, and how to. */
export function describeLeft(
  { cluster, namespace }: Pick<ClusterAttempt, 'cluster' | 'namespace'>,
  selector: string,
  error: unknown,
): string {
  const reason = messageOf(error).replace(/\.$/, '')
  return (
    `The probe pods on ${cluster.name} could not be deleted: ${reason}. They end by themselves after ${minLifeSeconds / 60} minutes, or a minute after the step's timeout if that is later. To delete them:\n` +
    `  kubectl delete pods --namespace ${namespace} --selector ${selector.includes(' ') ? `'${selector}'` : selector}`
  )
}
