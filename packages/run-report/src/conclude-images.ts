import { plural } from 'texts'
import {
  describeImage,
  describeQuarantine,
  fixes,
  formatImageSource,
  kubectlCommand,
  listManifestsCommand,
  nameImage,
  nameImageRequest,
  parseImageSource,
  sameId,
  showImageCommand,
  type ObservedImage,
  type PlannedImage,
  isUnread,
  pinned,
} from 'azure'
import {
  ActionError,
  cancelled,
  distinctOf,
  fix,
  groupBy,
  nameSome,
  type Finding,
  valuesOf,
  warning,
  sayClause,
  withReason,
  reasonOf,
} from 'kernel'
import { endImage, isForNodes, selectWantedBy, settle } from 'run-model'
import type { Run, CheckedImage, ClusterWorkloads, PairResult } from 'run-model'

/** The results of the images; if nothing was done about them, their state when they were observed. */
export function concludeImages(run: Pick<Run, 'plan' | 'images' | 'inputs' | 'error'>): CheckedImage<'input'>[] {
  const { plan, images, inputs, error } = run
  const ended = selectWantedBy('input', images)
  if (ended.length > 0) return ended
  return (plan?.images ?? []).map((planned): CheckedImage<'input'> => {
    const { image, plan: imagePlan } = planned
    const isSettled = imagePlan.kind === 'present' || imagePlan.kind === 'locked'
    if (isSettled) return settle(planned)
    if (inputs?.mode === 'check') return checkImage(planned)
    if (imagePlan.kind === 'failed') return settle(planned)
    return endImage(image, { status: 'failed', error: error ?? cancelled() })
  })
}

/** An image in `check` that `attach` would import, replace or refuse. */
function checkImage(planned: PlannedImage): CheckedImage<'input'> {
  const { image, plan } = planned
  // An unreadable image isn't drift; the image's notes say why it could not be read.
  if (image.present.kind === 'unknown') return endImage(image, { status: 'unknown' })
  if (plan.kind === 'failed') return endImage(image, { status: 'missing', error: explainImageGone(image) })
  if (plan.kind === 'conflict') return { ...settle(planned), status: 'missing' }
  const isThere = image.present.kind === 'found'
  // Whether attach would replace it by the same image is not known, so it isn't drift.
  if (isThere && image.sourceDigest === undefined) return endImage(image, { status: 'present' })
  const reason = 'reason' in plan ? plan.reason : ''
  const said = { what: describeImage(image), why: reason }
  const wanted = isThere
    ? new ActionError('IMAGE_CONFLICT', said, { fix: fix(fixes.replace) })
    : new ActionError('IMAGE_NOT_FOUND', said, { fix: fix(fixes.import) })
  return endImage(image, { status: 'missing', isImportable: true, error: wanted })
}

/** An image that neither the registry nor its source has any more: `attach` can't import it. */
function explainImageGone({ request, registry, sourceError }: ObservedImage): ActionError {
  const source = formatImageSource(request.source)
  return new ActionError(
    'IMAGE_NOT_FOUND',
    `${nameImageRequest(request)} is not on ${registry.name}, and its source ${source} does not exist either`,
    {
      subject: request.text,
      fix: fix(
        `Attach can't import it. Push the image to the registry again, or correct the input images. ${fixes.missing}`,
      ),
      cause: sourceError,
    },
  )
}

/** Whether an image that was asked for is known to be in its registry, or a node has pulled it. What runs was not asked for: a deployment may replace it. */
export function isThere(image: CheckedImage, pairs: readonly PairResult[]): boolean {
  if (image.wantedBy === 'probe' || image.wantedBy === 'workload') return true
  if (image.status !== 'unknown') return image.status === 'present' || image.status === 'imported'
  if (image.wantedBy === 'input' && image.request.isProbe) return true
  return hasPulled(image, pairs)
}

/** Whether a node has pulled an image, by the name that was asked for. */
export function hasPulled(image: CheckedImage<'input' | 'manifest'>, pairs: readonly PairResult[]): boolean {
  const reference = image.wantedBy === 'input' ? pinned(image) : image.uses[0].image
  return pairs.some(({ pulls }) => pulls.some(pull => pull.verdict === 'pulled' && pull.image.reference === reference))
}

/** Images that fail nothing and are not known: not compared with their source or, for a manifest, neither looked up by the runner nor pulled by a node. */
export function selectUnread(
  images: readonly CheckedImage[],
  pairs: readonly PairResult[],
): CheckedImage<'input' | 'manifest'>[] {
  const used = selectWantedBy('manifest', images).filter(image => !image.error && !isThere(image, pairs))
  return [...selectWantedBy('input', images).filter(isUnread), ...used]
}

/** The findings about images that could not be compared with their sources, or not even looked up. */
export function findNotCompared(unread: readonly CheckedImage<'input' | 'manifest'>[]): Finding[] {
  return unread
    .filter(image => isUnread(image) && (image.wantedBy === 'manifest' || !image.request.isProbe))
    .map(image => {
      const { registry, status, wantedBy } = image
      const sourceError = wantedBy === 'input' ? image.sourceError : undefined
      const unpinned = wantedBy === 'input' ? ', and is not pinned to a digest' : ''
      const isUnseen = status === 'unknown'
      const assumed = isUnseen ? 'It may be missing' : 'It is assumed to be the right image'
      const access = `Give the runner read access to ${isUnseen ? 'the registry' : 'both registries'}`
      const advice = fix(
        `${assumed}${unpinned}. ${sourceError ? 'Name a source that exists' : access}, or check yourself:`,
        showImageCommand(registry.id, nameImage(image)),
      )
      return warning('IMAGE_NOT_COMPARED', registry.id, `${describeUnreadImage(image)}.`, advice)
    })
}

/** The findings about images that a quarantine may hide from nodes: who may read quarantined images sees them nevertheless, and only a pull shows it. */
export function findQuarantined(images: readonly CheckedImage[], pairs: readonly PairResult[]): Finding[] {
  const hidden = [...selectWantedBy('input', images), ...selectWantedBy('manifest', images)].filter(image => {
    const isProbe = image.wantedBy === 'input' && image.request.isProbe
    return (
      image.registry.quarantines &&
      !isProbe &&
      isForNodes(image) &&
      isThere(image, pairs) &&
      !hasPulledContent(image, pairs)
    )
  })
  return [...groupBy(hidden, ({ registry }) => registry.id).values()].map(same => {
    const [{ registry, repository }] = same
    const names = nameSome([...new Set(same.map(nameImage))])
    const message = `${describeQuarantine(registry)} No node has pulled ${names}, so nothing shows that nodes can.`
    const advice = fix(
      'To let nodes pull images, set verify: pull, and name those of the input images in probe-image. To see which ones are released:',
      listManifestsCommand(registry.id, repository),
    )
    return warning('IMAGE_NOT_PROBED', registry.id, message, advice)
  })
}

/** Whether a node has pulled an image, by whatever name: a quarantine holds back a manifest, not a tag. */
function hasPulledContent(image: CheckedImage<'input' | 'manifest'>, pairs: readonly PairResult[]): boolean {
  const { registry, repository, digest } = image
  const isSame = ({ image: { registryId, reference }, digest: pulled }: PairResult['pulls'][number]): boolean =>
    sameId(registryId, registry.id) && parseImageSource(reference)?.repository === repository && pulled === digest
  const byDigest = pairs.some(({ pulls }) => pulls.some(each => each.verdict === 'pulled' && isSame(each)))
  return (digest !== '' && byDigest) || hasPulled(image, pairs)
}

/** What is unknown about an image that could not be read, and why. */
export function describeUnreadImage(image: CheckedImage<'input' | 'manifest'>): string {
  if (image.wantedBy === 'manifest')
    return `Could not check whether ${image.uses[0].image} exists: the runner could not read it, and no node has pulled it`
  const { request, registry, notes, status } = image
  const what =
    status === 'unknown' ? `is on ${registry.name}` : `on ${registry.name} is ${formatImageSource(request.source)}`
  return [`Could not check whether ${nameImageRequest(request)} ${what}`, notes.join('; ')].filter(Boolean).join(': ')
}

/**
 * What could not be checked, once per registry and reason, and once per cluster. A stopped cluster runs nothing.
 * @returns as `subject` the resource ID of the registry, or of the cluster
 */
export function describeUnreadRunning({ workloads = [], images }: Run): { subject: string; error: ActionError }[] {
  const unread = selectWantedBy('workload', images).flatMap(image =>
    image.status === 'unknown' && image.error ? { image, error: image.error } : [],
  )
  const groups = groupBy(unread, ({ image, error }) => [image.registry.id, error.code, reasonOf(error.said)].join('\n'))
  return [
    ...workloads.flatMap(({ error }) =>
      error && error.code !== 'CLUSTER_STOPPED' ? [{ subject: error.resource || error.subject || '', error }] : [],
    ),
    ...[...groups.values()].map(group => {
      const [{ image, error }] = group
      const { registry } = image
      const names = [...new Set(group.map(each => nameImage(each.image)))]
      const what = `${plural(names.length, 'image that runs', 'images that run')} on ${registry.name}`
      const said = withReason(`Could not check ${what} (${nameSome(names)})`, error.said)
      return { subject: registry.id, error: error.with({ said, subject: registry.name }) }
    }),
  ]
}

/** Tags that have moved, and in `attach` what fails a `check`: images that are gone or locked, and what the identity has no right to read. */
export function findRunningFindings(run: Run): Finding[] {
  const isCheck = run.mode === 'check'
  const ofImages = selectWantedBy('workload', run.images).flatMap(({ status, registry, error, finding }) => {
    if (finding) return finding
    if ((status !== 'gone' && status !== 'locked') || !error || isCheck) return []
    return warning(status === 'gone' ? 'RUNNING_IMAGE_GONE' : 'AZURE_REFUSED', registry.id, error.message, error.fix)
  })
  const refused = describeUnreadRunning(run).flatMap(({ subject, error: { code, message, fix } }) =>
    code === 'AUTHORIZATION_FAILED' && !isCheck ? warning(code, subject, message, fix) : [],
  )
  return [...ofImages, ...refused]
}

/**
 * The findings about namespaces that the input `workloads` names and that have no pod in any cluster, nor anything that makes pods. If a cluster could not be
 * read, nobody knows what it has.
 */
export function findEmptyNamespaces({ workloads = [] }: Run): Finding[] {
  const read = valuesOf(workloads)
  const [first, ...others] = read
  if (!first || read.length < workloads.length) return []
  const names = first.empty.filter(name => others.every(({ empty }) => empty.includes(name)))
  return names.map(name => {
    const exists = read.some(({ absent }) => !absent.includes(name))
    const where = others.length > 0 ? `any of the ${read.length} clusters` : first.target.name
    const message = exists
      ? `The namespace ${name} of the input workloads has no pods on ${where}, so no image of it was checked.`
      : `The input workloads names ${name}, but no namespace on ${where} is called that, so no image of it was checked.`
    const advice = fix('Correct the name, or remove the line. The namespaces:', kubectlCommand('get namespaces'))
    return warning('FILTER_WITHOUT_EFFECT', first.target.id, message, advice)
  })
}

/** The notes about images that nothing runs yet, because they are not there; in `check`, they are drift. */
export function noteRunning({ images, mode }: Run): string[] {
  if (mode === 'check') return []
  const missing = selectWantedBy('workload', images).filter(({ status }) => status === 'missing')
  return missing.flatMap(({ error }) => (error ? sayClause(error.said) : []))
}

const maxHosts = 5

/**
 * The hosts of other registries with the number of their images, at most in one cluster, most first: the same image may run in several, so the numbers don't add
 * up. Empty without any.
 */
export function nameElsewhere(clusters: readonly Pick<ClusterWorkloads, 'elsewhere'>[]): string {
  const all = clusters.flatMap(({ elsewhere }) => [...elsewhere]).sort(([, a], [, b]) => b - a)
  const most = distinctOf(all, ([host]) => host)
  return nameSome(
    most.map(([host, count]) => `${count} from ${host}`),
    maxHosts,
  )
}
