import { randomBytes } from 'node:crypto'
import { invokeCommand, shell, type ClusterNode } from 'azure'
import { nameSome, redact, say, takeIn, toActionError } from 'kernel'
import type { NodePull } from 'run-model'
import { getting, podLivesTemplate, type ProbePod } from './cluster-text.js'
import type { ClusterAttempt } from './cluster-rules.js'

/** The images that one pod pulls on one node. */
export interface Probe {
  /** Tells the pods of a run apart. */
  index: number
  node: Pick<ClusterNode, 'name' | 'os' | 'taints'>
  images: ProbedImage[]
}

/** An image of a probe, and the container that pulls it. The account is the same for all images of a probe. */
export interface ProbedImage extends Pick<NodePull['image'], 'reference' | 'account'> {
  container: string
}

/** The labels of probe pods: their manager, run and probe, and with Run Command the command that created them. */
export const labels = {
  managedBy: 'app.kubernetes.io/managed-by',
  run: 'attach-acr/run',
  probe: 'attach-acr/probe',
  command: 'attach-acr/command',
} as const

const manager = 'attach-acr'

/** Selects the probe pods of all runs. */
export const anyRun = `${labels.managedBy}=${manager}`

/** The words for kubectl that list the probe pods of all runs in a namespace, as rows `other`. */
export const gettingRuns = (namespace: string): string[] =>
  getting('pods', podLivesTemplate, '--namespace', namespace, '--selector', anyRun)

/**
 * Matches the rows `made` of pods that have kept the labels by which this run finds and deletes them; a valid POSIX extended regular expression, too.
 * @param command the command inside the cluster that created them
 */
export function labelled(run: string, command = ''): string {
  return `^made\t[^\t]*\t${manager}\t${run}\t[0-9]+\t${command}\t\\.$`
}

/** Prefix of the names of containers that pull; webhooks may add others. */
export const containerPrefix = 'image-'

/** Prefix of the names of a run's pods. */
export function podPrefix(run: string): string {
  return `attach-acr-probe-${run}-`
}

/**
 * The pull secret that the probe pods of a run name, unless they run as a service account of the inputs. It does not exist: because of it the
 * ServiceAccount admission plugin adds none of the account's secrets, which would pull instead of the node's identity
 * (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin).
 */
export function placeholderSecret(run: string): string {
  return `attach-acr-no-secret-${run}`
}

/** Path on the API server of the pods that match a selector. */
export function podsPath(namespace: string, selector: string): string {
  return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`
}

/** Minimum lifetime of a pod, in seconds; longer if `timeout` is longer. It ends the pods that a killed run leaves behind. */
export const minLifeSeconds = 600

/** A new ID of a run: 64 random bits, because the program of its pods has it in its name. It can be a label and a part of a pod's name. */
export function createRunId(): string {
  return randomBytes(8).toString('hex')
}

/**
 * The program of a run's pods. No image has it, so the kubelet pulls, fails to start it, and stops: nothing of the image ever runs. Each run has its own,
 * because anyone who knows its name in advance can put it into an image.
 */
export function programOf(run: string): string {
  return `/attach-acr-only-pulls-${run}`
}

/** Service meshes and agents would inject containers into the pod that wait for something a probe does not have. */
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
  // A Windows process does not start with less.
  windows: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
}

/** Small enough for a full node to accept the pod. */
const minRequests = { cpu: '1m', memory: '8Mi', 'ephemeral-storage': '1Mi' }

/** For the pod and each of its containers; a Windows pod must not have Linux fields (kubernetes.io/docs/concepts/windows/intro). */
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
 * A pod whose images are pulled and never run. It meets the restricted pod security standard (kubernetes.io/docs/concepts/security/pod-security-standards)
 * and the AKS deployment safeguards (learn.microsoft.com/azure/aks/deployment-safeguards): limits, requests, probes, non-root for pod and containers.
 * @param options.lifeSeconds lifetime of the pod, in seconds
 * @param options.command the command inside the cluster that creates it
 * @param options.requestsAll whether requests equal limits: some limit ranges require a minimum request, or a maximum ratio between limit and request
 */
export function podOf(
  { index, node, images }: Probe,
  {
    run,
    lifeSeconds,
    requestsAll,
    command: maker,
  }: { run: string; lifeSeconds: number; requestsAll: boolean; command?: string },
) {
  const os = node.os === 'windows' ? 'windows' : 'linux'
  const account = images[0]?.account
  const command = [programOf(run)]
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
        ...(maker && { [labels.command]: maker }),
        ...outOfMeshes.labels,
      },
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true', ...outOfMeshes.annotations },
    },
    spec: {
      // This bypasses the scheduler: neither taints nor a cordon keep the pod away, and the node's kubelet accepts it at once.
      nodeName: node.name,
      ...(os === 'windows' && { os: { name: os } }),
      nodeSelector: { 'kubernetes.io/os': os },
      // Kubelets check no other effect. Policies reject tolerations of all taints, and of taints reserved for the system.
      tolerations: [...new Set(node.taints.filter(({ effect }) => effect === 'NoExecute').map(({ key }) => key))].map(
        key => ({ key, operator: 'Exists', effect: 'NoExecute' }),
      ),
      // The pull secrets of such an account count, as they do for the workload: the ServiceAccount admission plugin adds them.
      ...(account ? { serviceAccountName: account } : { imagePullSecrets: [{ name: placeholderSecret(run) }] }),
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
          requests: requestsAll ? limits[os] : minRequests,
          limits: limits[os],
        },
        readinessProbe: neverRuns,
        livenessProbe: neverRuns,
      })),
    },
  }
}

/** A run deletes ended pods within seconds, but with Run Command only at the end of the command, up to five minutes later. In seconds. */
const endedLifeSeconds = 330

/** Whether a probe pod may belong to a run that was killed: its lifetime is over, or it ended long ago. */
export function isLeftover(
  { createdAt, phase, lifeSeconds = minLifeSeconds }: Pick<ProbePod, 'createdAt' | 'phase' | 'lifeSeconds'>,
  now: number,
): boolean {
  const ageSeconds = (now - createdAt) / 1000
  return ageSeconds > (hasEnded({ phase }) ? endedLifeSeconds : lifeSeconds)
}

/** Whether nothing of a pod runs any more. */
export function hasEnded({ phase }: Pick<ProbePod, 'phase'>): boolean {
  return phase === 'Failed' || phase === 'Succeeded'
}

export function selectRun(run: string): string {
  return `${labels.run}=${run}`
}

/**
 * Selects the pods of other runs that were killed: of runs that have only leftover pods. Undefined if there are none.
 * @param own the current run
 */
export function selectDead(pods: readonly ProbePod[], own: string, now: number): string | undefined {
  const alive = new Set(pods.filter(pod => !isLeftover(pod, now)).map(({ run }) => run))
  const dead = [...new Set(pods.map(({ run }) => run))].filter(
    run => ownRuns.test(run) && run !== own && !alive.has(run),
  )
  return dead.length > 0 ? `${labels.run} in (${dead.slice(0, maxRuns).join(',')})` : undefined
}

/** The format of our run labels: others may label pods as they like, and the selector is printed in a command. */
const ownRuns = /^[\da-f]+$/

/** Maximum number of runs whose pods one request deletes: its URL contains all of them. */
const maxRuns = 100

type Place = Pick<ClusterAttempt, 'cluster' | 'namespace'>

/**
 * A warning that pods could not be deleted, with the reason and the command.
 * @param prober how the step reached the cluster: the command does it in the same way, because the API server of a private cluster is out of reach
 * @param which a label selector, or the names of pods
 */
export function describeLeftPods(
  prober: 'kubectl' | 'run-command',
  { cluster, namespace }: Place,
  which: string | readonly string[],
  error: unknown,
): string {
  const words = typeof which === 'string' ? ['--selector', which] : which
  const deletion = shell`kubectl delete pods --namespace ${namespace} ${words}`
  return (
    `The probe pods on ${cluster.name} could not be deleted: ${redact(say(toActionError(error).said))} They end on their own after ${minLifeSeconds / 60} minutes, or a minute after the step's timeout if that is later. To delete them now:\n` +
    `  ${inTheSameWay(prober, cluster, deletion)}`
  )
}

/** A warning that pods are still there although they were deleted. @param held their names with the finalizers that hold them */
export function describeHeldPods(
  prober: 'kubectl' | 'run-command',
  { cluster, namespace }: Place,
  held: ReadonlyMap<string, string>,
): string {
  const pods = [...held].map(([pod, finalizers]) => `${pod} (${takeIn(finalizers)})`)
  const look = shell`kubectl get pods --namespace ${namespace} --selector ${anyRun}`
  return (
    `Probe pods on ${cluster.name} were deleted, but stay until whoever has added a finalizer to them removes it: ${nameSome(pods, maxHeld)}. To see which are left:\n` +
    `  ${inTheSameWay(prober, cluster, look)}`
  )
}

/** Maximum number of held pods in a warning. */
const maxHeld = 5

const inTheSameWay = (prober: 'kubectl' | 'run-command', { id }: Place['cluster'], command: string): string =>
  prober === 'kubectl' ? command : invokeCommand(id, command)
