import { describeQuarantine, explainLock, formatImageSource, listTagsCommand, shortDigest, nameImage } from 'azure'
import type { Content, ImageRequest, Registry, Seen, SoftDelete } from 'azure'
import { ActionError, choices, fix, notice, type Finding, type FixPart, type Result } from 'kernel'
import { countUses, nameUses, type CheckedImage } from 'run-model'
import { importCommand, listDeletedCommand, restoreManifestCommand } from './az-image-commands.js'
import type { AskedImage } from './lookup.js'

/** An image that runs, with the registry's answers. */
export interface AnsweredImage {
  image: AskedImage<'workload'>
  /** About the tag or digest that workloads name. */
  named: Seen
  /** About the digest that runs, if it is another one. */
  running?: Seen
}

export interface RunningContext {
  /** The lines of the input `images`. */
  images: readonly ImageRequest[]
  /** By registry: whether it keeps what is deleted, or why that could not be read. Asked only where something is gone. */
  softDelete: ReadonlyMap<Registry, Result<SoftDelete>>
}

type RunningVerdict = Pick<CheckedImage<'workload'>, 'status' | 'digest' | 'error'>

/**
 * Compares an image that runs with what the registry has. Pure. What could not be read is `unknown`, never `gone`.
 *
 * A pod's `imageID` is the digest that the reference led to: that of the index of a multi-platform image (kubernetes/kubernetes issue 108689,
 * containerd/containerd pull request 12787). A node that got the image by its platform's digest reports that one, and the other way round
 * (apecloud/kubeblocks issue 10689). So a digest in the index that the tag names has not moved, nor has an index whose images for the workloads' platforms are the
 * same in both.
 */
export function judgeRunning(answer: AnsweredImage): RunningVerdict {
  const { image, named } = answer
  if (named.kind === 'missing') return { status: everRan(image) ? 'gone' : 'missing', digest: '' }
  if (named.kind === 'unknown') return { status: 'unknown', digest: '', error: named.error }
  const { digest, locks } = named.content
  if (locks) return judgeLocked(image, digest, named.content)
  const isNamed = image.runningDigest === '' || image.runningDigest === digest
  return isNamed ? { status: 'present', digest } : judgeDigest(answer, named.content)
}

/** Whether any pod has an image: those that wait for it never had it, and of what has no pod, such as a cron job, nobody knows. */
function everRan({ uses }: AskedImage<'workload'>): boolean {
  return uses.some(({ pods, isWaiting }) => pods > 0 && !isWaiting)
}

/** Judges an image that runs with another digest than the one that the registry has under its name. */
function judgeDigest({ image, running }: AnsweredImage, { digest, parts = [] }: Content): RunningVerdict {
  const { reference, runningDigest } = image
  // If the tag's index names an image that was deleted or locked, the nodes of its platform can't pull the tag.
  const isPart = parts.some(part => part.digest === runningDigest)
  if (!reference.includes(':') && !isPart && !getsSame(image, running, parts)) return { status: 'moved', digest }
  if (running?.kind === 'unknown') return { status: 'unknown', digest, error: running.error }
  if (running?.kind === 'found' && running.content.locks && isPart)
    return judgeLocked({ ...image, reference: runningDigest }, digest, running.content)
  return { status: running?.kind === 'missing' ? 'gone' : 'present', digest }
}

/** Whether nodes get the same image from the index that runs as from the one that the tag names now. */
function getsSame(
  { uses }: AskedImage<'workload'>,
  running: Seen | undefined,
  parts: NonNullable<Content['parts']>,
): boolean {
  if (running?.kind !== 'found') return false
  const mayRun = (platform: string): boolean =>
    uses.some(({ constraints }) => {
      const arch = constraints?.nodeSelector['kubernetes.io/arch']
      return arch === undefined || platform.endsWith(`/${arch}`)
    })
  const own = (running.content.parts ?? []).filter(({ platform }) => platform && mayRun(platform))
  return own.length > 0 && own.every(({ digest }) => parts.some(part => part.digest === digest))
}

function judgeLocked(image: AskedImage<'workload'>, digest: string, content: Content): RunningVerdict {
  const { uses } = image
  const use = `${countUses(uses)}: ${nameUses(uses)}.`
  return { status: 'locked', digest, error: explainLock(image, content, use) }
}

/** The registries of images that are gone: one whose digest is still there needs no restoring. */
export function selectLost(answered: readonly AnsweredImage[]): Registry[] {
  return answered.flatMap(answer =>
    judgeRunning(answer).status === 'gone' && answer.running?.kind !== 'found' ? answer.image.registry : [],
  )
}

/** Judges an image that runs, and explains a problem and what to do about it. */
export function checkRunning(answer: AnsweredImage, context: RunningContext): CheckedImage<'workload'> {
  const checked = { ...answer.image, ...judgeRunning(answer) }
  if (checked.status === 'gone') return { ...checked, error: explainGone(answer, context) }
  if (checked.status === 'missing') return { ...checked, error: explainMissing(answer.image) }
  return checked.status === 'moved' ? { ...checked, finding: findMoved(answer, checked.digest) } : checked
}

function explainMissing(image: AskedImage<'workload'>): ActionError {
  const { registry, repository, uses } = image
  const name = nameImage(image)
  const what = `${countUses(uses, true).replace(/ it$/, '')} ${name}, which is not on ${registry.name}: ${nameUses(uses)}`
  const said = { what: shortDigest(what), brief: 'it is not in the registry', more: describeQuarantine(registry) }
  return new ActionError('IMAGE_NOT_FOUND', said, {
    subject: name,
    resource: registry.id,
    fix: fix(
      'Correct the name in the workload, or push the image. To list the tags in the registry:',
      listTagsCommand(registry.id, repository),
    ),
  })
}

function explainGone(answer: AnsweredImage, context: RunningContext): ActionError {
  const { image } = answer
  const { registry, reference, runningDigest, uses } = image
  const name = nameImage(image)
  const since = Math.min(...uses.flatMap(use => use.since ?? []))
  const when = Number.isFinite(since) ? `, since ${new Date(since).toISOString().slice(0, 10)}` : ''
  const what = `${name} ${describeMissing(answer)}, but ${countUses(uses)}${when}: ${nameUses(uses)}`
  return new ActionError(
    'RUNNING_IMAGE_GONE',
    { what: shortDigest(what), brief: 'it is not in the registry' },
    {
      subject: name,
      resource: `${registry.id} ${reference} ${runningDigest}`,
      fix: choices(
        {
          text: 'It keeps running until a node has to pull it again: when a pod is restarted elsewhere, or a node is replaced.',
          commands: [],
        },
        ...adviseOnGone(answer, context),
      ),
    },
  )
}

/** What the registry lacks, as a clause about the image. */
function describeMissing({ image: { registry, runningDigest }, named }: AnsweredImage): string {
  if (named.kind !== 'missing') return `is on ${registry.name} without its running digest ${runningDigest}`
  const lack = `is no longer on ${registry.name}`
  return named.isRepositoryGone ? `${lack}, nor is its repository` : lack
}

/** The ways to get an image back, the narrowest first. */
function adviseOnGone({ image, running }: AnsweredImage, context: RunningContext): FixPart[] {
  const { registry, repository, reference, runningDigest } = image
  const name = nameImage(image)
  const isTag = !reference.includes(':')
  const source = context.images.find(
    each => each.repository === repository && (each.tag || each.source.digest) === reference,
  )
  const parts: FixPart[] = []
  if (isTag && running?.kind === 'found') {
    const [tag] = running.content.tags ?? []
    const left = tag === undefined ? 'its digest, without a tag' : `its digest, with the tag ${tag}`
    parts.push({
      text: `The registry still has ${left}. Give it its tag again:`,
      commands: [importCommand(registry.id, `${registry.loginServer}/${repository}@${runningDigest}`, name)],
    })
  } else parts.push(...adviseRestore(image, context.softDelete.get(registry)))
  if (source) {
    const from = formatImageSource(source.source)
    const command = source.source.host ? [importCommand(registry.id, from, name)] : []
    parts.push({
      text: `The input images names its source${source.source.host ? `, ${from}` : ''}: the step imports it again with mode: attach${command.length > 0 ? ', or by hand:' : '.'}`,
      commands: command,
    })
  } else {
    // Without an alternative above it, it is the first.
    const push = parts.some(({ commands }) => commands.length > 0) ? 'Or push' : 'Push'
    parts.push({ text: `${push} it again, or deploy an image that is there.`, commands: [] })
  }
  return parts
}

/** Soft delete: learn.microsoft.com/azure/container-registry/container-registry-soft-delete-policy. */
function adviseRestore(
  { registry, repository, reference, runningDigest }: AskedImage<'workload'>,
  policy: Result<SoftDelete> | undefined,
): FixPart[] {
  if (policy?.value?.days === 0)
    return [
      {
        text: `Soft delete is off on ${registry.name}, so nothing that is deleted there can be restored.`,
        commands: [],
      },
    ]
  const isTag = !reference.includes(':')
  const digest = isTag ? runningDigest : reference
  const restore = restoreManifestCommand(registry.id, isTag ? `${repository}:${reference}` : repository, digest)
  const kept = policy?.value
    ? `${registry.name} keeps what is deleted for ${policy.value.days} days`
    : `If soft delete is on, ${registry.name} keeps what is deleted for some days`
  return [
    { text: `${kept}. To see whether it is among that:`, commands: [listDeletedCommand(registry.id, repository)] },
    { text: 'If it is, restore it:', commands: [restore] },
  ]
}

function findMoved({ image, running }: AnsweredImage, digest: string): Finding {
  const { registry, runningDigest, uses } = image
  const name = nameImage(image)
  const left = running?.kind === 'missing' ? `, which is no longer on ${registry.name}` : ''
  return notice(
    'RUNNING_IMAGE_MOVED',
    registry.id,
    `${name} on ${registry.name} has moved to ${digest}; ${countUses(uses)} as ${runningDigest}${left}: ${nameUses(uses)}.`,
    adviseOnMoved(uses),
  )
}

/** Only with `imagePullPolicy: Always` does a container that starts ask for the tag, if its node has an image of that name. */
function adviseOnMoved(uses: AskedImage<'workload'>['uses']): string {
  const always = uses.filter(({ isAlways }) => isAlways)
  const end = 'Restart the workloads when that suits you, or deploy by digest.'
  if (always.length === uses.length) return `The next restart runs the new image (imagePullPolicy: Always). ${end}`
  const others = 'a restart runs the new image only on nodes that do not have the old one'
  if (always.length === 0) return `Without imagePullPolicy: Always, ${others}. To change the image, deploy by digest.`
  return `The next restart of ${nameUses(always)} runs the new image (imagePullPolicy: Always); for the others, ${others}. ${end}`
}
