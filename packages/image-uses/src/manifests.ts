import { loginServerOf, parseImageSource, type Cloud, type Registry } from 'azure'
import type { AzureContext } from 'azure-clients'
import {
  ActionError,
  distinctOf,
  fix,
  groupBy,
  isAlmost,
  joinFixes,
  nameSome,
  type Finding,
  type Unknown,
  valuesOf,
  warning,
} from 'kernel'
import {
  describePlace,
  type CheckedManifest,
  type FoundManifest,
  type Inputs,
  type ManifestImage,
  type ManifestUse,
  type Observed,
} from 'run-model'
import { lookUpImage } from './lookup.js'

interface CheckedManifests {
  manifests: CheckedManifest[]
  findings: Finding[]
  notes: string[]
  /** What may be wrong with the files. */
  unknown: Unknown[]
}

/** Checks whether the images of the manifests exist, if they are in one of the registries. Never throws: after a cancellation, they are unknown. */
export async function checkManifests(
  azure: AzureContext,
  registries: Observed['registries'],
  inputs: Pick<Inputs, 'manifests' | 'manifestDoubts' | 'verify' | 'cloud'>,
): Promise<CheckedManifests> {
  const { manifests: images, manifestDoubts, verify, cloud } = inputs
  // If nodes pull the images afterwards, the runner doesn't need to read the registry.
  const nodesDecide = verify === 'pull'
  const existing = valuesOf(registries).flatMap(({ registry }) => (registry.exists ? registry : []))
  const manifests = await Promise.all(
    findInRegistries(images, existing).map(async (check): Promise<CheckedManifest> => {
      const { image, registry, repository, reference } = check
      const seen = await lookUpImage(azure, registry, repository, reference)
      if (seen.kind === 'found') return { ...check, status: 'present' }
      const { error } = seen
      if (seen.kind === 'missing' || !error) return { ...check, status: 'missing', error: missing(check, error) }
      if (error.code === 'CANCELLED') return { ...check, status: 'unknown', error }
      return { ...check, status: 'unknown', ...(!nodesDecide && { error: unreadable(image, error) }) }
    }),
  )
  return { manifests, unknown: manifestDoubts, ...findElsewhere(images, manifests, registries, cloud) }
}

function missing({ image }: FoundManifest, error?: ActionError): ActionError {
  const message = `${image.text} does not exist. It is used in ${describePlace(image)}.`
  return error?.with({ code: 'IMAGE_NOT_FOUND', message }) ?? new ActionError('IMAGE_NOT_FOUND', message)
}

function unreadable(image: ManifestImage, error: ActionError): ActionError {
  const message = `Could not check whether ${image.text} exists: ${error.reason}. It is used in ${describePlace(image)}.`
  const advice = fix('Set verify: pull. Then the nodes pull it, and the runner does not need to read the registry.')
  return error.with({ message, fix: joinFixes(advice, error.fix) })
}

/** Selects the images of manifests that are in one of these registries, each once. */
export function findInRegistries(images: ManifestImage[], registries: Registry[]): FoundManifest[] {
  const found = images.flatMap(image => {
    const { host = '', repository = '', tag = '', digest = '' } = parseImageSource(image.text) ?? {}
    const server = loginServerOf(host)
    const registry = registries.find(({ loginServer }) => loginServer.toLowerCase() === server)
    if (!registry) return []
    return [{ image, registry, repository, reference: digest || tag }]
  })
  return [...groupBy(found, ({ image }) => image.text).values()].map(same => {
    const ofAccounts = groupBy(same, ({ image }) => image.account ?? '')
    const uses = [...ofAccounts].map(([account, own]): ManifestUse => {
      const constraints = own.map(({ image }) => image.constraints)
      const areKnown = constraints.every(each => each !== undefined)
      return { ...(account && { account }), ...(areKnown && { constraints }) }
    })
    return { ...same[0], uses }
  })
}

/** Maximum number of images named in a message. */
const maxNamed = 3

/**
 * Reports images of the manifests that were not checked. A warning if they may belong to one of the registries: their host is another Azure registry or
 * almost the same, or their name is only known when pods are created. A note for the others.
 */
function findElsewhere(
  images: readonly ManifestImage[],
  checked: readonly CheckedManifest[],
  registries: Observed['registries'],
  cloud: Cloud,
): { findings: Finding[]; notes: string[] } {
  const known = new Set(checked.map(({ image }) => image.text))
  const servers = valuesOf(registries).map(({ registry }) => registry.loginServer)
  const others = distinctOf(images, ({ text }) => text).filter(({ text }) => !known.has(text))
  const hosts = groupBy(others, ({ text }) => loginServerOf(parseImageSource(text)?.host ?? ''))
  const findings: Finding[] = []
  const plain: ManifestImage[] = []
  for (const [host, onHost] of hosts) {
    const meant = servers.find(server => isAlmost(host, server.toLowerCase()))
    if (!host) findings.push(...onHost.map(filledInLater))
    else if (meant || host.endsWith(cloud.registrySuffix)) findings.push(inOther(host, onHost, meant))
    else plain.push(...onHost)
  }
  return { findings, notes: noteElsewhere(plain) }
}

function inOther(host: string, images: ManifestImage[], meant: string | undefined): Finding {
  const named = images.slice(0, maxNamed).map(image => `${image.text} (${describePlace(image)})`)
  const more = images.length > maxNamed ? ` and ${images.length - maxNamed} more` : ''
  const why = meant ? `, which is almost ${meant}` : ", an Azure registry that isn't listed in the registry input"
  return warning(
    'IMAGE_NOT_PROBED',
    host,
    `The manifests use images from ${host}${why}. They were not checked: ${named.join('; ')}${more}.`,
    fix(
      meant
        ? 'Correct the host in the manifests, if it is a typo.'
        : 'If the clusters pull from it, add it to the registry input.',
    ),
  )
}

function filledInLater(image: ManifestImage): Finding {
  return warning(
    'IMAGE_NOT_PROBED',
    image.text,
    `${image.text} could not be checked: its name is only known when the pod is created (${describePlace(image)}).`,
    fix('To check the images that it stands for, add them to probe-image or images.'),
  )
}

function noteElsewhere(images: ManifestImage[]): string[] {
  const names = images.map(({ text }) => text)
  if (names.length === 0) return []
  if (names.length === 1) return [`${names.join()} is in another registry and was not checked`]
  const some = nameSome(names, maxNamed)
  return [`${names.length} images of the manifests are in other registries and were not checked: ${some}`]
}
