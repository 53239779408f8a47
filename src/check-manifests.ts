import { isForbidden, isNotFound, isUnauthorized } from './azure-errors.js'
import { createRoleAssignmentCommand } from './az-commands.js'
import { pullRole } from './find-role.js'
import { ActionError, isAbort } from './errors.js'
import { describePlace, type ManifestImage } from './kubernetes/manifests.js'
import type { AzureContext } from './lookup.js'
import { findInRegistries, type FoundManifest, type ManifestCheck } from './probe-images.js'
import type { Registry } from './state.js'
import { whyUnreadable } from './unreadable.js'

/** How an image of the manifests stands, with the error that it makes. */
export interface CheckedManifest extends ManifestCheck {
  error?: ActionError
}

/**
 * Looks whether each image of the manifests that lives in one of the registries exists there. Only a cancelled job throws.
 * @param nodesDecide whether nodes pull the images afterwards: then it does no harm that the runner can't read the registry
 */
export async function checkManifests(
  azure: AzureContext,
  images: ManifestImage[],
  registries: Registry[],
  nodesDecide: boolean,
): Promise<CheckedManifest[]> {
  return Promise.all(
    findInRegistries(images, registries).map(async (check): Promise<CheckedManifest> => {
      const { image, registry, repository, reference } = check
      try {
        await azure.content.read(registry.loginServer, repository, reference, azure.signal)
        return { ...check, status: 'present' }
      } catch (error) {
        if (isAbort(error)) throw error
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
