import type { Observed } from '../model/observed.js'
import { ActionError, cancelled, isAbort, isNotFound } from '../model/error.js'
import { fix, joinFixes } from '../model/fix.js'
import { parseImageSource } from '../model/image.js'
import { groupBy } from '../model/lists.js'
import { describePlace, type CheckedManifest, type FoundManifest, type ManifestImage } from '../model/manifest.js'
import { loginServerOf, type Registry } from '../model/registry.js'
import type { AzureContext } from '../services/context.js'

/**
 * Checks whether each image of the manifests that is in one of the registries exists there. Never throws: what was
 * cancelled is unknown.
 * @param nodesDecide whether nodes pull the images afterwards: then it does no harm that the runner can't read the registry
 */
export async function checkManifests(
  azure: AzureContext,
  images: ManifestImage[],
  registries: Observed['registries'],
  nodesDecide: boolean,
): Promise<CheckedManifest[]> {
  const existing = registries.flatMap(lookup =>
    'found' in lookup && lookup.found.registry.exists ? lookup.found.registry : [],
  )
  return Promise.all(
    findInRegistries(images, existing).map(async (check): Promise<CheckedManifest> => {
      const { image, registry, repository, reference } = check
      try {
        await azure.content.read(registry, repository, reference, azure.signal)
        return { ...check, status: 'present' }
      } catch (error) {
        if (isAbort(error)) return { ...check, status: 'unknown', error: cancelled(error) }
        if (!(error instanceof ActionError)) throw error
        if (isNotFound(error)) return { ...check, status: 'missing', error: missing(check, error) }
        return { ...check, status: 'unknown', ...(!nodesDecide && { error: unreadable(image, error) }) }
      }
    }),
  )
}

function missing({ image }: FoundManifest, error: ActionError): ActionError {
  const message = `${image.text} does not exist. It is named in ${describePlace(image)}.`
  return error.with({ code: 'IMAGE_NOT_FOUND', message })
}

function unreadable(image: ManifestImage, error: ActionError): ActionError {
  const message = `Whether ${image.text} exists is not known: ${error.reason}. It is named in ${describePlace(image)}.`
  const advice = fix('With verify: pull the nodes pull it, and the runner does not have to read the registry.')
  return error.with({ message, fix: joinFixes(advice, error.fix) })
}

/** The images of manifests that live in one of these registries, each once. */
export function findInRegistries(images: ManifestImage[], registries: Registry[]): FoundManifest[] {
  const found = images.flatMap(image => {
    const { host = '', repository = '', tag = '', digest = '' } = parseImageSource(image.text) ?? {}
    const server = loginServerOf(host)
    const registry = registries.find(({ loginServer }) => loginServer.toLowerCase() === server)
    if (!registry) return []
    return [{ image, registry, repository, reference: digest || tag }]
  })
  return [...groupBy(found, ({ image }) => image.text).values()].flatMap(same => {
    const constraints = same.map(({ image }) => image.constraints)
    const areKnown = constraints.every(each => each !== undefined)
    return same.slice(0, 1).map(first => ({ ...first, ...(areKnown && { constraints }) }))
  })
}
