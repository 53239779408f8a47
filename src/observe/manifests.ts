import type { Observed } from '../model/observed.js'
import { createRoleAssignmentCommand } from '../model/az-commands.js'
import { ActionError, cancelled, isAbort } from '../model/error.js'
import { parseImageSource } from '../model/image.js'
import { groupBy } from '../model/lists.js'
import { describePlace, type CheckedManifest, type FoundManifest, type ManifestImage } from '../model/manifest.js'
import { pullRole, type Registry } from '../model/registry.js'
import type { AzureContext } from '../services/context.js'
import { isForbidden, isNotFound, isUnauthorized } from '../services/arm/errors.js'
import { whyUnreadable } from '../services/registry/errors.js'

/**
 * Looks whether each image of the manifests that lives in one of the registries exists there. Never throws: what was
 * cancelled is not known.
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
        await azure.content.read(registry.loginServer, repository, reference, azure.signal)
        return { ...check, status: 'present' }
      } catch (error) {
        if (isAbort(error)) return { ...check, status: 'unknown', error: cancelled(error) }
        if (isNotFound(error)) return { ...check, status: 'missing', error: missing(check) }
        return {
          ...check,
          status: 'unknown',
          ...(!nodesDecide && { error: unreadable(azure, image, registry, error) }),
        }
      }
    }),
  )
}

function missing({ image, registry: { name }, repository }: FoundManifest): ActionError {
  return new ActionError('IMAGE_NOT_FOUND', `${image.text} does not exist. It is named in ${describePlace(image)}.`, {
    subject: name,
    fix: `Push or import it before the deployment, or correct the manifest. What the registry has:\n  az acr repository show-tags --name ${name} --repository ${repository} --output table`,
  })
}

function unreadable(azure: AzureContext, image: ManifestImage, registry: Registry, error: unknown): ActionError {
  const { caller } = azure
  const failure = `Whether ${image.text} exists could not be read: ${whyUnreadable(error, registry)}. It is named in ${describePlace(image)}.`
  const command = createRoleAssignmentCommand({ ...caller, role: pullRole(registry).name, scope: registry.id })
  const fix = isUnauthorized(error)
    ? `Give it the role, or set verify: pull, which lets the nodes tell:\n  ${command.replaceAll('\n', '\n  ')}`
    : 'Let the runner through to the registry, or set verify: pull, which lets the nodes tell:\n' +
      `  az acr network-rule list --name ${registry.name} --output table`
  const code = isUnauthorized(error) || isForbidden(error) ? 'AUTHORIZATION_FAILED' : 'AZURE_UNAVAILABLE'
  return new ActionError(code, failure, { subject: registry.name, fix, cause: error })
}

/** The images of manifests that live in one of these registries, each once. */
export function findInRegistries(images: ManifestImage[], registries: Registry[]): FoundManifest[] {
  const found = images.flatMap(image => {
    const host = image.text.split('/', 1)[0]?.toLowerCase()
    const registry = registries.find(({ loginServer }) => loginServer.toLowerCase() === host)
    if (!registry) return []
    const { repository = '', tag = '', digest = '' } = parseImageSource(image.text) ?? {}
    return [{ image, registry, repository, reference: digest || tag }]
  })
  return [...groupBy(found, ({ image }) => image.text).values()].flatMap(same => {
    const constraints = same.map(({ image }) => image.constraints)
    const areKnown = constraints.every(each => each !== undefined)
    return same.slice(0, 1).map(first => ({ ...first, ...(areKnown && { constraints }) }))
  })
}

/** That some images were left alone, if any were. */
export function noteElsewhere(images: ManifestImage[], checked: readonly CheckedManifest[]): string[] {
  const count = new Set(images.map(({ text }) => text)).size
  const others = count - checked.length
  return others > 0
    ? [`${others} of ${count} images of the manifests live in other registries, and were not looked at`]
    : []
}
