import {
  explainLock,
  type Content,
  type ObservedImage,
  type PlannedImage,
  type Registry,
  fixes,
  nameImageRequest,
} from 'azure'
import { ActionError, fix, type Finding, type Group } from 'kernel'
import type { ManifestImage } from './manifest.js'
import type { State } from './state.js'
import type { RunningStatus, WorkloadContainer } from './workload.js'

interface Checked<By extends string, Status extends string> {
  wantedBy: By
  registry: Registry
  repository: string
  /** Tag or digest. */
  reference: string
  status: Status
  /** The digest that the registry has for the reference; empty if there is none, or if it is not known or was not compared with the source. */
  digest: string
  /** Why it failed, is missing, is locked so that nobody can pull it, or is unknown. */
  error?: ActionError
}

/**
 * An image at one of the registries with its state there. `input`: a line of `images` names it, or it is the action's own pause image; `manifest`: a manifest
 * uses it; `probe`: a line of `probe-image` names it; `workload`: it runs in a cluster.
 */
type AnyImage =
  | (Checked<'input', 'imported' | 'present' | 'missing' | 'locked' | 'failed' | 'unknown'> &
      ObservedImage & {
        /** Whether Azure accepted an import of it and did not report a failure. */
        changed: boolean
        sizeInBytes?: number
        seconds?: number
        /** Set for a missing image that `attach` would import. */
        isImportable?: true
      })
  | (Checked<'manifest', 'present' | 'missing' | 'locked' | 'unknown'> & {
      /** All of its places in the manifests. */
      uses: Group<ManifestImage>
      /** The regional endpoint that it is named by, unless its registry is known to have enabled it; `why` that is not known, as a clause. */
      unserved?: { host: string; why?: string }
    })
  | (Checked<'probe', 'present' | 'unknown'> & {
      /** With login server, as nodes pull it. */
      text: string
    })
  | (Checked<'workload', RunningStatus> & {
      runningDigest: string
      uses: Group<WorkloadContainer>
      /** Set if its tag has moved. */
      finding?: Finding
    })

/** A checked image, of any source or of one. */
export type CheckedImage<By extends AnyImage['wantedBy'] = AnyImage['wantedBy']> = Extract<AnyImage, { wantedBy: By }>

export function selectWantedBy<By extends AnyImage['wantedBy']>(
  by: By,
  images: readonly CheckedImage[],
): CheckedImage<By>[] {
  return images.filter((image): image is CheckedImage<By> => image.wantedBy === by)
}

/** Whether nodes pull an image for a deployment, and not a controller, as it does charts. */
export function isForNodes(image: CheckedImage): boolean {
  return image.wantedBy !== 'manifest' || !image.uses[0].pulledBy
}

/** An image of the inputs at the end of what was done about it; whatever that was, nobody can pull what is locked. */
export function endImage(
  image: ObservedImage,
  { locks, ...end }: Pick<CheckedImage<'input'>, 'status'> & Partial<CheckedImage<'input'>> & Pick<Content, 'locks'>,
): CheckedImage<'input'> {
  const { repository, tag, source } = image.request
  const ended: CheckedImage<'input'> = {
    wantedBy: 'input',
    repository,
    reference: tag || source.digest,
    digest: '',
    changed: false,
    ...image,
    ...end,
  }
  return locks ? { ...ended, status: 'locked', error: explainLock(ended, { digest: ended.digest, locks }) } : ended
}

/** The end of an image that needs no import. */
export function settle({ image, plan }: PlannedImage): CheckedImage<'input'> {
  const { request, registry, sourceDigest, sourceError, present } = image
  if (plan.kind === 'conflict') {
    const said = { what: `${nameImageRequest(request)} on ${registry.name} is a different image`, why: plan.reason }
    const conflict = new ActionError('IMAGE_CONFLICT', said, { subject: registry.name, fix: fix(fixes.conflict) })
    // The other image isn't the desired one, so its digest must not be deployed.
    const ended = endImage(image, { status: 'failed', error: conflict })
    if (present.kind !== 'found' || !present.content.writeLocks) return ended
    return { ...ended, error: explainLock(ended, present.content, `${plan.reason}.`, 'write') }
  }
  if (plan.kind === 'failed') return endImage(image, { status: 'failed', ...(sourceError && { error: sourceError }) })
  if (plan.kind === 'locked' && present.kind === 'found')
    return endImage(image, { status: 'locked', ...present.content })
  // Only compared images are pinned. For the action's own pause image, any version will do.
  const isCompared = sourceDigest !== undefined || request.isProbe === true
  return endImage(image, { status: 'present', ...(isCompared && present.kind === 'found' && present.content) })
}

/** The state of an image. @param image.isRead whether its digest is known */
export function judgeImage({
  status,
  isRead,
  error,
}: {
  status: string
  isRead: boolean
  error?: { code: string } | null | undefined
}): State {
  // Nodes pull the one that is there.
  if (status === 'missing' && error?.code === 'IMAGE_CONFLICT') return 'drifted'
  if (status === 'missing' || status === 'locked' || status === 'gone') return 'refused'
  if (status === 'failed') return 'failed'
  const isThere = status === 'imported' || status === 'moved' || (status === 'present' && isRead)
  return isThere ? 'fine' : 'unknown'
}
