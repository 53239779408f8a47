import { formatResourceScope, isIdOf, isSameLabel, labelOf, normalizeId, sameId } from 'azure'
import type { Report } from 'report-document'
import type { FormerDrift } from './former-drift.js'

/** The reports of a run. */
export interface AskedReports {
  reports: readonly Report[]
  /** Whether Azure itself says that nothing has this resource ID; absent for a run that sends no request to Azure. */
  isGone?: (id: string) => Promise<boolean>
}

/** Why an item leaves the issue that no report mentions; empty if it stays. */
export type Leaves = (former: FormerDrift) => Promise<string>

/**
 * The rule by which an item leaves the issue that this run did not see right: its own ID answered that it does not exist; or, for an image that ran or that
 * manifests named, and for what `*` stands for, the same job asked the same question and read all of it.
 */
export function createLeaving({ reports, isGone }: AskedReports): Leaves {
  const all = reports.filter(isEnded)
  return async former => {
    if (former.kind === 'pair') {
      const cluster = await findGoneTarget(former, all, isGone)
      if (cluster) return cluster
    }
    const isNamed = reports.some(({ pairs }) => pairs.some(pair => isAtRegistry(pair, former.registry)))
    if (former.registryId && !isNamed && (await isGone?.(former.registryId))) return 'its registry was deleted'
    if (former.kind === 'workload' && (await isReadWhole(former, all, isGone))) return 'no workload runs it any more'
    return former.kind === 'manifest' && (await isReadWhole(former, all, isGone))
      ? 'the manifests no longer name it'
      : ''
  }
}

/** Whether a check ended, and its report is whole. That of a merge does not say what its jobs asked. */
const isEnded = ({ mode, error, omitted }: Report): boolean => mode === 'check' && !error && !omitted

/** Whether a report is of one of the jobs that found an item, with the inputs that they had. */
const isOfJob = ({ job }: Report, former: FormerDrift): boolean => job !== null && former.jobs.includes(job)

const isAtRegistry = ({ loginServer, registry }: Report['pairs'][number], name: string): boolean =>
  isSameLabel(labelOf(loginServer ?? registry), labelOf(name))

async function findGoneTarget(
  former: FormerDrift,
  reports: readonly Report[],
  isGone: AskedReports['isGone'],
): Promise<string> {
  const { target } = former
  if (!target.startsWith('/')) return ''
  const what = isIdOf('cluster', target) ? 'cluster' : 'identity'
  if (isGone) return (await isGone(target)) ? `the ${what} was deleted` : ''
  const scope = findListWithout(former, target, reports)
  return scope ? `the cluster was deleted: it is not in the list of ${formatResourceScope(scope, id => id)}` : ''
}

/** The scope of a cluster whose complete list, by `*` of a job that found the item, lacks it. `*` leaves out what is being created or deleted, and says so. */
function findListWithout(former: FormerDrift, cluster: string, reports: readonly Report[]): string | undefined {
  const id = normalizeId(cluster)
  const lists = reports.filter(
    report =>
      isOfJob(report, former) &&
      !report.pairs.some(({ target }) => normalizeId(target) === id) &&
      !report.findings.some(({ subject }) => sameId(subject, id)),
  )
  // Resource groups before their subscriptions.
  const scopes = lists.flatMap(({ searched }) => searched.map(normalizeId)).sort()
  return scopes.reverse().find(scope => isIdOf('cluster', id) && id.startsWith(`${scope}/`))
}

/**
 * Whether all jobs that found an image asked the same again, and read all of it: its registry, and for one that ran, the workloads of each cluster on which it
 * did. A cluster that is in none of the reports has left the inputs, or its tag, unless it does not exist any more.
 */
async function isReadWhole(
  former: FormerDrift,
  reports: readonly Report[],
  isGone: AskedReports['isGone'],
): Promise<boolean> {
  const own = reports.filter(report => isOfJob(report, former))
  if (!former.jobs.every(job => own.some(report => report.job === job)) || former.jobs.length === 0) return false
  const isRegistryRead = ({ pairs }: Report): boolean =>
    pairs.some(pair => isAtRegistry(pair, former.registry) && isPairKnown(pair))
  if (!own.every(isRegistryRead)) return false
  if (former.kind === 'manifest') return true
  if (former.clusters.length === 0) return false
  for (const cluster of former.clusters) {
    if (own.every(report => !lists(report, cluster))) {
      const isMissing = isGone ? await isGone(cluster) : findListWithout(former, cluster, reports) !== undefined
      if (!isMissing) return false
    } else if (!own.every(report => !lists(report, cluster) || isClusterRead(report, cluster))) return false
  }
  return true
}

const lists = ({ pairs }: Report, cluster: string): boolean => pairs.some(({ target }) => sameId(target, cluster))

/** Whether everything that runs on a cluster was read. */
function isClusterRead({ pairs, workloads }: Report, cluster: string): boolean {
  const isUnread = workloads?.some(each => each.image === null && sameId(each.cluster, cluster)) ?? true
  return !isUnread && pairs.every(pair => !sameId(pair.target, cluster) || isPairKnown(pair))
}

const isPairKnown = ({ standing: { is } }: Report['pairs'][number]): boolean => is !== 'unknown' && is !== 'failed'
