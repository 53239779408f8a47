import { loginServerOf, nameImage, namesOf, parseImageSource } from 'azure'
import { fix, groupBy, type Fix } from 'kernel'
import { runningKey, runningStatuses, type RunningUse } from 'run-model'
import { describeGone, type Drift, type DriftItem } from './drift.js'
import type { CheckedWorkload } from './workload-rows.js'

/**
 * The images that run as items of a check, one per image and not per pod: drift if one is gone, unknown if it could not be checked. A tag that has
 * moved doesn't count as drift. A cluster whose workloads could not be read is an unknown item of its own.
 * @param registryIds by login server
 * @param reasons why images of a registry, or a cluster's workloads, could not be checked, by resource ID in lower case
 */
export function toRunningItems(
  workloads: readonly CheckedWorkload[],
  registryIds: ReadonlyMap<string, string>,
  reasons: ReadonlyMap<string, string>,
): Pick<Drift, 'items' | 'unknown' | 'fine'> {
  const named = workloads.flatMap(workload => {
    const source = parseImageSource(workload.image ?? '')
    if (!source) return []
    const host = loginServerOf(source.host)
    return [{ workload, host, name: nameImage({ ...source, reference: source.digest || source.tag }) }]
  })
  const unread = workloads.filter(({ image, errorCode }) => image === null && errorCode !== 'CLUSTER_STOPPED')
  const nameCluster = namesOf(unread.map(({ cluster }) => ({ target: cluster })))
  const result: ReturnType<typeof toRunningItems> = {
    items: [],
    unknown: unread.map(each => toUnread(each, nameCluster({ target: each.cluster }), reasons)),
    fine: [],
  }
  for (const [key, group] of groupBy(named, ({ host, name }) => runningKey(host, name))) {
    const worst = runningStatuses.map(status => group.find(({ workload }) => workload.status === status)).find(Boolean)
    if (!worst) continue
    const { workload, host, name } = worst
    const { status, error, errorCode } = workload
    const same = group.filter(each => each.workload.status === status)
    const running = { name, uses: same.flatMap(each => toUse(each.workload)) }
    const registryId = registryIds.get(host) ?? ''
    const why = reasons.get(registryId.toLowerCase()) ?? 'the job gave no reason'
    const own = error
      ? { code: error.code, message: error.message, fix: error.fix }
      : status === 'gone'
        ? { code: 'RUNNING_IMAGE_GONE', message: describeGone(running, host), fix: fixElsewhere }
        : {
            code: status === 'unknown' ? (errorCode ?? 'AZURE_UNAVAILABLE') : 'missing',
            message: status === 'unknown' ? why : '',
            fix: null,
          }
    const place = status === 'gone' ? 'items' : status === 'unknown' ? 'unknown' : 'fine'
    result[place].push({
      key,
      kind: 'image',
      target: name,
      name,
      registry: host,
      registryId,
      access: 'none',
      ...own,
      ...(status === 'gone' && { running }),
    })
  }
  return result
}

const fixElsewhere: Fix = fix(
  'Restore it, import it again, or deploy an image that is there. The commands are in the log of that job.',
)

function toUse({ cluster, namespace, kind, name, container, runningDigest, pods }: CheckedWorkload): RunningUse[] {
  if (namespace === null || kind === null || name === null) return []
  const digest = runningDigest ?? ''
  return [{ cluster, namespace, kind, name, container: container ?? '', runningDigest: digest, pods: pods ?? 0 }]
}

function toUnread(
  { cluster, error, errorCode }: CheckedWorkload,
  clusterName: string,
  reasons: ReadonlyMap<string, string>,
): DriftItem {
  const message = error?.message ?? reasons.get(cluster.toLowerCase()) ?? 'the job gave no reason'
  const name = `the workloads of ${clusterName}`
  return {
    key: runningKey('*', cluster.toLowerCase()),
    kind: 'image',
    target: name,
    name,
    registry: '',
    registryId: '',
    code: errorCode ?? 'CLUSTER_UNREACHABLE',
    message,
    ...(error?.quote && { quote: error.quote }),
    access: 'none',
    fix: error?.fix ?? null,
  }
}
