import { nameOf, shortDigest, type ObservedImage } from '../../model/image.js'
import type { Registry } from '../../model/registry.js'
import { azureMessage, isForbidden, isUnauthorized } from '../arm/errors.js'

/** Why a registry's content can't be read, and what would let it be. */
export function whyUnreadable(error: unknown, { name, roleAssignmentMode }: Registry): string {
  if (isForbidden(error)) return `the firewall of ${name} does not let the runner in`
  if (isUnauthorized(error)) {
    const role = roleAssignmentMode === 'ABAC' ? 'Container Registry Repository Reader' : 'AcrPull'
    return `the signed-in identity lacks ${role} on ${name}`
  }
  return azureMessage(error) || (error instanceof Error ? error.message : String(error))
}

/** The note about an image that can't be read where it is, or is to be. */
export function describeUnreadable(
  { request, registry }: Pick<ObservedImage, 'request' | 'registry'>,
  why: string,
): string {
  return shortDigest(`the digest of ${nameOf(request)} on ${registry.name} can't be read: ${why}`)
}
