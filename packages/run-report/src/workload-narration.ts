import { groupBy, nameSome, type Result, valuesOf } from 'kernel'
import { excerpt, plural } from 'report-document'
import { type ClusterWorkloads, type WorkloadContainer } from 'run-model'
import { countElsewhere } from './conclude-running.js'

/** Maximum number of lines about clusters in the log. */
const maxLines = 20

const maxNamed = 5

/** The clusters' workloads: one line for all that could be read, and one for each that could not. */
export function describeWorkloads(looks: readonly Result<ClusterWorkloads>[]): string[] {
  const read = valuesOf(looks)
  const containers = read.flatMap(each => each.containers)
  const own = [
    ...groupBy(containers, ({ cluster, namespace, kind, name }) => [cluster, namespace, kind, name].join(' ')),
  ]
  const pods = own.reduce((sum, [, each]) => sum + countPods(each), 0)
  const others = [...countElsewhere(read)].sort(([, a], [, b]) => b - a)
  const elsewhere = nameSome(
    others.map(([host, count]) => `${count} from ${host}`),
    maxNamed,
  )
  const failed = looks.flatMap(({ error }) => (error ? `could not be read: ${error.subject ?? ''}  ${error.code}` : []))
  const absent = read.flatMap(({ target, absent: names }) =>
    names.map(name => `no such namespace on ${target.name}: ${name}`),
  )
  const summary =
    `${plural(own.length, 'workload')} with ${plural(pods, 'pod')} on ${plural(read.length, 'cluster')} use these registries` +
    (others.length > 0 ? `; other images per cluster: ${elsewhere}` : '')
  return [...excerpt([...failed, ...absent], maxLines), ...(read.length > 0 ? [summary] : [])]
}

/** The pods of one workload: each of its containers runs in all of them. */
function countPods(containers: readonly WorkloadContainer[]): number {
  const perContainer = [...groupBy(containers, ({ container }) => container).values()]
  return Math.max(0, ...perContainer.map(own => own.reduce((sum, { pods }) => sum + pods, 0)))
}
