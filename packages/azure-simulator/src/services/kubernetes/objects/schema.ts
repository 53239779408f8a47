// The fields of Kubernetes objects, and how lists are merged.

/** A field: the type of its values, and how lists are merged. */
export interface Field {
  /** Name of a type in `types`; undefined if its content isn't checked. */
  readonly type: string | undefined
  readonly isList: boolean
  /** The field that identifies a list's entries (`x-kubernetes-patch-merge-key`). */
  readonly mergeKey: string | undefined
  /** A list of plain values that merges as a set. */
  readonly isSet: boolean
}

/**
 * The fields of the served kinds that clients write (kubernetes.io API reference, v1.33): `name`, `name:Type`,
 * `name:[Type]` for a list, `name:[Type|key]` for a list merged by a key, `name:[|]` for a set.
 */
const types: Readonly<Record<string, string>> = {
  ObjectMeta:
    'name generateName namespace uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences:[OwnerReference|uid] finalizers:[|] managedFields selfLink',
  OwnerReference: 'apiVersion kind name uid controller blockOwnerDeletion',
  LabelSelector: 'matchLabels matchExpressions:[LabelSelectorRequirement]',
  LabelSelectorRequirement: 'key operator values',
  Pod: 'apiVersion kind metadata:ObjectMeta spec:PodSpec status',
  PodTemplateSpec: 'metadata:ObjectMeta spec:PodSpec',
  PodSpec:
    'activeDeadlineSeconds affinity:Affinity automountServiceAccountToken containers:[Container|name] dnsConfig dnsPolicy enableServiceLinks ephemeralContainers:[EphemeralContainer|name] hostAliases hostIPC hostNetwork hostPID hostUsers hostname imagePullSecrets:[LocalObjectReference|name] initContainers:[Container|name] nodeName nodeSelector os:PodOS overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources:ResourceRequirements restartPolicy runtimeClassName schedulerName schedulingGates securityContext:PodSecurityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations:[Toleration] topologySpreadConstraints volumes:[Volume|name]',
  LocalObjectReference: 'name',
  PodOS: 'name',
  PodSecurityContext:
    'appArmorProfile fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy seLinuxOptions seccompProfile:SeccompProfile supplementalGroups supplementalGroupsPolicy sysctls windowsOptions',
  SeccompProfile: 'type localhostProfile',
  Container:
    'args command env:[EnvVar|name] envFrom image imagePullPolicy lifecycle:Lifecycle livenessProbe:Probe name ports:[ContainerPort|containerPort] readinessProbe:Probe resizePolicy resources:ResourceRequirements restartPolicy securityContext:SecurityContext startupProbe:Probe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts:[VolumeMount|mountPath] workingDir',
  EphemeralContainer:
    'args command env:[EnvVar|name] envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy resources restartPolicy securityContext:SecurityContext startupProbe stdin stdinOnce targetContainerName terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts:[VolumeMount|mountPath] workingDir',
  EnvVar: 'name value valueFrom',
  ContainerPort: 'containerPort hostIP hostPort name protocol',
  ResourceRequirements: 'claims limits requests',
  SecurityContext:
    'allowPrivilegeEscalation appArmorProfile capabilities:Capabilities privileged procMount readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser seLinuxOptions seccompProfile:SeccompProfile windowsOptions',
  Capabilities: 'add drop',
  Lifecycle: 'postStart preStop stopSignal',
  Probe:
    'exec failureThreshold grpc httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket terminationGracePeriodSeconds timeoutSeconds',
  VolumeMount: 'mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr',
  Volume:
    'name awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI emptyDir ephemeral fc flexVolume flocker gcePersistentDisk gitRepo glusterfs hostPath image iscsi nfs persistentVolumeClaim photonPersistentDisk portworxVolume projected quobyte rbd scaleIO secret storageos vsphereVolume',
  Affinity: 'nodeAffinity podAffinity podAntiAffinity',
  Toleration: 'effect key operator tolerationSeconds value',
  Deployment: 'apiVersion kind metadata:ObjectMeta spec:DeploymentSpec status',
  DeploymentSpec:
    'minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector:LabelSelector strategy template:PodTemplateSpec',
  ReplicaSet: 'apiVersion kind metadata:ObjectMeta spec:ReplicaSetSpec status',
  ReplicaSetSpec: 'minReadySeconds replicas selector:LabelSelector template:PodTemplateSpec',
  DaemonSet: 'apiVersion kind metadata:ObjectMeta spec:DaemonSetSpec status',
  DaemonSetSpec: 'minReadySeconds revisionHistoryLimit selector:LabelSelector template:PodTemplateSpec updateStrategy',
  StatefulSet: 'apiVersion kind metadata:ObjectMeta spec:StatefulSetSpec status',
  StatefulSetSpec:
    'minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector:LabelSelector serviceName template:PodTemplateSpec updateStrategy volumeClaimTemplates',
  Job: 'apiVersion kind metadata:ObjectMeta spec:JobSpec status',
  JobSpec:
    'activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector:LabelSelector successPolicy suspend template:PodTemplateSpec ttlSecondsAfterFinished',
  CronJob: 'apiVersion kind metadata:ObjectMeta spec:CronJobSpec status',
  CronJobSpec:
    'concurrencyPolicy failedJobsHistoryLimit jobTemplate:JobTemplateSpec schedule startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone',
  JobTemplateSpec: 'metadata:ObjectMeta spec:JobSpec',
  Service: 'apiVersion kind metadata:ObjectMeta spec:ServiceSpec status',
  ServiceSpec:
    'allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges ports:[ServicePort|port] publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig trafficDistribution type',
  ServicePort: 'appProtocol name nodePort port protocol targetPort',
  ConfigMap: 'apiVersion kind metadata:ObjectMeta data binaryData immutable',
  Secret: 'apiVersion kind metadata:ObjectMeta data stringData type immutable',
  ServiceAccount:
    'apiVersion kind metadata:ObjectMeta automountServiceAccountToken imagePullSecrets:[LocalObjectReference|name] secrets',
  Namespace: 'apiVersion kind metadata:ObjectMeta spec status',
  Node: 'apiVersion kind metadata:ObjectMeta spec:NodeSpec status',
  NodeSpec: 'configSource externalID podCIDR podCIDRs:[|] providerID taints:[Taint] unschedulable',
  Taint: 'effect key timeAdded value',
  ResourceQuota: 'apiVersion kind metadata:ObjectMeta spec status',
  LimitRange: 'apiVersion kind metadata:ObjectMeta spec',
  Event:
    'action apiVersion count eventTime firstTimestamp involvedObject kind lastTimestamp message metadata:ObjectMeta reason related reportingComponent reportingInstance series source type',
  Role: 'apiVersion kind metadata:ObjectMeta rules',
  ClusterRole: 'apiVersion kind metadata:ObjectMeta aggregationRule rules',
  RoleBinding: 'apiVersion kind metadata:ObjectMeta roleRef subjects',
  ClusterRoleBinding: 'apiVersion kind metadata:ObjectMeta roleRef subjects',
}

const parsed = new Map<string, ReadonlyMap<string, Field>>()

/** The fields of a type; undefined if any are allowed. */
export function fieldsOf(type: string | undefined): ReadonlyMap<string, Field> | undefined {
  const text = type === undefined ? undefined : types[type]
  if (type === undefined || text === undefined) return undefined
  let fields = parsed.get(type)
  if (fields === undefined) {
    fields = new Map(text.split(' ').map(readField))
    parsed.set(type, fields)
  }
  return fields
}

function readField(text: string): [string, Field] {
  const [, name = text, list, single] = /^(\w+)(?::(?:\[(.*)\]|(\w+)))?$/.exec(text) ?? []
  if (list === undefined) return [name, { type: single, isList: false, mergeKey: undefined, isSet: false }]
  const [type = '', mergeKey] = list.split('|')
  const isSet = type === '' && mergeKey === ''
  return [name, { type: type || undefined, isList: true, mergeKey: mergeKey === '' ? undefined : mergeKey, isSet }]
}

/** Paths of unknown fields, as the API server prints them. */
export function findUnknownFields(value: unknown, type: string, path = ''): string[] {
  const fields = fieldsOf(type)
  if (fields === undefined || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    // Strategic merge directives.
    if (name.startsWith('$')) return []
    const at = path === '' ? name : `${path}.${name}`
    const field = fields.get(name)
    if (field === undefined) return [at]
    if (field.type === undefined) return []
    const { type: innerType } = field
    if (!field.isList) return findUnknownFields(inner, innerType, at)
    return Array.isArray(inner)
      ? inner.flatMap((entry, index) => findUnknownFields(entry, innerType, `${at}[${String(index)}]`))
      : []
  })
}
