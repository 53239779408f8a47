import { ActionError, choices } from 'kernel'
import { showLockCommand, unlockCommand } from './az-image-commands.js'
import { formatImageSource, nameImage, nameImageRequest, type ImageRequest } from './image-reference.js'
import type { Registry } from './registry.js'
import type { Platform } from './scheduling.js'

/** An image as a registry describes it; of an imported one, perhaps only the digest is known. */
export interface Content {
  digest: string
  sizeInBytes?: number
  tags?: readonly string[]
  /** The images in an index, each with its platform: `linux/amd64`; empty for an attestation. */
  parts?: readonly { digest: string; platform: string }[]
  /** What someone has locked so that nobody can pull it; absent if nothing is. */
  locks?: readonly ('repository' | 'tag' | 'manifest')[]
  /** What someone has locked so that no other image gets the name; absent if nothing is. */
  writeLocks?: Content['locks']
}

/** What a registry answers about a tag or a digest. `missing`: it is certain that it is not there. */
export type Seen =
  | { kind: 'found'; content: Content }
  | { kind: 'missing'; isRepositoryGone?: boolean; error?: ActionError }
  | { kind: 'unknown'; error: ActionError }

/** A desired image in a registry, with the current state of source and registry. */
export interface ObservedImage {
  request: ImageRequest
  registry: Registry
  /** The Azure Container Registry of the source, if the caller can see it. */
  sourceRegistry?: Registry
  /** Digest of the source; undefined if it could not be read. */
  sourceDigest?: string
  /** Set if the source does not exist. An image that was imported from it before stays. */
  sourceError?: ActionError
  /** The image that has the desired name in the registry. */
  present: Seen
  /** What could not be checked, and why. */
  notes: string[]
}

export interface PlannedImage {
  image: ObservedImage
  plan:
    | { kind: 'present' }
    | { kind: 'import'; force: boolean; reason: string }
    /** Another image has the tag and must not be overwritten. */
    | { kind: 'conflict'; reason: string }
    /** Nobody can pull it, and an import would not change that, or would move a tag that someone has locked. */
    | { kind: 'locked' }
    /** The source does not exist, and the registry is not known to have the image. */
    | { kind: 'failed' }
}

/** Fixes of the step's own errors and of those of Azure's import. */
export const fixes = {
  import: 'Run this step with mode: attach. It imports the image.',
  replace: 'Run this step with mode: attach. It overwrites the tag, because force-import is true.',
  conflict: 'Choose another tag, or set force-import: true to overwrite it.',
  missing: 'Check host, repository and tag; Docker Hub images without an owner are in library/.',
}

/**
 * Why no node gets an image that is locked against pulls, or why its name stays its own, at any of the three levels, each of which has locks of its own
 * (learn.microsoft.com/azure/container-registry/container-registry-image-lock).
 * @param use who uses it, or what should replace it, as a sentence
 */
export function explainLock(
  image: { registry: Registry; repository: string; reference: string },
  { digest, locks = [], writeLocks = [] }: Content,
  use = '',
  against: 'read' | 'write' = 'read',
): ActionError {
  const { registry, repository } = image
  const name = nameImage(image)
  const levels = against === 'read' ? locks : writeLocks
  const [code, effect, instead, again] = lockWords[against]
  const places = {
    repository: ['--repository', repository],
    tag: ['--image', name],
    manifest: ['--image', `${repository}@${digest}`],
  } as const
  const level = `${against}Enabled is false on ${levels.map(each => `its ${each}`).join(' and ')}`
  return new ActionError(
    code,
    {
      what: shortDigest(`${name} on ${registry.name} is locked, so ${effect}`),
      why: level,
      brief: `it is locked: ${level}`,
      more: use && shortDigest(use),
    },
    {
      subject: name,
      resource: registry.id,
      fix: choices(
        {
          text: `Someone has locked it on purpose. Ask who, and why, or ${instead}. To see the lock:`,
          commands: levels.map(each => showLockCommand(registry.id, places[each])),
        },
        {
          text: 'If nobody needs the lock any more, remove it:',
          commands: levels.map(each => unlockCommand(registry.id, places[each], against)),
          caution: `Lets everyone who has a ${again} it again`,
        },
      ),
    },
  )
}

const lockWords = {
  read: ['AZURE_REFUSED', 'no node can pull it', 'deploy another image', 'pull role pull'],
  write: ['IMAGE_CONFLICT', 'no other image replaces it', 'choose another tag', 'push role replace'],
} as const

/** `docker.io/library/nginx:1.27 → nginx:v1 on contosoacr`. */
export function describeImage({ request, registry }: ObservedImage): string {
  const from = formatImageSource(request.source)
  return shortDigest(`${from} → ${nameImageRequest(request)} on ${registry.name}`)
}

/** Shortens digests for display; outputs and the report have them in full. */
export function shortDigest(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/g, '$1…')
}

/**
 * The image that nodes pull if the inputs name none: the pause image of every Kubernetes pod, less than a megabyte for Linux. It is imported once, into a
 * repository of the action's own, and stays there.
 */
export const pauseImage: ImageRequest = {
  text: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2',
  source: { host: 'mcr.microsoft.com', repository: 'oss/v2/kubernetes/pause', tag: '3.10.2', digest: '' },
  repository: 'attach-acr/pause',
  tag: '3.10.2',
  isProbe: true,
}

/** Its platforms, including Windows Server 2019, 2022 and 2025 (mcr.microsoft.com, index of the tag; containerd/containerd issue 13156). */
export const pausePlatforms: readonly Platform[] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  ...['10.0.17763', '10.0.20348', '10.0.26100'].map(osVersion => ({ os: 'windows', arch: 'amd64', osVersion })),
]

/** Whether an image could not be compared with its source, or not even looked up. */
export function isUnread({ status, digest }: { status: string; digest: string }): boolean {
  return status === 'unknown' || (status === 'present' && digest === '')
}

/**
 * The reference to deploy: pinned to the digest, or by tag if the digest could not be read. Empty for a registry that does not exist yet: Azure decides
 * its login server.
 */
export function pinned({
  registry: { loginServer: server },
  repository,
  reference,
  digest,
}: {
  registry: Registry
  repository: string
  reference: string
  digest: string
}): string {
  return server && `${server}/${nameImage({ repository, reference: digest || reference })}`
}
