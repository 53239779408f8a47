// Lists in pages, as etcd3's storage serves them (k8s.io/apiserver `pkg/storage/etcd3/store.go`, `pkg/storage/continue.go`).
import type { KubernetesObject } from '../../../world/kubernetes-objects.js'
import type { ObjectStore } from '../../../world/kubernetes-store.js'
import { KubernetesError, kubernetesErrors } from '../objects/status.js'

/** A page of a list. */
export interface Page {
  readonly items: readonly KubernetesObject[]
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number }
}

/** A list that clients are reading page by page. */
interface Snapshot {
  readonly objects: readonly KubernetesObject[]
  readonly takenAt: number
}

/** How long etcd keeps old versions: the API server compacts it every five minutes (`--etcd-compaction-interval`). */
const keptMs = 5 * 60_000

const version = 'meta.k8s.io/v1'

const keyOf = ({ metadata: { namespace = '', name } }: KubernetesObject): string => `${namespace}/${name}`

/** Pages of one cluster's lists: all pages of a list show the cluster at the time of its first one. */
export function createPages() {
  const snapshots = new Map<string, Snapshot>()

  const forgetOld = (): void => {
    for (const [key, { takenAt }] of snapshots) if (Date.now() - takenAt > keptMs) snapshots.delete(key)
  }

  return {
    /**
     * @param path the path of the request, which its later pages have, too
     * @param read reads the whole list, by key, before any selection
     */
    page(path: string, query: URLSearchParams, current: number, read: () => KubernetesObject[]) {
      forgetOld()
      const token = query.get('continue') ?? ''
      const limit = Number(query.get('limit') ?? 0) || Infinity
      const from = token === '' ? undefined : readToken(token)
      if (from !== undefined && (query.get('resourceVersion') ?? '') !== '') {
        throw kubernetesErrors.badRequest('specifying resource version is not allowed when using continue')
      }
      const resourceVersion = from?.rv ?? current
      const key = `${path} ${String(resourceVersion)}`
      const objects = from === undefined ? read() : snapshots.get(key)?.objects
      if (objects === undefined) throw expiredToken()
      const rest =
        from === undefined ? objects : objects.filter(object => compare(`${keyOf(object)}\0`, from.start) > 0)
      return {
        /** The next objects that are selected. */
        select(isSelected: (object: KubernetesObject) => boolean, isWhole: boolean): Page {
          const chosen = rest.filter(isSelected)
          const items = chosen.slice(0, limit)
          const last = items.at(-1)
          if (chosen.length <= items.length || last === undefined) {
            return { items, metadata: { resourceVersion: String(resourceVersion) } }
          }
          if (!snapshots.has(key)) snapshots.set(key, { objects, takenAt: Date.now() })
          const next = { v: version, rv: resourceVersion, start: `${keyOf(last)}\0` }
          return {
            items,
            metadata: {
              resourceVersion: String(resourceVersion),
              continue: Buffer.from(JSON.stringify(next)).toString('base64url'),
              // With a selector, the server doesn't know it.
              ...(isWhole && { remainingItemCount: chosen.length - items.length }),
            },
          }
        },
      }
    },
  }
}

/** etcd's order: by bytes. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const byKey = (a: KubernetesObject, b: KubernetesObject): number => compare(keyOf(a), keyOf(b))

/**
 * The objects of a resource in the order in which clients see them: by namespace and name, not by age. etcd ranges over keys, and the watch cache sorts
 * what it lists, and what a watch begins with, by key (k8s.io/apiserver `pkg/storage/cacher/watch_cache_interval.go`, `newCacheIntervalFromStore`).
 */
export function listByKey(store: ObjectStore, resource: string, namespace: string | undefined): KubernetesObject[] {
  return store.list<string>(resource, namespace).sort(byKey)
}

function readToken(token: string): { rv: number; start: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>
    if (v === version && typeof rv === 'number' && typeof start === 'string') return { rv, start }
  } catch {
    // Reported below.
  }
  throw kubernetesErrors.badRequest('invalid continue token: continue key is not valid')
}

const expiredToken = (): KubernetesError =>
  new KubernetesError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
