/**
 * Fields of messages by number, `<number> <name>[:<type>]` (k8s.io/api and k8s.io/apimachinery, `generated.proto`), as far as kubectl writes
 * them in `create` and `auth`; the rest of it sends JSON. A type is `int`, `map`, `bytes` for a map of bytes, a message, or one of
 * these in brackets for a list; text otherwise.
 */
const messages: Readonly<Record<string, string>> = {
  ObjectMeta: '1 name, 2 generateName, 3 namespace, 11 labels:map, 12 annotations:map',
  Namespace: '1 metadata:ObjectMeta',
  ServiceAccount: '1 metadata:ObjectMeta',
  ConfigMap: '1 metadata:ObjectMeta, 2 data:map, 3 binaryData:bytes',
  Secret: '1 metadata:ObjectMeta, 2 data:bytes, 3 type, 4 stringData:map',
  Deployment: '1 metadata:ObjectMeta, 2 spec:DeploymentSpec',
  DeploymentSpec: '1 replicas:int, 2 selector:LabelSelector, 3 template:PodTemplateSpec',
  LabelSelector: '1 matchLabels:map',
  PodTemplateSpec: '1 metadata:ObjectMeta, 2 spec:PodSpec',
  PodSpec: '2 containers:[Container], 3 restartPolicy',
  Container: '1 name, 2 image, 3 command:[], 4 args:[], 6 ports:[ContainerPort]',
  ContainerPort: '1 name, 3 containerPort:int, 4 protocol',
  SelfSubjectReview: '1 metadata:ObjectMeta',
  SelfSubjectRulesReview: '2 spec:RulesReviewSpec',
  RulesReviewSpec: '1 namespace',
  SelfSubjectAccessReview: '2 spec:AccessReviewSpec',
  AccessReviewSpec: '1 resourceAttributes:ResourceAttributes, 2 nonResourceAttributes:NonResourceAttributes',
  ResourceAttributes: '1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name',
  NonResourceAttributes: '1 path, 2 verb',
}

const prefix = 'k8s\0'

/** Whether a body is a Kubernetes protocol buffer (kubernetes.io API concepts, "Kubernetes Protobuf encoding"). */
export const isProtobuf = (bytes: Uint8Array): boolean => text(bytes.subarray(0, prefix.length)) === prefix

/** The object in such a body; undefined for kinds that are not known here. */
export function readProtobuf(bytes: Uint8Array): Record<string, unknown> | undefined {
  const envelope = [...fields(bytes.subarray(prefix.length))]
  const find = (number: number): Uint8Array => bytesOf(envelope.find(field => field.number === number)?.value)
  const [apiVersion = '', kind = ''] = [...fields(find(1))].map(({ value }) => text(bytesOf(value)))
  return kind in messages ? { apiVersion, kind, ...readMessage(kind, find(2)) } : undefined
}

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
    if (field === undefined) continue
    const { name, kind } = field
    const before = object[name]
    if (kind.startsWith('[')) {
      object[name] = [...(Array.isArray(before) ? (before as unknown[]) : []), readValue(kind.slice(1, -1), value)]
    } else if (kind === 'map' || kind === 'bytes') {
      const [key, entry] = [...fields(bytesOf(value))].map(part => bytesOf(part.value))
      const content = Buffer.from(entry ?? []).toString(kind === 'map' ? 'utf8' : 'base64')
      object[name] = { ...(before as object | undefined), [text(key ?? new Uint8Array())]: content }
    } else {
      const read = readValue(kind, value)
      // What is empty is left out of JSON.
      if (read !== '') object[name] = read
    }
  }
  return object
}

function readValue(kind: string, value: Uint8Array | number): unknown {
  if (kind === 'int') return value
  return kind === '' ? text(bytesOf(value)) : readMessage(kind, bytesOf(value))
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const bytesOf = (value: Uint8Array | number | undefined): Uint8Array =>
  typeof value === 'object' ? value : new Uint8Array()

/** Numbers and lengths are varints; other wire types do not come up. */
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
