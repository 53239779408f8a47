/**
 * Fields of messages by number, `<number> <name>[:<type>]` (k8s.io/api and k8s.io/apimachinery, `generated.proto`):
 * those that kubectl sends in `create` and `auth`; other commands send JSON. A type is `int`, `bool`, `map`, `bytes`
 * for a map of bytes, `quantities` for a map of quantities, `port` for a number or a name, `none` for values that the
 * server fills in, a message, or one of these in brackets for a list; text otherwise. Other fields are rejected unless
 * they are empty.
 */
const messages: Readonly<Record<string, string>> = {
  ObjectMeta:
    '1 name, 2 generateName, 3 namespace, 5 uid, 6 resourceVersion, 7 generation:none, 8 creationTimestamp:none, 11 labels:map, 12 annotations:map, 13 ownerReferences:[OwnerReference]',
  OwnerReference: '1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller:bool, 7 blockOwnerDeletion:bool',
  Namespace: '1 metadata:ObjectMeta, 2 spec:none, 3 status:none',
  ServiceAccount: '1 metadata:ObjectMeta',
  ConfigMap: '1 metadata:ObjectMeta, 2 data:map, 3 binaryData:bytes',
  Secret: '1 metadata:ObjectMeta, 2 data:bytes, 3 type, 4 stringData:map',
  ResourceQuota: '1 metadata:ObjectMeta, 2 spec:ResourceQuotaSpec, 3 status:none',
  ResourceQuotaSpec: '1 hard:quantities, 2 scopes:[]',
  Service: '1 metadata:ObjectMeta, 2 spec:ServiceSpec, 3 status:none',
  ServiceSpec:
    '1 ports:[ServicePort], 2 selector:map, 3 clusterIP, 4 type, 7 sessionAffinity, 8 loadBalancerIP, 10 externalName',
  ServicePort: '1 name, 2 protocol, 3 port:int, 4 targetPort:port, 5 nodePort:int',
  Role: '1 metadata:ObjectMeta, 2 rules:[PolicyRule]',
  ClusterRole: '1 metadata:ObjectMeta, 2 rules:[PolicyRule], 3 aggregationRule:AggregationRule',
  AggregationRule: '1 clusterRoleSelectors:[LabelSelector]',
  PolicyRule: '1 verbs:[], 2 apiGroups:[], 3 resources:[], 4 resourceNames:[], 5 nonResourceURLs:[]',
  RoleBinding: '1 metadata:ObjectMeta, 2 subjects:[Subject], 3 roleRef:RoleRef',
  ClusterRoleBinding: '1 metadata:ObjectMeta, 2 subjects:[Subject], 3 roleRef:RoleRef',
  Subject: '1 kind, 2 apiGroup, 3 name, 4 namespace',
  RoleRef: '1 apiGroup, 2 kind, 3 name',
  Deployment: '1 metadata:ObjectMeta, 2 spec:DeploymentSpec, 3 status:none',
  DeploymentSpec: '1 replicas:int, 2 selector:LabelSelector, 3 template:PodTemplateSpec, 4 strategy:none',
  Job: '1 metadata:ObjectMeta, 2 spec:JobSpec, 3 status:none',
  JobSpec:
    '1 parallelism:int, 2 completions:int, 3 activeDeadlineSeconds:int, 6 template:PodTemplateSpec, 7 backoffLimit:int, 8 ttlSecondsAfterFinished:int, 9 completionMode, 10 suspend:bool',
  CronJob: '1 metadata:ObjectMeta, 2 spec:CronJobSpec, 3 status:none',
  CronJobSpec: '1 schedule, 3 concurrencyPolicy, 4 suspend:bool, 5 jobTemplate:JobTemplateSpec, 8 timeZone',
  JobTemplateSpec: '1 metadata:ObjectMeta, 2 spec:JobSpec',
  LabelSelector: '1 matchLabels:map',
  PodTemplateSpec: '1 metadata:ObjectMeta, 2 spec:PodSpec',
  PodSpec:
    '2 containers:[Container], 3 restartPolicy, 4 terminationGracePeriodSeconds:int, 5 activeDeadlineSeconds:int, 6 dnsPolicy, 7 nodeSelector:map, 8 serviceAccountName, 9 serviceAccount, 14 securityContext:PodSecurityContext, 15 imagePullSecrets:[LocalObjectReference], 19 schedulerName, 20 initContainers:[Container], 21 automountServiceAccountToken:bool',
  PodSecurityContext: '2 runAsUser:int, 3 runAsNonRoot:bool, 5 fsGroup:int, 6 runAsGroup:int',
  LocalObjectReference: '1 name',
  Container:
    '1 name, 2 image, 3 command:[], 4 args:[], 5 workingDir, 6 ports:[ContainerPort], 8 resources:ResourceRequirements, 13 terminationMessagePath, 14 imagePullPolicy, 20 terminationMessagePolicy',
  ResourceRequirements: '1 limits:quantities, 2 requests:quantities',
  ContainerPort: '1 name, 3 containerPort:int, 4 protocol',
  TokenRequest: '1 metadata:ObjectMeta, 2 spec:TokenRequestSpec, 3 status:none',
  TokenRequestSpec: '1 audiences:[], 4 expirationSeconds:int',
  SelfSubjectReview: '1 metadata:ObjectMeta, 2 status:none',
  SelfSubjectRulesReview: '1 metadata:ObjectMeta, 2 spec:RulesReviewSpec, 3 status:none',
  RulesReviewSpec: '1 namespace',
  SelfSubjectAccessReview: '1 metadata:ObjectMeta, 2 spec:AccessReviewSpec, 3 status:none',
  AccessReviewSpec: '1 resourceAttributes:ResourceAttributes, 2 nonResourceAttributes:NonResourceAttributes',
  ResourceAttributes: '1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name',
  NonResourceAttributes: '1 path, 2 verb',
}

const prefix = 'k8s\0'

/** Whether a body is a Kubernetes protocol buffer (kubernetes.io API concepts, "Kubernetes Protobuf encoding"). */
export const isProtobuf = (bytes: Uint8Array): boolean => text(bytes.subarray(0, prefix.length)) === prefix

/** The object in such a body; undefined for unknown kinds and fields. */
export function readProtobuf(bytes: Uint8Array): Record<string, unknown> | undefined {
  const envelope = [...fields(bytes.subarray(prefix.length))]
  const find = (number: number): Uint8Array => bytesOf(envelope.find(field => field.number === number)?.value)
  const [apiVersion = '', kind = ''] = [...fields(find(1))].map(({ value }) => text(bytesOf(value)))
  if (!(kind in messages)) return undefined
  try {
    return { apiVersion, kind, ...readMessage(kind, find(2)) }
  } catch (error) {
    if (error instanceof UnknownField) return undefined
    throw error
  }
}

/** A field that isn't in `messages`. */
class UnknownField extends Error {}

function readMessage(type: string, bytes: Uint8Array): Record<string, unknown> {
  const known = new Map(
    (messages[type] ?? '').split(', ').map(entry => {
      const [, number = '', name = '', kind = ''] = /^(\d+) (\w+)(?::(.*))?$/.exec(entry) ?? []
      return [Number(number), { name, kind }]
    }),
  )
  const object: Record<string, unknown> = {}
  for (const { number, value } of fields(bytes)) {
    const field = known.get(number)
    const isEmpty = typeof value === 'number' ? value === 0 : value.length === 0
    if (field === undefined && isEmpty) continue
    if (field === undefined) throw new UnknownField(`${type} has a field ${String(number)}`)
    const { name, kind } = field
    if (kind === 'none') continue
    const before = object[name]
    if (kind.startsWith('[')) {
      object[name] = [...(Array.isArray(before) ? (before as unknown[]) : []), readValue(kind.slice(1, -1), value)]
    } else if (kind === 'map' || kind === 'bytes' || kind === 'quantities') {
      const [key, entry = new Uint8Array()] = [...fields(bytesOf(value))].map(part => bytesOf(part.value))
      const inner = kind === 'quantities' ? bytesOf([...fields(entry)][0]?.value) : entry
      const content = Buffer.from(inner).toString(kind === 'bytes' ? 'base64' : 'utf8')
      object[name] = { ...(before as object | undefined), [text(key ?? new Uint8Array())]: content }
    } else {
      const read = readValue(kind, value)
      // JSON omits empty values.
      if (read !== '') object[name] = read
    }
  }
  return object
}

function readValue(kind: string, value: Uint8Array | number): unknown {
  if (kind === 'int') return value
  if (kind === 'bool') return value === 1
  if (kind === 'port') {
    const [isName, number, name] = [1, 2, 3].map(
      number => [...fields(bytesOf(value))].find(part => part.number === number)?.value,
    )
    return isName === 1 ? text(bytesOf(name)) : number
  }
  return kind === '' ? text(bytesOf(value)) : readMessage(kind, bytesOf(value))
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const bytesOf = (value: Uint8Array | number | undefined): Uint8Array =>
  typeof value === 'object' ? value : new Uint8Array()

/** Numbers and lengths are varints; other wire types don't occur. */
function* fields(bytes: Uint8Array): Generator<{ number: number; value: Uint8Array | number }> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  while (at < bytes.length) {
    const tag = varint()
    const value = varint()
    if ((tag & 7) !== 2) {
      yield { number: tag >> 3, value }
      continue
    }
    yield { number: tag >> 3, value: bytes.subarray(at, at + value) }
    at += value
  }
}
