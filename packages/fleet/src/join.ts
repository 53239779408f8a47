import { strongest } from 'azure'
import { compareNaturally, groupBy, once, type Group, type Said } from 'kernel'
import { compareJudged, keyOf } from 'report-document'
import type { ImageRow, ManifestRow, Pair, Report, CheckedWorkload } from 'report-document'
import { errorOf, stateOf, type State } from 'run-model'

/** What the job says that saw the worst of one thing. */
function worstBy<T>(rows: Group<T>, judge: (row: T) => { state: State; code: string; said: Said }): T {
  const [worst] = rows.map(row => ({ ...judge(row), row })).sort(compareJudged)
  return worst?.row ?? rows[0]
}

const whyOf = (error: Report['error'], otherwise = '') => ({
  code: error?.code ?? 'missing',
  said: error?.said ?? { what: otherwise },
})

/**
 * The pairs of several reports by `keyOfPair`, each once, in the order of the jobs: as the job has seen it that saw the worst, with what any job has proven.
 * @param legs each report with its job, see `nameLeg`
 */
export function joinPairs(legs: readonly { report: Report; leg: string }[]): ReadonlyMap<string, Pair> {
  const all = legs.flatMap(({ report, leg }) => report.pairs.map(pair => ({ key: keyOfPair(leg, pair), pair })))
  const joined = [...groupBy(all, ({ key }) => key)].map(([key, [first, ...others]]) => {
    const pairs: Group<Pair> = [first.pair, ...others.map(({ pair }) => pair)]
    return [key, joinPair(pairs)] as const
  })
  return new Map(joined)
}

/** A resource ID means the same in every job, and a name something only in its own. */
export const keyOfPair = (leg: string, { target, loginServer, registry }: Pair): string =>
  keyOf(leg, target, loginServer || registry)

function joinPair(pairs: Group<Pair>): Pair {
  if (pairs.length === 1) return pairs[0]
  const worst = worstBy(pairs, pair => ({
    state: stateOf(pair.standing),
    ...whyOf(errorOf(pair.standing), pair.standing.lacks.map(({ message }) => message).join('; ')),
  }))
  const state = stateOf(worst.standing)
  // A pull that another job has seen does not prove that a node pulls which this one has seen refused.
  const isRefuted = state === 'refused' || state === 'failed' || state === 'gone'
  const pulls = distinctRows(pairs.flatMap(pair => pair.pulls))
  const seen = pairs.map(({ identitySeen }) => identitySeen)
  return {
    ...worst,
    identitySeen: seen.includes(true) || (seen.includes(false) ? false : null),
    changed: pairs.some(({ changed }) => changed),
    ...(!isRefuted && { standing: { ...worst.standing, proof: strongest(pairs.map(each => each.standing.proof)) } }),
    pulls,
    unasked: joinUnasked(pairs, pulls),
  }
}

/** The nodes that no job has asked; null if one doesn't know them. */
function joinUnasked(pairs: readonly Pair[], pulls: Pair['pulls']): Pair['unasked'] {
  const probed = pairs.filter(pair => pair.pulls.length > 0 || pair.unasked !== null)
  if (probed.length === 0 || probed.some(({ unasked }) => unasked === null)) return null
  const asked = new Set(pulls.map(({ node }) => node))
  return [...new Set(probed.flatMap(({ unasked }) => unasked ?? []))]
    .filter(node => !asked.has(node))
    .sort(compareNaturally)
}

/** Rows of several reports, each once and in an order of their own. */
function distinctRows<T>(rows: readonly T[]): T[] {
  return [...new Map(rows.map(row => [JSON.stringify(row), row])).entries()]
    .sort(([a], [b]) => compareNaturally(a, b))
    .map(([, row]) => row)
}

const keyOfImage = ({ name, registry }: ImageRow): string => `${name} ${registry.toLowerCase()}`

const keyOfManifest = ({ image, registry }: ManifestRow): string => `${image} ${registry.toLowerCase()}`

/** The images of several reports, each once: as the job has seen it that saw the worst. */
export const joinImages = (images: readonly ImageRow[]): ImageRow[] =>
  [...groupBy(images, keyOfImage).values()].map(group =>
    worstBy(group, ({ state, error }) => ({ state, ...whyOf(error) })),
  )

export const joinManifests = (manifests: readonly ManifestRow[]): ManifestRow[] =>
  [...groupBy(manifests, keyOfManifest).values()].map(group =>
    worstBy(group, ({ state, error }) => ({ state, ...whyOf(error) })),
  )

export const joinWorkloads = (workloads: readonly CheckedWorkload[]): CheckedWorkload[] =>
  [...groupBy(workloads, keyOfWorkload).values()].map(group =>
    worstBy(group, ({ state, status, errorCode = '' }) => ({ state, code: errorCode, said: { what: status } })),
  )

const keyOfWorkload = ({ cluster, namespace, kind, name, container, image, runningDigest }: CheckedWorkload): string =>
  JSON.stringify([cluster.toLowerCase(), namespace, kind, name, container, image, runningDigest])

/**
 * The jobs with reports in which an image is compared that one job could not compare and another one has, with the same source; and in which an image of
 * manifests is there that a job left to the nodes, and another one has found or pulled. What one job has proven is proven for all.
 */
export function shareProofs<T extends { report?: Report }>(legs: readonly T[]): T[] {
  const reports = [...new Set(legs.flatMap(({ report }) => report ?? []))]
  const compared = new Map(
    reports.flatMap(({ images }) =>
      images.flatMap(image => (image.digest !== null && !image.error ? [[keyOfSource(image), image] as const] : [])),
    ),
  )
  const manifests = reports.flatMap(report => report.manifests)
  const found = new Set(manifests.flatMap(row => (row.status === 'present' ? keyOfManifest(row) : [])))
  const pulls = reports.flatMap(({ pairs }) => pairs.flatMap(pair => pair.pulls))
  const pulled = new Set(pulls.flatMap(({ verdict, image }) => (verdict === 'pulled' ? image : [])))
  const shareImage = (image: ImageRow): ImageRow => {
    const known = image.status === 'present' && image.digest === null && compared.get(keyOfSource(image))
    return known ? { ...image, image: known.image, digest: known.digest, state: 'fine' } : image
  }
  const shareManifest = (row: ManifestRow): ManifestRow => {
    const isKnown = found.has(keyOfManifest(row)) || pulled.has(row.image)
    return row.status === 'unknown' && !row.error && isKnown ? { ...row, status: 'present', state: 'fine' } : row
  }
  // Jobs with the same text share one report.
  const shared = new Map<Report, Report>()
  return legs.map(leg => {
    const { report } = leg
    if (!report) return leg
    const { images } = report
    const share = (): Report => ({
      ...report,
      images: images.map(shareImage),
      manifests: report.manifests.map(shareManifest),
    })
    return { ...leg, report: once(shared, report, share) }
  })
}

const keyOfSource = (image: ImageRow): string => `${image.source} ${keyOfImage(image)}`
