import { lastSegment, namesOf } from 'azure'
import { groupBy, nameSome } from 'kernel'
import type { RunningUse } from './workload.js'

/** Who runs an image, or waits for it, in one clause: `14 pods of 3 deployments on 2 clusters run it`, `1 cron job on aks-1 uses it`. */
export function countUses(uses: readonly RunningUse[], isWaiting = false): string {
  const workloads = [...groupBy(uses, use => [use.cluster, use.namespace, use.kind, use.name].join(' ').toLowerCase())]
  // A pod with two containers of one image is one pod.
  const pods = workloads.reduce((sum, [, own]) => sum + countPods(own), 0)
  const clusters = [...new Set(uses.map(({ cluster }) => cluster.toLowerCase()))]
  const [only] = uses
  const place = clusters.length === 1 && only ? lastSegment(only.cluster) : count(clusters.length, 'cluster')
  const owners = workloads.flatMap(([, [{ kind }]]) => (kind === 'Pod' ? [] : kind))
  const kinds = [...groupBy(owners, kind => kind)].map(([kind, { length }]) => count(length, wordOf(kind)))
  const named = kinds.length > 2 ? count(owners.length, 'workload') : kinds.join(' and ')
  if (pods === 0)
    return `${named || count(workloads.length, 'pod')} on ${place} ${workloads.length === 1 ? 'uses' : 'use'} it`
  const verb = isWaiting ? (pods === 1 ? 'waits for' : 'wait for') : pods === 1 ? 'runs' : 'run'
  return `${count(pods, 'pod')}${named && ` of ${named}`} on ${place} ${verb} it`
}

function countPods(uses: readonly RunningUse[]): number {
  const byDigest = groupBy(uses, ({ runningDigest }) => runningDigest)
  return [...byDigest.values()].reduce((sum, own) => sum + Math.max(...own.map(({ pods }) => pods)), 0)
}

/** `Deployment shop/api on aks-1`, each workload once, the first ones. */
export function nameUses(uses: readonly RunningUse[]): string {
  const nameCluster = namesOf(uses.map(({ cluster }) => ({ target: cluster })))
  const names = [
    ...new Set(
      uses.map(
        ({ kind, namespace, name, cluster }) => `${kind} ${namespace}/${name} on ${nameCluster({ target: cluster })}`,
      ),
    ),
  ].sort()
  return nameSome(names)
}

/** `CronJob` as `cron job`. */
const wordOf = (kind: string): string => kind.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
