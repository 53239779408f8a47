// Reads objects in request bodies: JSON, YAML or protobuf.
import { parse } from 'yaml'
import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { DeleteOptions } from '../objects/deletion.js'
import type { ObjectRequest } from './path.js'
import { isProtobuf, readProtobuf } from './protobuf.js'
import { groupVersionOf, type Resource } from '../objects/resources.js'
import { findTypeError } from '../objects/field-types.js'
import { findUnknownFields } from '../objects/schema.js'
import { kubernetesErrors } from '../objects/status.js'

/** A request for objects. */
export interface Call {
  readonly request: Request
  readonly url: URL
  readonly target: ObjectRequest
  readonly resource: Resource
  readonly isDryRun: boolean
}

/** The object in a request's body, in any of the encodings. */
export async function readObject(request: Request): Promise<Record<string, unknown>> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  if (isProtobuf(bytes)) {
    const object = readProtobuf(bytes)
    if (object === undefined) throw kubernetesErrors.unsupportedMediaType('application/vnd.kubernetes.protobuf')
    return object
  }
  const text = new TextDecoder().decode(bytes)
  let value: unknown
  try {
    // JSON is YAML too.
    value = text.startsWith('{') ? JSON.parse(text) : parse(text)
  } catch (error) {
    throw kubernetesErrors.badRequest(
      `the object provided is unrecognized: ${error instanceof Error ? error.message : ''}`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw kubernetesErrors.badRequest('the object provided is unrecognized')
  }
  return value as Record<string, unknown>
}

/** The object to write. Checks that its fields are known and that it matches the path. */
export async function readBody(call: Call): Promise<KubernetesObject> {
  const { resource, request, target } = call
  const body = await readObject(request)
  const groupVersion = groupVersionOf(resource)
  if (body.kind !== resource.kind || body.apiVersion !== groupVersion) {
    const given = `${String(body.apiVersion)}, Kind=${String(body.kind)}`
    throw kubernetesErrors.badRequest(
      `the object provided has the wrong kind: it is ${given}, and the path is of ${groupVersion}, Kind=${resource.kind}`,
    )
  }
  checkFields(call, body)
  const metadata = (body.metadata ?? {}) as Partial<KubernetesObject['metadata']>
  const object = { ...body, metadata: { ...metadata, name: metadata.name ?? '' } } as KubernetesObject
  if (target.name !== undefined && object.metadata.name !== target.name) {
    throw kubernetesErrors.badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${target.name})`,
    )
  }
  return object
}

/** Throws on values of the wrong type and, if the client wants that, on unknown fields. */
export function checkFields({ url, resource }: Call, body: unknown): void {
  const misfit = findTypeError(body, resource.kind)
  if (misfit !== undefined) {
    throw kubernetesErrors.badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${misfit}`,
    )
  }
  if (url.searchParams.get('fieldValidation') !== 'Strict') return
  const unknown = findUnknownFields(body, resource.kind)
  if (unknown.length === 0) return
  throw kubernetesErrors.badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${unknown.map(field => `unknown field "${field}"`).join(', ')}`,
  )
}

/** Options of a DELETE, from its body and its query. */
export async function readDeleteOptions({ request, url }: Call): Promise<DeleteOptions> {
  const text = await request.text()
  const options = text === '' ? {} : (JSON.parse(text) as DeleteOptions)
  const grace = url.searchParams.get('gracePeriodSeconds')
  const policy = url.searchParams.get('propagationPolicy') as DeleteOptions['propagationPolicy'] | null
  return {
    ...options,
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null || policy === undefined ? {} : { propagationPolicy: policy }),
  }
}
