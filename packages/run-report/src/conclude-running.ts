import { groupBy, nameSome, type ActionError, type Finding, valuesOf, warning } from 'kernel'
import { plural } from 'report-document'
import { clusterOf, countElsewhere, nameRunning, type CheckedWorkloads, type Run, watchedOf } from 'run-model'

type Watched = Pick<Run, 'workloads' | 'running' | 'mode'>

/** Running images, or all workloads of a cluster, that could not be checked. */
interface UnreadRunning {
  /** Resource ID of the registry, or of the cluster. */
  subject: string
  error: ActionError
  /** Whether the failures of the step report it, too. */
  isReported: boolean
}

const maxNamedHere = 3

/** What could not be checked, once per registry and reason, and once per cluster. A stopped cluster runs nothing. */
export function describeUnreadRunning(run: Watched): UnreadRunning[] {
  const isReported = run.mode === 'check'
  const { looks = [], images = [] } = watchedOf(run) ?? {}
  const unread = images.flatMap(image =>
    image.status === 'unknown' && image.error ? { image, error: image.error } : [],
  )
  const groups = groupBy(unread, ({ image, error }) => [image.registry.id, error.code, error.reason].join('\n'))
  return [
    ...looks.flatMap(({ error }) =>
      error && error.code !== 'CLUSTER_STOPPED' ? [{ subject: clusterOf(error), error, isReported }] : [],
    ),
    ...[...groups.values()].map(group => {
      const [{ image, error }] = group
      const { registry } = image
      const names = [...new Set(group.map(each => nameRunning(each.image)))]
      const what = `${plural(names.length, 'image that runs', 'images that run')} on ${registry.name}`
      const message = `Could not check ${what} (${nameSome(names, maxNamedHere)}): ${error.reason}.`
      return { subject: registry.id, error: error.with({ message, subject: registry.name }), isReported }
    }),
  ]
}

/** Tags that have moved, and in `attach`, which can't bring them back, images that are gone: there, `check` calls them drift. */
export function findRunningFindings({ running = [], mode }: Watched): Finding[] {
  return running.flatMap(({ status, registry, error, finding }): Finding[] => {
    if (finding) return [finding]
    if (status !== 'gone' || !error || mode === 'check') return []
    return [warning('RUNNING_IMAGE_GONE', registry.id, error.message, error.fix)]
  })
}

/** The notes about images that run: how many were looked up, and how many come from other registries, most first. */
export function noteRunning(run: Watched): string[] {
  const watched = watchedOf(run)
  if (!watched) return []
  const { looks, images } = watched
  const byStatus = groupBy(images, ({ status }) => status)
  const states = [...byStatus].map(([status, { length }]) => `${length} ${status}`).sort()
  const where = plural(looks.filter(({ error }) => !error).length, 'cluster')
  return [
    `${plural(images.length, 'image')} of the workloads in ${where}${states.length > 0 ? `: ${states.join(', ')}` : ''}`,
    ...noteElsewhere(watched),
  ]
}

function noteElsewhere({ looks }: CheckedWorkloads): string[] {
  const sorted = [...countElsewhere(valuesOf(looks))].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const named = sorted.map(([host, count]) => `${count} from ${host}`)
  return named.length > 0
    ? [`images that run and come from other registries, at most per cluster: ${nameSome(named, maxHosts)}`]
    : []
}

const maxHosts = 10
