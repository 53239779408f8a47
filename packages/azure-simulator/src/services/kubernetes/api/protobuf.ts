/**
 * Fields of messages by number, `<number> <name>[:<type>]` (k8s.io/api and k8s.io/apimachinery, `generated.proto`): those that the commands of the
 * documents and of the action send, `kubectl create` of roles, bindings, namespaces and service accounts, and `kubectl auth`; other commands send JSON. A
 * type is `map`, `none` for values that the server fills in, a message, or one of these in brackets for a list; text otherwise. Other fields are
 * rejected unless they are empty.
 */
const messages: Readonly<Record<string, string>> = {
  ObjectMeta:
    '1 name, 2 generateName, 3 namespace, 5 uid, 6 resourceVersion, 8 creationTimestamp:none, 11 labels:map, 12 annotations:map',
  Namespace: '1 metadata:ObjectMeta, 2 spec:none, 3 status:none',
  ServiceAccount: '1 metadata:ObjectMeta',
  Role: '1 metadata:ObjectMeta, 2 rules:[PolicyRule]',
  ClusterRole: '1 metadata:ObjectMeta, 2 rules:[PolicyRule]',
  PolicyRule: '1 verbs:[], 2 apiGroups:[], 3 resources:[], 4 resourceNames:[], 5 nonResourceURLs:[]',
  RoleBinding: '1 metadata:ObjectMeta, 2 subjects:[Subject], 3 roleRef:RoleRef',
  ClusterRoleBinding: '1 metadata:ObjectMeta, 2 subjects:[Subject], 3 roleRef:RoleRef',
  Subject: '1 kind, 2 apiGroup, 3 name, 4 namespace',
  RoleRef: '1 apiGroup, 2 kind, 3 name',
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
    } else if (kind === 'map') {
      const [key = '', content = ''] = [...fields(bytesOf(value))].map(part => text(bytesOf(part.value)))
      object[name] = { ...(before as object | undefined), [key]: content }
    } else {
      const read = readValue(kind, value)
      // JSON omits empty values.
      if (read !== '') object[name] = read
    }
  }
  return object
}

const readValue = (kind: string, value: Uint8Array | number): unknown =>
  kind === '' ? text(bytesOf(value)) : readMessage(kind, bytesOf(value))

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
