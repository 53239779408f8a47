import { kubernetesTime, type KubernetesEvent, type KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'

export interface NewEvent {
  readonly reason: string
  readonly message: string
  readonly type?: 'Normal' | 'Warning'
  readonly component: string
  readonly host?: string
  readonly fieldPath?: string
  /** For events of the new API, `events.k8s.io`: what was done or tried. */
  readonly action?: string
}

/** Records an event; a repeated event only increments the count (client-go `tools/record`). */
export function recordEvent(store: ObjectStore, about: KubernetesObject, event: NewEvent): void {
  const { reason, message, type = 'Normal', component, host, fieldPath, action } = event
  const { name, namespace, uid = '', resourceVersion = '' } = about.metadata
  const now = kubernetesTime()
  const known = eventsOf(store)
  const key = JSON.stringify([uid, reason, message, fieldPath])
  const same = store.find('events', namespace ?? 'default', known.get(key) ?? '')
  if (same !== undefined) {
    store.update<KubernetesEvent>('events', same, draft => {
      if (draft.count === undefined) {
        draft.series = { count: (draft.series?.count ?? 1) + 1, lastObservedTime: microTime() }
        return
      }
      draft.count += 1
      draft.lastTimestamp = now
    })
    return
  }
  const suffix = `${BigInt(Date.now()).toString(16)}${String(store.version)}`
  const eventName = `${name}.${suffix}`
  known.set(key, eventName)
  store.create<KubernetesEvent>('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    reason,
    message,
    type,
    ...(action === undefined
      ? {
          source: { component, ...(host === undefined ? {} : { host }) },
          count: 1,
          firstTimestamp: now,
          lastTimestamp: now,
          eventTime: null,
        }
      : { source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: microTime(), action }),
    reportingComponent: component,
    reportingInstance: host ?? '',
  })
}

const microTime = (): string => new Date().toISOString().replace('Z', '000Z')

const names = new WeakMap<ObjectStore, Map<string, string>>()

/** Names of a cluster's events, by object and content. */
function eventsOf(store: ObjectStore): Map<string, string> {
  const found = names.get(store) ?? new Map<string, string>()
  names.set(store, found)
  return found
}
