import { parse } from 'yaml'
import type { Exchange } from '../../exchange.js'
import { withoutDashes } from '../../ids.js'
import type { SigningKey } from '../../signing-keys.js'
import type { Cluster } from '../../world/clusters.js'
import type { KubernetesObject, Pod } from '../../world/kubernetes-objects.js'
import type { World } from '../../world/world.js'
import { admit, complete } from './admission.js'
import { createApplier } from './apply.js'
import { answerReview, authorize } from './authorization.js'
import { deleteObject, type DeleteOptions } from './deletion.js'
import { answerDiscovery } from './discovery.js'
import { answerLog } from './logs.js'
import { answerOpenApi } from './openapi.js'
import { mergePatch, strategicMerge } from './patch.js'
import { readPath, verbOf, type ObjectRequest } from './path.js'
import { readReview } from './protobuf.js'
import { groupVersionOf, type Resource } from './resources.js'
import { fromScale, toScale } from './scale.js'
import { findUnknownFields } from './schema.js'
import { readFieldSelector, readLabelSelector } from './selectors.js'
import { KubernetesError, kubernetesErrors } from './status.js'
import { toTable } from './tables.js'
import { authenticate } from './users.js'
import { validate, validatePodUpdate } from './validation.js'
import { openWatch } from './watch.js'

/** Answers for a cluster's host. */
export interface KubernetesApp {
  fetch(request: Request, exchange: Exchange): Promise<Response>
}

interface Call {
  readonly request: Request
  readonly url: URL
  readonly wanted: ObjectRequest
  readonly resource: Resource
  readonly isDryRun: boolean
  readonly accept: string
}

/** One cluster's API server. */
export function createKubernetesApp(
  world: World,
  cluster: Cluster,
  key: SigningKey,
  closing: AbortSignal,
): KubernetesApp {
  const { kubernetes } = cluster
  const { store } = kubernetes
  const applier = createApplier()
  const version = (cluster.body.properties as { kubernetesVersion: string }).kubernetesVersion

  const answer = async (request: Request, exchange: Exchange): Promise<Response> => {
    const url = new URL(request.url)
    const path = url.pathname.replace(/(.)\/$/, '$1')
    const accept = request.headers.get('accept') ?? ''
    const user = await authenticate(world, cluster, key, request, exchange)
    exchange.record.caller = user.displayName

    const plain = answerPlain(path, version)
    const found = plain ?? answerDiscovery(path, accept) ?? answerOpenApi(path, accept, version)
    if (found !== undefined) {
      authorize(world, cluster, user, { kind: 'path', verb: request.method.toLowerCase(), path })
      return found
    }
    const wanted = readPath(path)
    if (wanted === undefined) {
      // Clients look for resources that a cluster may not have.
      if (!/^\/apis?\//.test(path)) exchange.problem('no such route')
      throw kubernetesErrors.noSuchResource()
    }
    const { resource, namespace, name, subresource } = wanted
    const verb = verbOf(request.method, wanted, url)
    authorize(world, cluster, user, {
      kind: 'resource',
      verb,
      group: resource.group,
      resource: resource.name,
      subresource,
      namespace,
      name,
    })
    const call: Call = { request, url, wanted, resource, isDryRun: url.searchParams.has('dryRun'), accept }
    if (resource.isReview) {
      const bytes = new Uint8Array(await request.clone().arrayBuffer())
      const body = (readReview(bytes) ?? (await readObject(request))) as Parameters<typeof answerReview>[4]
      return Response.json(answerReview(world, cluster, user, resource.kind, body), { status: 201 })
    }
    switch (verb) {
      case 'watch':
        return watch(call)
      case 'list':
        return list(call)
      case 'deletecollection':
        return deleteCollection(call)
      case 'create':
        return subresource === undefined ? create(call) : createSubresource(call)
      case 'get':
        return subresource === 'log' ? answerLog(cluster, current(call) as Pod, url.searchParams) : get(call)
      case 'update':
        return update(call)
      case 'patch':
        return patch(call)
      default:
        return remove(call)
    }
  }

  const current = ({ resource, wanted: { namespace, name = '' } }: Call): KubernetesObject => {
    const object = store.find(resource.name, namespace, name)
    if (object === undefined) throw kubernetesErrors.notFound(resource.name, name)
    return object
  }
  const selectorOf = ({ url, wanted }: Call): ((object: KubernetesObject) => boolean) => {
    const byLabel = readLabelSelector(url.searchParams.get('labelSelector') ?? '')
    const byField = readFieldSelector(url.searchParams.get('fieldSelector') ?? '')
    const { name } = wanted
    return object => byLabel(object) && byField(object) && (name === undefined || object.metadata.name === name)
  }
  const isTable = (accept: string): boolean => accept.includes('as=Table')
  const show = (call: Call, object: KubernetesObject, status = 200, warnings: readonly string[] = []): Response => {
    const { accept, resource, url, wanted } = call
    const shown =
      wanted.subresource === 'scale'
        ? toScale(object)
        : isTable(accept)
          ? toTable(resource.name, [object], {
              version: object.metadata.resourceVersion ?? '',
              include: url.searchParams.get('includeObject') ?? 'Metadata',
            })
          : object
    const response = Response.json(shown, { status })
    for (const warning of warnings.flatMap(text => text.split('\n'))) {
      response.headers.append('warning', `299 - ${JSON.stringify(warning)}`)
    }
    return response
  }

  const get = (call: Call): Response => show(call, current(call))

  const list = (call: Call): Response => {
    const { resource, wanted, url, accept } = call
    const all = store.list(resource.name, wanted.namespace).filter(selectorOf(call))
    all.sort((a, b) => keyOf(a).localeCompare(keyOf(b)))
    const limit = Number(url.searchParams.get('limit') ?? 0) || Infinity
    const start = Number(url.searchParams.get('continue') ?? 0)
    const page = all.slice(start, start + limit)
    const rest = all.length - start - page.length
    const metadata = {
      resourceVersion: String(store.version),
      ...(rest > 0 ? { continue: String(start + page.length), remainingItemCount: rest } : {}),
    }
    if (isTable(accept)) {
      const include = url.searchParams.get('includeObject') ?? 'Metadata'
      const table = toTable(resource.name, page, { version: metadata.resourceVersion, include })
      return Response.json({ ...table, metadata })
    }
    return Response.json({
      kind: `${resource.kind}List`,
      apiVersion: groupVersionOf(resource),
      metadata,
      // Entries of lists don't repeat what they are.
      items: page.map(object => ({ ...object, apiVersion: undefined, kind: undefined })),
    })
  }

  const watch = (call: Call): Response => {
    const { resource, wanted, url, accept } = call
    const from = url.searchParams.get('resourceVersion') ?? ''
    const include = url.searchParams.get('includeObject') ?? 'Metadata'
    const marksInitialEnd = url.searchParams.get('sendInitialEvents') === 'true'
    const stream = openWatch(store, {
      resource: resource.name,
      namespace: wanted.namespace,
      selects: selectorOf(call),
      after: from === '' || from === '0' || marksInitialEnd ? undefined : Number(from),
      marksInitialEnd,
      write: (object, isFirst) =>
        isTable(accept)
          ? toTable(resource.name, [object], {
              version: object.metadata.resourceVersion ?? '',
              include,
              withColumns: isFirst,
            })
          : object,
      bookmark: (resourceVersion, annotations) => ({
        kind: resource.kind,
        apiVersion: groupVersionOf(resource),
        metadata: { resourceVersion, annotations },
      }),
      timeoutSeconds: Number(url.searchParams.get('timeoutSeconds') ?? 1800),
      closing,
    })
    return new Response(stream, { headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } })
  }

  const storeNew = (call: Call, object: KubernetesObject, status: number): Response => {
    const { resource, wanted, isDryRun } = call
    const { namespace } = wanted
    if (namespace !== undefined) {
      const home = store.find('namespaces', undefined, namespace)
      if (home === undefined) throw kubernetesErrors.notFound('namespaces', namespace)
      if (object.metadata.namespace !== undefined && object.metadata.namespace !== namespace) {
        throw kubernetesErrors.badRequest(
          `the namespace of the provided object does not match the namespace sent on the request`,
        )
      }
      object.metadata.namespace = namespace
    }
    if (object.metadata.name === '' && object.metadata.generateName !== undefined) {
      object.metadata.name = `${object.metadata.generateName}${Math.random().toString(36).slice(2, 7).padEnd(5, 'x')}`
    }
    if (store.find(resource.name, namespace, object.metadata.name) !== undefined) {
      throw kubernetesErrors.alreadyExists(resource.name, object.metadata.name)
    }
    requirePodBasics(resource, object)
    complete(resource, object)
    validate(resource, object)
    const warnings = admit(kubernetes, resource, object)
    if (isDryRun)
      return show(
        call,
        { ...object, metadata: { ...object.metadata, uid: withoutDashes(crypto.randomUUID()) } },
        status,
        warnings,
      )
    if (resource.name === 'namespaces') {
      return show(call, kubernetes.addNamespace(object.metadata.name, object.metadata.labels ?? {}), status)
    }
    return show(call, store.create(resource.name, object), status, warnings)
  }

  const create = async (call: Call): Promise<Response> => storeNew(call, await readBody(call), 201)

  const createSubresource = async (call: Call): Promise<Response> => {
    const { wanted, request } = call
    const pod = current(call) as Pod
    if (wanted.subresource !== 'binding') throw kubernetesErrors.badRequest('Upgrade request required')
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
    const { resource, isDryRun, wanted } = call
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
    if (wanted.subresource !== 'status') draft.status = before.status
    if (resource.name === 'pods') validatePodUpdate(before as Pod, draft as Pod)
    if (resource.name === 'deployments') complete(resource, draft)
    if (resource.name !== 'pods') validate(resource, draft)
    const warnings = resource.name === 'pods' ? [] : admit(kubernetes, resource, draft)
    if (isDryRun) return show(call, draft, 200, warnings)
    const stored = store.update(resource.name, before, target => {
      for (const stale of Object.keys(target)) Reflect.deleteProperty(target, stale)
      Object.assign(target, JSON.parse(JSON.stringify(draft)))
    })
    if (stored === undefined) throw kubernetesErrors.notFound(resource.name, name)
    return show(call, stored, 200, warnings)
  }

  const update = async (call: Call): Promise<Response> => {
    const before = current(call)
    if (call.wanted.subresource === 'scale')
      return replace(call, before, fromScale(before, await readObject(call.request)))
    return replace(call, before, await readBody(call))
  }

  const patch = async (call: Call): Promise<Response> => {
    const { request, resource, wanted } = call
    const type = request.headers.get('content-type')?.split(';')[0] ?? ''
    if (type === 'application/apply-patch+yaml') return apply(call)
    const before = current(call)
    const body = await readObject(request)
    const base = wanted.subresource === 'scale' ? toScale(before) : before
    const patched =
      type === 'application/merge-patch+json'
        ? mergePatch(base, body)
        : type === 'application/strategic-merge-patch+json'
          ? strategicMerge(base, body, resource.kind)
          : undefined
    if (patched === undefined) throw kubernetesErrors.unsupportedMediaType(type)
    checkFields(call, body)
    const after = wanted.subresource === 'scale' ? fromScale(before, patched) : (patched as KubernetesObject)
    return replace(call, before, structuredClone(after))
  }

  const apply = async (call: Call): Promise<Response> => {
    const { resource, wanted, url, isDryRun } = call
    const manager = url.searchParams.get('fieldManager') ?? ''
    if (manager === '') {
      throw kubernetesErrors.invalid('PatchOptions', '', [
        { field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' },
      ])
    }
    const configuration = await readBody(call)
    const before = store.find(resource.name, wanted.namespace, wanted.name ?? '')
    const force = url.searchParams.get('force') === 'true'
    const merged = applier.apply(resource, before, { ...configuration }, { manager, force })
    merged.metadata.name = wanted.name ?? ''
    if (before !== undefined) Reflect.deleteProperty(merged.metadata, 'resourceVersion')
    const response = before === undefined ? storeNew(call, merged, 201) : replace(call, before, merged)
    const stored = store.find(resource.name, wanted.namespace, wanted.name ?? '')
    if (!isDryRun && stored?.metadata.uid !== undefined)
      applier.remember(stored.metadata.uid, manager, { ...configuration })
    return response
  }

  const remove = async (call: Call): Promise<Response> => {
    const { resource, isDryRun } = call
    const object = current(call)
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
    if (resource.name === 'pods') return show(call, deleted)
    const { group, name: kind } = resource
    const details = { name: object.metadata.name, ...(group === '' ? {} : { group }), kind, uid: object.metadata.uid }
    return Response.json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details })
  }

  const deleteCollection = async (call: Call): Promise<Response> => {
    const { resource, wanted, isDryRun } = call
    const options = await readDeleteOptions(call)
    const objects = store.list(resource.name, wanted.namespace).filter(selectorOf(call))
    const items = isDryRun ? objects : objects.map(object => deleteObject(store, resource, object, options))
    const metadata = { resourceVersion: String(store.version) }
    return Response.json({ kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items })
  }

  return {
    async fetch(request, exchange) {
      try {
        return await answer(request, exchange)
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error
        return Response.json(error.body, { status: error.code })
      }
    },
  }
}

const keyOf = ({ metadata: { namespace = '', name } }: KubernetesObject): string => `${namespace}/${name}`

function answerPlain(path: string, version: string): Response | undefined {
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path))
    return new Response('ok', { headers: { 'content-type': 'text/plain' } })
  if (path !== '/version') return undefined
  const [major, minor] = version.split('.')
  return Response.json({
    major,
    minor,
    gitVersion: `v${version}`,
    gitCommit: 'a7245cdf3f69e11356c7e8f92b3e78ca4ee4e757',
    gitTreeState: 'clean',
    buildDate: '2025-09-30T12:00:00Z',
    goVersion: 'go1.24.6',
    compiler: 'gc',
    platform: 'linux/amd64',
  })
}

async function readObject(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text()
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

/** An object to be written, after the checks that its fields are known and that it is what the path says. */
async function readBody(call: Call): Promise<KubernetesObject> {
  const { resource, request, wanted } = call
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
  if (wanted.name !== undefined && object.metadata.name !== wanted.name) {
    throw kubernetesErrors.badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${wanted.name})`,
    )
  }
  return object
}

function checkFields({ url, resource }: Call, body: unknown): void {
  if (url.searchParams.get('fieldValidation') !== 'Strict') return
  const unknown = findUnknownFields(body, resource.kind)
  if (unknown.length === 0) return
  throw kubernetesErrors.badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${unknown.map(field => `unknown field "${field}"`).join(', ')}`,
  )
}

async function readDeleteOptions({ request, url }: Call): Promise<DeleteOptions> {
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

/** A pod without a specification can't be completed. */
function requirePodBasics({ name, kind }: Resource, object: KubernetesObject): void {
  const spec = (
    name === 'pods' ? object.spec : (object.spec as { template?: { spec?: unknown } } | undefined)?.template?.spec
  ) as { containers?: unknown } | undefined
  if (!['pods', 'deployments', 'replicasets'].includes(name) || Array.isArray(spec?.containers)) return
  throw kubernetesErrors.invalid(kind, object.metadata.name, [
    {
      field: `${name === 'pods' ? 'spec' : 'spec.template.spec'}.containers`,
      reason: 'FieldValueRequired',
      message: 'Required value',
    },
  ])
}
