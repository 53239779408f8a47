/**
 * Reads the reviews that clients built with client-go send as protocol buffers: `k8s\0`, and a `runtime.Unknown` with the object in field 2
 * (kubernetes.io API concepts, "Kubernetes Protobuf encoding"; field numbers of k8s.io/api `authorization/v1/generated.proto`).
 */
export function readReview(bytes: Uint8Array): Record<string, unknown> | undefined {
  const magic = 'k8s\0'
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== magic) return undefined
  const object = fields(bytes.subarray(4)).get(2)
  const spec = object === undefined ? undefined : fields(object).get(2)
  if (spec === undefined) return {}
  const inner = fields(spec)
  const resource = inner.get(1)
  const path = inner.get(2)
  return {
    spec: {
      ...(resource === undefined ? {} : { resourceAttributes: strings(resource, attributeNames) }),
      ...(path === undefined ? {} : { nonResourceAttributes: strings(path, ['path', 'verb']) }),
    },
  }
}

const attributeNames = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name']

function strings(bytes: Uint8Array, names: readonly string[]): Record<string, string> {
  const found = fields(bytes)
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const value = found.get(index + 1)
      return value === undefined ? [] : [[name, new TextDecoder().decode(value)]]
    }),
  )
}

/** The fields of a message that have a length, by number; the last one of each. */
function fields(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
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
    if ((tag & 7) !== 2) {
      varint()
      continue
    }
    const length = varint()
    found.set(tag >> 3, bytes.subarray(at, at + length))
    at += length
  }
  return found
}
