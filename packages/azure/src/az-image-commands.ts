import { shell } from './az.js'
import { acrCommand } from './az-commands.js'

export function listTagsCommand(registryId: string, repository: string): string {
  return acrCommand('repository show-tags', registryId, shell`--repository ${repository} --output table`)
}

/** @param image `repository:tag` or `repository@digest` */
export function showImageCommand(registryId: string, image: string): string {
  return acrCommand('repository show', registryId, shell`--image ${image}`)
}

/** Lists the manifests of a repository, newest first. */
export function listManifestsCommand(registryId: string, repository: string): string {
  return acrCommand('manifest list-metadata', registryId, shell`--name ${repository} --orderby time_desc`)
}
