import { labelOf, titlesOf, lastSegment, loginServerOf, nameImage, namesOf, parseImageSource } from 'azure'
import { choices, fix, groupBy, say, type Said } from 'kernel'
import { seeLog } from 'texts'
import { countUses, errorOf, runningStatuses, stateOf, states } from 'run-model'
import { arrange, describeGone, keyOf, locked, mergeDrifts, notCompared, selectUnseen } from './drift.js'
import type { Drift, DriftItem, Repair } from './drift.js'
import { toSpot } from './grid.js'
import type { Problem } from './problems.js'
import type { ImageRow, ManifestRow, Pair, Report, CheckedWorkload } from './report.js'

/** The drift that this run reports. Only a check finds drift: in the other modes, missing access is a failure. */
export function findDrift(report: Report): Drift {
  const titleOf = titlesOf(report.subscriptions)
  const spots = report.pairs.map(pair => toSpot(pair, report.own?.subscriptionId, titleOf))
  if (report.mode !== 'check') return { ...mergeDrifts([]), unseen: selectUnseen(report.unknown), spots }
  return toDrift(report, '', spots)
}

/**
 * The drift in a report, of this run and of another job alike.
 * @param report of its workloads, this run knows more than it reports; the repairs are made of its plan
 * @param leg the job, because each job may find something else under a name; empty for a single run
 * @param spots those of the pairs, with the names of their subscriptions
 */
export function toDrift(
  report: Report,
  leg: string,
  spots: Drift['spots'] = report.pairs.map(pair => toSpot(pair)),
): Drift {
  const { job, pairs, images, manifests, workloads, plan, unknown, findings, error } = report
  const registryIds = new Map(
    pairs.flatMap(({ loginServer, registry }) =>
      loginServer && registry.startsWith('/') ? [[loginServer.toLowerCase(), registry] as const] : [],
    ),
  )
  const reasons = new Map(unknown.map(({ subject, message }) => [subject.toLowerCase(), { what: '', more: message }]))
  const repairsOf = createRepairsOf(plan)
  const found = [
    ...pairs.map(pair => findPair(pair, leg, repairsOf)),
    ...images.map(findImage),
    ...manifests.map(each => findManifest(each, registryIds)),
    ...findRunningItems(workloads ?? [], registryIds, reasons),
  ]
  const all = groupBy(
    found.map(item => ({ ...item, ...(job && { jobs: [job] }) })),
    ({ state }) => states[state].list,
  )
  const ending = findings.flatMap(({ code, message }) => (code === 'SECRET_EXPIRES' ? message : []))
  return arrange({
    items: all.get('items') ?? [],
    unknown: all.get('unknown') ?? [],
    fine: all.get('fine') ?? [],
    gaps: error ? [{ subject: error.code, message: `${error.code}: ${say(error.said)}` }] : [],
    unseen: selectUnseen(unknown),
    ...(ending.length > 0 && { ending }),
    spots,
  })
}

function findPair(pair: Pair, leg: string, repairsOf: ReturnType<typeof createRepairsOf>): DriftItem {
  const { target, where, registry, loginServer, identitySeen, standing, pulls, role } = pair
  const { lacks, onlyTo } = standing
  const registryId = registry.startsWith('/') ? registry : ''
  const nodes = findNodes(pair)
  const repairs = registryId ? repairsOf({ target, registryId }) : []
  // A pull that anybody is allowed proves no more than the assignment, but is no longer refused.
  const hasPulled = standing.proof === 'pull' || pulls.some(({ verdict }) => verdict === 'pulled')
  return {
    key: keyOf(leg, target, loginServer || registry),
    kind: 'pair',
    state: stateOf(standing),
    target,
    ...(where && { where }),
    name: lastSegment(target),
    registry: loginServer || lastSegment(registry),
    registryId,
    ...(role !== null && { role }),
    ...(repairs.length > 0 && { repairs }),
    ...(nodes && { nodes }),
    unproven: [...(identitySeen ? [] : ['identity' as const]), ...(hasPulled ? [] : ['pull' as const])],
    ...describe(errorOf(standing), lacks.map(({ message }) => message).join('; ')),
    lacks,
    today: standing.is === 'lacking' ? standing.today : 'none',
    onlyTo: onlyTo ?? [],
    ...(standing.is === 'lost' && { lost: standing.what }),
  }
}

/** What a run saw of the nodes of a pair's cluster; undefined if it asked none. A node has pulled if it has pulled everything. */
function findNodes({ pulls, unasked }: Pair): DriftItem['nodes'] {
  if (pulls.length === 0) return undefined
  const listNodes = (some: typeof pulls): string[] => [...new Set(some.map(({ node }) => node))]
  const open = listNodes(pulls.filter(({ verdict }) => verdict !== 'pulled'))
  return {
    pulled: listNodes(pulls).filter(name => !open.includes(name)),
    refused: listNodes(pulls.filter(({ verdict }) => verdict === 'denied')),
    left: unasked && [...open, ...unasked],
  }
}

type Why = Pick<DriftItem, 'code' | 'said' | 'azure' | 'fix'>

function describe(failure: Problem | null, otherwise: string): Why {
  if (!failure) return { code: 'missing', said: { what: otherwise }, fix: null }
  const { code, said, azure, fix } = failure
  return { code, said, ...(azure && { azure }), fix }
}

function toImageItem(
  image: Pick<DriftItem, 'kind' | 'key' | 'state' | 'name' | 'registry' | 'registryId'> & Why,
): DriftItem {
  return { target: image.name, today: 'none', onlyTo: [], ...image }
}

const hostOf = (reference: string): string => reference.split('/')[0] ?? ''

function findImage({ name, image, registry: registryId, state, importable, error }: ImageRow): DriftItem {
  const registry = hostOf(image ?? '') || lastSegment(registryId)
  const why = describe(error, states[state].list === 'unknown' ? 'its digest could not be read' : '')
  return toImageItem({
    kind: 'input',
    key: `${name} ${labelOf(registry)}`,
    ...{ state, name, registry, registryId },
    ...why,
    ...(!error && state === 'unknown' && { code: notCompared }),
    // The advice to run attach is given once for everything that it repairs.
    fix: importable ? null : why.fix,
  })
}

function findManifest({ image: name, state, error }: ManifestRow, registryIds: ReadonlyMap<string, string>): DriftItem {
  const registry = hostOf(name)
  const registryId = registryIds.get(registry.toLowerCase()) ?? ''
  // Without an error, the nodes should have found out what the runner could not read.
  const why =
    state === 'unknown' && !error
      ? { ...describe(null, 'the runner could not read it, and no node has pulled it'), code: notCompared }
      : describe(error, '')
  // As for those that run: tags are case-sensitive, and hosts are not.
  const key = `manifest ${registry.toLowerCase()}${name.slice(registry.length)}`
  return toImageItem({ kind: 'manifest', key, state, name, registry, registryId, ...why })
}

/**
 * The images that run, one per image and not per pod: drift if one is gone, unknown if it could not be checked. A tag that has moved doesn't count as
 * drift. A cluster whose workloads could not be read is an unknown item of its own.
 * @param registryIds by login server
 * @param reasons why images of a registry, or a cluster's workloads, could not be checked, by resource ID in lower case
 */
function findRunningItems(
  workloads: readonly CheckedWorkload[],
  registryIds: ReadonlyMap<string, string>,
  reasons: ReadonlyMap<string, Said>,
): DriftItem[] {
  const groups = groupBy(listRunning(workloads), ({ key }) => `running ${key}`)
  const images = [...groups].flatMap(([key, group]): DriftItem[] => {
    const worst = runningStatuses.map(status => group.find(({ row }) => row.status === status)).find(Boolean)
    if (!worst) return []
    const { row, host, name } = worst
    const { status, state, error, errorCode } = row
    const uses = group.flatMap(each => (each.row.status === status ? toUse(each.row) : []))
    const registryId = registryIds.get(host) ?? ''
    const on = labelOf(host)
    const reason = reasons.get(registryId.toLowerCase()) ?? { what: noReason }
    const found = {
      gone: ['RUNNING_IMAGE_GONE', describeGone({ name, uses }, host), restore],
      missing: ['IMAGE_NOT_FOUND', `${name} is not on ${on}, but ${countUses(uses, true)}`, restore],
      locked: [locked, `${name} on ${on} is locked, but ${countUses(uses)}`, unlock],
      unknown: [errorCode ?? 'AZURE_UNAVAILABLE', '', ''],
      moved: ['missing', '', ''],
      present: ['missing', '', ''],
    } as const
    const [code, what, text] = found[status]
    const said = status === 'unknown' ? reason : { what }
    const own = error ?? { code, said, fix: text ? choices(fix(text), fix(seeLog())) : null }
    const why = { code: own.code, said: own.said, fix: own.fix }
    const image = toImageItem({ kind: 'workload', key, state, name, registry: host, registryId, ...why })
    const running = state === 'fine' ? group.map(each => each.row) : uses
    const clusters = [...new Set(running.map(each => each.cluster))]
    const item = { ...image, ...(state !== 'unknown' && { clusters }) }
    return [status === 'gone' ? { ...item, running: { name, uses } } : item]
  })
  return [...findUnreadClusters(workloads, reasons), ...images]
}

/** The rows of images that run, each with its image: its host, its name there, and a key. */
export function listRunning(workloads: readonly CheckedWorkload[]) {
  return workloads.flatMap(row => {
    const source = parseImageSource(row.image ?? '')
    if (!source) return []
    const host = loginServerOf(source.host)
    const name = nameImage({ ...source, reference: source.digest || source.tag })
    // Tags are case-sensitive.
    return [{ row, host, name, key: `${labelOf(host)} ${name}` }]
  })
}

/** The clusters whose workloads could not be read; that a stopped cluster runs nothing is known. */
function findUnreadClusters(workloads: readonly CheckedWorkload[], reasons: ReadonlyMap<string, Said>): DriftItem[] {
  const unread = workloads.filter(({ image, errorCode }) => image === null && errorCode !== 'CLUSTER_STOPPED')
  const nameCluster = namesOf(unread.map(({ cluster }) => ({ target: cluster })))
  return unread.map(({ cluster, error, errorCode }) => {
    const why = {
      code: errorCode ?? 'CLUSTER_UNREACHABLE',
      said: error?.said ?? reasons.get(cluster.toLowerCase()) ?? { what: noReason },
      fix: error?.fix ?? null,
    }
    const name = `the workloads of ${nameCluster({ target: cluster })}`
    const key = `running * ${cluster.toLowerCase()}`
    return toImageItem({ kind: 'workload', key, state: 'unknown', name, registry: '', registryId: '', ...why })
  })
}

const noReason = 'the job gave no reason'

const restore = 'Restore it, import it again, or deploy an image that is there.'

const unlock = 'Ask who has locked it, and why, or deploy another image.'

/** Who runs an image. */
export function toUse({ cluster, namespace, kind, name, ...row }: CheckedWorkload) {
  if (namespace === null || kind === null || name === null) return []
  const { container, runningDigest, pods } = row
  const counted = { container: container ?? '', runningDigest: runningDigest ?? '', pods: pods ?? 0 }
  return { cluster, namespace, kind, name, ...counted }
}

/** Finds the repairs of a pair among planned operations: not for a registry that does not exist. */
function createRepairsOf(plan: Report['plan']): (pair: Pick<DriftItem, 'target' | 'registryId'>) => Repair[] {
  const created = plan.flatMap(({ operation, registry }) => (operation === 'create-registry' ? registry : []))
  const none = { role: '', type: '', scope: '', condition: '', group: '' }
  const planned = plan.flatMap(
    ({ operation, target, registry, role, principalId, principalType: type, condition, group, memberId }) => {
      if (operation === 'add-group-member' && target && group && memberId)
        return [{ place: keyOfPlace(target), repair: { ...none, principalId: memberId, group } }]
      const isGrant = operation === 'create-role-assignment' && target && role && principalId && type
      if (!isGrant || !registry || created.includes(registry)) return []
      // A group's assignment serves all of its members.
      const place = keyOfPlace(type === 'Group' ? '' : target, registry)
      return [{ place, repair: { ...none, principalId, role, type, scope: registry, condition: condition ?? '' } }]
    },
  )
  const byPlace = groupBy(planned, ({ place }) => place)
  return ({ target, registryId }) =>
    [keyOfPlace('', registryId), keyOfPlace(target, registryId), keyOfPlace(target)].flatMap(
      place => byPlace.get(place)?.map(({ repair }) => repair) ?? [],
    )
}

const keyOfPlace = (target: string, registry = ''): string => `${target} ${registry}`.toLowerCase()
