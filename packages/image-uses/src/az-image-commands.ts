import { acrCommand, option, shell } from 'azure'

/** Lists the manifests of a repository that soft delete keeps, which a registry does even if the repository is gone. */
export function listDeletedCommand(registryId: string, repository: string): string {
  return acrCommand('manifest list-deleted', registryId, shell`--name ${repository}`)
}

/** Restores a manifest that soft delete keeps, and its tag. Without a digest, the one that was deleted last. @param name `repository`, or `repository:tag` */
export function restoreManifestCommand(registryId: string, name: string, digest: string): string {
  return acrCommand('manifest restore', registryId, shell`--name ${name} ${option('--digest', digest)}`)
}

/** Imports an image into a registry, which also gives an image of the registry itself another tag. @param target `repository:tag` */
export function importCommand(registryId: string, source: string, target: string): string {
  return acrCommand('import', registryId, shell`--source ${source} ${target.includes('@') ? [] : ['--image', target]}`)
}
