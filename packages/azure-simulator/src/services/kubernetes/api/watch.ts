import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { Change, ObjectStore } from '../../../world/kubernetes-store.js'
import { listByKey } from './pages.js'

export interface WatchOptions {
  readonly resource: string
  readonly namespace: string | undefined
  readonly selects: (object: KubernetesObject) => boolean
  /** The version to start after; without one, all present objects come first. */
  readonly after: number | undefined
  /** Sends a bookmark after the initial objects (kubernetes.io API concepts, "Streaming lists"). */
  readonly marksInitialEnd: boolean
  readonly bookmark: (version: string, annotations: Record<string, string>) => unknown
  readonly timeoutSeconds: number
  readonly closing: AbortSignal
}

/** A stream of changes, one JSON object per line, until the timeout or until the client disconnects. */
export function openWatch(store: ObjectStore, options: WatchOptions): ReadableStream<Uint8Array> {
  const { resource, namespace, selects, after } = options
  const encoder = new TextEncoder()
  let stop = (): void => undefined
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (type: string, object: unknown): void => {
        controller.enqueue(encoder.encode(JSON.stringify({ type, object }) + '\n'))
      }
      const tell = (change: Change): void => {
        if (change.resource !== resource) return
        if (namespace !== undefined && change.object.metadata.namespace !== namespace) return
        const type = seenType(change, selects)
        if (type !== undefined) send(type, change.object)
      }
      if (after === undefined) {
        for (const object of listByKey(store, resource, namespace)) if (selects(object)) send('ADDED', object)
        if (options.marksInitialEnd) {
          send('BOOKMARK', options.bookmark(String(store.version), { 'k8s.io/initial-events-end': 'true' }))
        }
      } else {
        for (const change of store.since(resource, after)) tell(change)
      }
      const forget = store.onChange(tell)
      const end = (): void => {
        stop()
        controller.close()
      }
      const timer = setTimeout(end, options.timeoutSeconds * 1000)
      timer.unref()
      options.closing.addEventListener('abort', end)
      stop = () => {
        forget()
        clearTimeout(timer)
        options.closing.removeEventListener('abort', end)
      }
    },
    cancel() {
      stop()
    },
  })
}

/** The change type for a watch with a selector: an object that leaves the selection counts as deleted. */
function seenType(
  { type, object, previous }: Change,
  selects: (object: KubernetesObject) => boolean,
): Change['type'] | undefined {
  const is = selects(object)
  const was = previous !== undefined && selects(previous)
  if (type === 'DELETED') return was ? 'DELETED' : undefined
  if (is) return was ? 'MODIFIED' : 'ADDED'
  return was ? 'DELETED' : undefined
}
