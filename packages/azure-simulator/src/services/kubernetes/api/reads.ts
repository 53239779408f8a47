import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'
import type { Call } from './bodies.js'
import { groupVersionOf } from '../objects/resources.js'
import { readFieldSelector, readLabelSelector } from '../objects/selectors.js'
import { kubernetesErrors } from '../objects/status.js'
import { createPages, listByKey } from './pages.js'
import { openWatch } from './watch.js'

/** Answers read requests, and shares helpers with the other answers. */
export interface Reads {
  /** The object that a request names. */
  current(call: Call): KubernetesObject
  /** Whether an object is selected by a request for several. */
  selectorOf(call: Call): (object: KubernetesObject) => boolean
  /** An object with the warnings about it. */
  show(object: KubernetesObject, status?: number, warnings?: readonly string[]): Response
  get(call: Call): Response
  list(call: Call): Response
  watch(call: Call): Response
}

/** Binds the answers to a cluster's objects. */
export function createReads(store: ObjectStore, closing: AbortSignal): Reads {
  const pages = createPages()
  const current = ({ resource, target: { namespace, name = '' } }: Call): KubernetesObject => {
    const object = store.find(resource.name, namespace, name)
    if (object === undefined) throw kubernetesErrors.notFound(resource.name, name)
    return object
  }
  const selectorOf = ({ url, target, resource }: Call): ((object: KubernetesObject) => boolean) => {
    const byLabel = readLabelSelector(url.searchParams.get('labelSelector') ?? '')
    const byField = readFieldSelector(url.searchParams.get('fieldSelector') ?? '', resource.name)
    const { name } = target
    return object => byLabel(object) && byField(object) && (name === undefined || object.metadata.name === name)
  }
  const show = (object: KubernetesObject, status = 200, warnings: readonly string[] = []): Response => {
    const response = Response.json(object, { status })
    for (const warning of warnings.flatMap(text => text.split('\n'))) {
      response.headers.append('warning', `299 - ${JSON.stringify(warning)}`)
    }
    return response
  }

  const get = (call: Call): Response => show(current(call))

  const list = (call: Call): Response => {
    const { resource, target, url } = call
    const { searchParams: query } = url
    const read = (): KubernetesObject[] => listByKey(store, resource.name, target.namespace)
    const isWhole = !query.get('labelSelector') && !query.get('fieldSelector')
    const { items, metadata } = pages.page(url.pathname, query, store.version, read).select(selectorOf(call), isWhole)
    return Response.json({
      kind: `${resource.kind}List`,
      apiVersion: groupVersionOf(resource),
      metadata,
      // List entries don't repeat the version and kind.
      items: items.map(object => ({ ...object, apiVersion: undefined, kind: undefined })),
    })
  }

  const watch = (call: Call): Response => {
    const { resource, target, url } = call
    const from = url.searchParams.get('resourceVersion') ?? ''
    const marksInitialEnd = url.searchParams.get('sendInitialEvents') === 'true'
    const stream = openWatch(store, {
      resource: resource.name,
      namespace: target.namespace,
      selects: selectorOf(call),
      after: from === '' || from === '0' || marksInitialEnd ? undefined : Number(from),
      marksInitialEnd,
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

  return { current, selectorOf, show, get, list, watch }
}
