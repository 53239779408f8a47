import { newGuid } from '../../../model/ids.js'
import type { Kubernetes } from '../../../world/kubernetes.js'
import { kubernetesTime, type KubernetesObject, type Pod } from '../../../world/kubernetes-objects.js'
import { admit, complete, mutate } from '../admission/admission.js'
import { checkFields, readBody, readDeleteOptions, readObject, type Call } from './bodies.js'
import { deleteObject } from '../objects/deletion.js'
import { givenName, randomSuffix } from '../objects/names.js'
import { mergePatch, strategicMerge } from '../objects/patch.js'
import { listByKey } from './pages.js'
import type { Reads } from './reads.js'
import { groupVersionOf } from '../objects/resources.js'
import { kubernetesErrors } from '../objects/status.js'
import { requireContainers, validate, validatePodUpdate } from '../objects/validation.js'

/** Answers write requests. */
export interface Writes {
  create(call: Call): Promise<Response>
  createSubresource(call: Call): Promise<Response>
  update(call: Call): Promise<Response>
  patch(call: Call): Promise<Response>
  remove(call: Call): Promise<Response>
  deleteCollection(call: Call): Promise<Response>
}

/** Binds the answers to a cluster's objects. */
export function createWrites(kubernetes: Kubernetes, reads: Reads): Writes {
  const { store } = kubernetes

  /** Checks and stores a new object. */
  const keep = (call: Call, object: KubernetesObject, status: number): Response => {
    const { resource, target, isDryRun } = call
    const { namespace } = target
    if (namespace !== undefined) {
      const home = store.find('namespaces', undefined, namespace)
      if (home === undefined) throw kubernetesErrors.notFound('namespaces', namespace)
      // The plugin NamespaceLifecycle (k8s.io/apiserver `admission/plugin/namespace/lifecycle`).
      if (home.metadata.deletionTimestamp !== undefined) {
        throw kubernetesErrors.namespaceTerminating(resource.name, givenName(object), namespace)
      }
      if (object.metadata.namespace !== undefined && object.metadata.namespace !== namespace) {
        throw kubernetesErrors.badRequest(
          `the namespace of the provided object does not match the namespace sent on the request`,
        )
      }
      object.metadata.namespace = namespace
    }
    requireContainers(resource, object)
    complete(resource, object)
    // A name is generated between the mutating and the validating plugins (k8s.io/apiserver `registry/rest/create.go`).
    mutate(kubernetes, resource, object)
    if (object.metadata.name === '' && object.metadata.generateName !== undefined) {
      object.metadata.name = `${object.metadata.generateName}${randomSuffix()}`
    }
    if (store.find(resource.name, namespace, object.metadata.name) !== undefined) {
      throw kubernetesErrors.alreadyExists(resource.name, object.metadata.name)
    }
    validate(resource, object)
    const warnings = admit(kubernetes, resource, object)
    if (isDryRun) {
      // As it would be stored, except for its version.
      const metadata = { ...object.metadata, uid: newGuid(), creationTimestamp: kubernetesTime() }
      const isGenerated = object.spec !== undefined && resource.name !== 'pods'
      return reads.show(
        { ...object, metadata: isGenerated ? { ...metadata, generation: 1 } : metadata },
        status,
        warnings,
      )
    }
    if (resource.name === 'namespaces') {
      return reads.show(kubernetes.addNamespace(object.metadata.name, object.metadata.labels ?? {}), status)
    }
    return reads.show(store.create(resource.name, object), status, warnings)
  }

  const create = async (call: Call): Promise<Response> => keep(call, await readBody(call), 201)

  const createSubresource = async (call: Call): Promise<Response> => {
    const { target, request } = call
    const pod = reads.current(call) as Pod
    if (target.subresource !== 'binding') throw kubernetesErrors.badRequest('Upgrade request required')
    const body = (await readObject(request)) as { target?: { name?: string } }
    store.update<Pod>('pods', pod, draft => {
      draft.spec.nodeName = body.target?.name ?? ''
    })
    return Response.json(
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
      { status: 201 },
    )
  }

  /** Checks and stores a changed object. */
  const replace = (call: Call, before: KubernetesObject, after: KubernetesObject): Response => {
    const { resource, isDryRun, target } = call
    const given = after.metadata.resourceVersion
    if (given !== undefined && given !== before.metadata.resourceVersion) {
      throw kubernetesErrors.conflict(
        resource.name,
        before.metadata.name,
        'the object has been modified; please apply your changes to the latest version and try again',
      )
    }
    const draft = structuredClone(after)
    const { uid, creationTimestamp, namespace, name, generation, resourceVersion } = before.metadata
    Object.assign(draft.metadata, { uid, creationTimestamp, namespace, name, generation, resourceVersion })
    if (target.subresource !== 'status') draft.status = before.status
    if (resource.name === 'pods') validatePodUpdate(before as Pod, draft as Pod)
    if (resource.name !== 'pods') complete(resource, draft)
    if (resource.name !== 'pods') validate(resource, draft)
    const warnings = resource.name === 'pods' ? [] : admit(kubernetes, resource, draft)
    if (isDryRun) return reads.show(draft, 200, warnings)
    const stored = store.update(resource.name, before, copy => {
      for (const stale of Object.keys(copy)) Reflect.deleteProperty(copy, stale)
      Object.assign(copy, JSON.parse(JSON.stringify(draft)))
    })
    if (stored === undefined) throw kubernetesErrors.notFound(resource.name, name)
    return reads.show(stored, 200, warnings)
  }

  const update = async (call: Call): Promise<Response> => {
    const before = reads.current(call)
    return replace(call, before, await readBody(call))
  }

  const patch = async (call: Call): Promise<Response> => {
    const { request, resource } = call
    const type = request.headers.get('content-type')?.split(';')[0] ?? ''
    const merge = merges[type]
    if (merge === undefined) throw kubernetesErrors.unsupportedMediaType(type)
    const before = reads.current(call)
    const body = await readObject(request)
    const patched = merge(before, body, resource.kind)
    checkFields(call, body)
    return replace(call, before, structuredClone(patched as KubernetesObject))
  }

  const remove = async (call: Call): Promise<Response> => {
    const { resource, isDryRun } = call
    const object = reads.current(call)
    const options = await readDeleteOptions(call)
    const uid = options.preconditions?.uid
    if (uid !== undefined && uid !== object.metadata.uid) {
      throw kubernetesErrors.conflict(
        resource.name,
        object.metadata.name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid ?? ''}`,
      )
    }
    const deleted = isDryRun ? object : deleteObject(store, resource, object, options)
    if (resource.name === 'pods') return reads.show(deleted)
    const { group, name: kind } = resource
    const details = { name: object.metadata.name, ...(group === '' ? {} : { group }), kind, uid: object.metadata.uid }
    return Response.json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
  }

  const deleteCollection = async (call: Call): Promise<Response> => {
    const { resource, target, isDryRun } = call
    const options = await readDeleteOptions(call)
    const objects = listByKey(store, resource.name, target.namespace).filter(reads.selectorOf(call))
    const items = isDryRun ? objects : objects.map(object => deleteObject(store, resource, object, options))
    const metadata = { resourceVersion: String(store.version) }
    return Response.json({ kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items })
  }

  return { create, createSubresource, update, patch, remove, deleteCollection }
}

/** What a patch does to an object, by media type. */
const merges: Readonly<Record<string, (current: unknown, patch: unknown, kind: string) => unknown>> = {
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': strategicMerge,
}
