import { plural } from 'texts'
import { formatResourceScope, isIdOf, isSameLabel, labelOf, lastSegment, normalizeId, sameId } from 'azure'
import type { Finding } from 'kernel'
import { type Drift, type Report } from 'report-document'
import { unseen, unused, type Fate, type FormerDrift, type SettleDrift } from 'drift-issue'
import { placesOf } from './entry.js'
import type { Leg } from './read-reports.js'

/**
 * Finds out from the reports the fate of earlier drift that none of them mentions: `merge` sends no request to Azure.
 * @param hasFleet whether it is known which jobs should have left a report
 */
export function createMergeSettler(legs: readonly Leg[], drift: Drift, hasFleet: boolean): SettleDrift {
  const reports = legs.flatMap(({ report, problem }) => (report && problem === undefined ? report : []))
  // Resource groups before their subscriptions.
  const searched = [...new Set(reports.flatMap(report => report.searched.map(normalizeId)))].sort().reverse()
  const all = [...drift.items, ...drift.unknown, ...drift.fine]
  const targets = new Set(all.map(({ target }) => normalizeId(target)))
  // `*` leaves these clusters and registries out, and says so.
  const leftOut = reports.flatMap(({ findings }) => findings.filter(({ code }) => leftOutBy[code]))
  const named = legs.flatMap(({ entries }) => entries.flatMap(entry => placesOf(entry).registries))
  const covered = [...new Set([...named, ...drift.spots.map(({ registry }) => registry)].map(labelOf))]
  const settle = (former: FormerDrift): Fate => {
    const target = normalizeId(former.target)
    const isListed = targets.has(target)
    const left = leftOut.find(({ subject }) =>
      isIdOf('registry', subject)
        ? isSameLabel(labelOf(subject), labelOf(former.registry))
        : !isListed && sameId(subject, former.target),
    )
    if (left) return unseen({ code: left.code, message: leftOutBy[left.code] ?? '' })
    const place = searched.find(scope => isIdOf('cluster', target) && target.startsWith(`${scope}/`))
    if (place && !isListed)
      return {
        kind: 'gone',
        code: 'list',
        text: `the cluster was deleted: it is not in the list of ${formatResourceScope(place, id => id)}`,
      }
    const doubt = findDoubt(former, drift)
    if (doubt) return doubt
    const isCovered = covered.some(each => isSameLabel(each, labelOf(former.registry)))
    if (isCovered && former.kind === 'workload') return settleRunning(reports)
    if (isCovered && former.kind === 'manifest') return unused.manifests
    if (former.wasGone)
      return { kind: 'gone', code: 'fleet', text: 'it did not exist, and the fleet no longer names it' }
    return hasFleet
      ? { kind: 'dropped', code: 'fleet', text: 'no entry of the fleet covers it' }
      : unseen({ code: 'reports', message: 'no report covers it' })
  }
  return former => Promise.resolve(settle(former))
}

/** Why `*` leaves out a cluster or registry, by the code of the notice. */
const leftOutBy: Partial<Record<Finding['code'], string>> = {
  CLUSTER_STOPPED: 'the cluster is being deleted',
  NO_KUBELET_IDENTITY: 'the cluster is being created',
  AZURE_REFUSED: 'the registry is being created or deleted',
}

/** An image of workloads that no report mentions: nothing runs it only if every report has checked all of its clusters. */
function settleRunning(reports: readonly Report[]): Fate {
  const rows = reports.map(({ workloads }) => workloads)
  if (rows.length === 0 || rows.includes(null))
    return unseen({ code: 'workloads', message: 'not every report is of a step with the input workloads' })
  const [unread] = rows.flatMap(each => each?.find(({ image }) => image === null) ?? [])
  return unread
    ? unseen({ code: 'workloads', message: `the workloads of ${lastSegment(unread.cluster)} could not be read` })
    : unused.workloads
}

/** Why an item may be missing in the reports: an incomplete report, an incomplete list, or an unreadable registry. */
function findDoubt({ kind, registry }: FormerDrift, { gaps, unknown }: Drift): Fate | undefined {
  const [first, ...others] = gaps
  if (first !== undefined) {
    const more = others.length > 0 ? `; ${plural(others.length, 'more job')} left no complete report` : ''
    return unseen({ code: 'report', message: `${first.message}${more}` })
  }
  const unread = unknown.find(
    item =>
      item.target === '*' || item.registry === '*' || (kind !== 'pair' && labelOf(item.registry) === labelOf(registry)),
  )
  return unread && unseen(unread)
}
