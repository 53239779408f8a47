import { option, raw, shell } from './az.js'
import { acrCommand } from './az-commands.js'

export function listTagsCommand(registryId: string, repository: string): string {
  return acrCommand('repository show-tags', registryId, shell`--repository ${repository} --output table`)
}

/** @param image `repository:tag` or `repository@digest` */
export function showImageCommand(registryId: string, image: string): string {
  return acrCommand('repository show', registryId, shell`--image ${image}`)
}

/** What has a lock of its own: `--image` with `repository:tag` or `repository@digest`, or `--repository`. */
type LockedPlace = readonly [option: string, value: string]

export function showLockCommand(registryId: string, [name, value]: LockedPlace): string {
  return acrCommand('repository show', registryId, shell`${option(name, value)} --query changeableAttributes`)
}

/** Takes the lock that lets nobody pull, or push. */
export function unlockCommand(registryId: string, [name, value]: LockedPlace, against: 'read' | 'write'): string {
  return acrCommand('repository update', registryId, shell`${option(name, value)} --${raw(against)}-enabled true`)
}

/** Lists the manifests of a repository, newest first. */
export function listManifestsCommand(registryId: string, repository: string): string {
  return acrCommand('manifest list-metadata', registryId, shell`--name ${repository} --orderby time_desc`)
}
