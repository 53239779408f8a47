import { nameImage } from 'azure'
import { groupBy, nameSome, type ActionError, type Finding, valuesOf, warning } from 'kernel'
import { plural } from 'report-document'
import { clusterOf, selectWantedBy, type ClusterWorkloads, type Run } from 'run-model'

const maxNamedHere = 3

/**
 * What could not be checked, once per registry and reason, and once per cluster. A stopped cluster runs nothing.
 * @returns as `subject` the resource ID of the registry, or of the cluster
 */
export function describeUnreadRunning({ workloads = [], images }: Run): { subject: string; error: ActionError }[] {
  const unread = selectWantedBy('workload', images).flatMap(image =>
    image.status === 'unknown' && image.error ? { image, error: image.error } : [],
  )
  const groups = groupBy(unread, ({ image, error }) => [image.registry.id, error.code, error.reason].join('\n'))
  return [
    ...workloads.flatMap(({ error }) =>
      error && error.code !== 'CLUSTER_STOPPED' ? [{ subject: clusterOf(error), error }] : [],
    ),
    ...[...groups.values()].map(group => {
      const [{ image, error }] = group
      const { registry } = image
      const names = [...new Set(group.map(each => nameImage(each.image)))]
      const what = `${plural(names.length, 'image that runs', 'images that run')} on ${registry.name}`
      const message = `Could not check ${what} (${nameSome(names, maxNamedHere)}): ${error.reason}.`
      return { subject: registry.id, error: error.with({ message, subject: registry.name }) }
    }),
  ]
}

/** Tags that have moved, and in `attach`, which can't bring them back, images that are gone: there, `check` calls them drift. */
export function findRunningFindings({ images, mode }: Run): Finding[] {
  return selectWantedBy('workload', images).flatMap(({ status, registry, error, finding }): Finding[] => {
    if (finding) return [finding]
    if (status !== 'gone' || !error || mode === 'check') return []
    return [warning('RUNNING_IMAGE_GONE', registry.id, error.message, error.fix)]
  })
}

/** The notes about images that run: how many were looked up, and how many come from other registries, most first. */
export function noteRunning({ workloads, images }: Run): string[] {
  if (!workloads) return []
  const running = selectWantedBy('workload', images)
  const byStatus = groupBy(running, ({ status }) => status)
  const states = [...byStatus].map(([status, { length }]) => `${length} ${status}`).sort()
  const where = plural(workloads.filter(({ error }) => !error).length, 'cluster')
  return [
    `${plural(running.length, 'image')} of the workloads in ${where}${states.length > 0 ? `: ${states.join(', ')}` : ''}`,
    ...noteElsewhere(workloads),
  ]
}

function noteElsewhere(workloads: NonNullable<Run['workloads']>): string[] {
  const sorted = [...countElsewhere(valuesOf(workloads))].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const named = sorted.map(([host, count]) => `${count} from ${host}`)
  return named.length > 0
    ? [`images that run and come from other registries, at most per cluster: ${nameSome(named, maxHosts)}`]
    : []
}

const maxHosts = 10

/** Number of images per host of other registries, at most in one cluster: the same image may run in several, so the numbers don't add up. */
export function countElsewhere(clusters: readonly Pick<ClusterWorkloads, 'elsewhere'>[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { elsewhere } of clusters)
    for (const [host, count] of elsewhere) counts.set(host, Math.max(counts.get(host) ?? 0, count))
  return counts
}
