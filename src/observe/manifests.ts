import type { Finding, Unknown } from '../model/finding.js'
import type { Observed } from '../model/observed.js'
import { cancelled, isAbort, isNotFound, type ActionError } from '../model/error.js'
import { fix, joinFixes } from '../model/fix.js'
import { parseImageSource } from '../model/image.js'
import { groupBy } from '../model/lists.js'
import {
  describePlace,
  type CheckedManifest,
  type FoundManifest,
  type ManifestImage,
  type ManifestUse,
} from '../model/manifest.js'
import { attempt, valuesOf } from '../model/result.js'
import { loginServerOf, type Registry } from '../model/registry.js'
import type { Inputs } from '../model/inputs.js'
import type { AzureContext } from '../services/context.js'
import { findElsewhere } from './elsewhere.js'

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
  {
    manifests: images,
    manifestDoubts,
    verify,
    cloud,
  }: Pick<Inputs, 'manifests' | 'manifestDoubts' | 'verify' | 'cloud'>,
): Promise<CheckedManifests> {
  // If nodes pull the images afterwards, the runner doesn't need to read the registry.
  const nodesDecide = verify === 'pull'
  const existing = valuesOf(registries).flatMap(({ registry }) => (registry.exists ? registry : []))
  const manifests = await Promise.all(
    findInRegistries(images, existing).map(async (check): Promise<CheckedManifest> => {
      const { image, registry, repository, reference } = check
      try {
        const { error } = await attempt(azure.content.read(registry, repository, reference, azure.signal))
        if (!error) return { ...check, status: 'present' }
        if (isNotFound(error)) return { ...check, status: 'missing', error: missing(check, error) }
        return { ...check, status: 'unknown', ...(!nodesDecide && { error: unreadable(image, error) }) }
      } catch (thrown) {
        if (!isAbort(thrown)) throw thrown
        return { ...check, status: 'unknown', error: cancelled(thrown) }
      }
    }),
  )
  return { manifests, unknown: manifestDoubts, ...findElsewhere(images, manifests, registries, cloud) }
}

function missing({ image }: FoundManifest, error: ActionError): ActionError {
  const message = `${image.text} does not exist. It is used in ${describePlace(image)}.`
  return error.with({ code: 'IMAGE_NOT_FOUND', message })
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
  return [...groupBy(found, ({ image }) => image.text).values()].flatMap(same => {
    const ofAccounts = groupBy(same, ({ image }) => image.account ?? '')
    const uses = [...ofAccounts].map(([account, own]): ManifestUse => {
      const constraints = own.map(({ image }) => image.constraints)
      const areKnown = constraints.every(each => each !== undefined)
      return { ...(account && { account }), ...(areKnown && { constraints }) }
    })
    return same.slice(0, 1).map(first => ({ ...first, uses }))
  })
}
