import { acrCommand, type Registry } from 'azure'
import { ActionError, fix } from 'kernel'

/** Why nothing can be said about who can pull from a registry; undefined if it can. @param isCheck whether nothing will be written, either */
export function refuseRegistry(registry: Registry, isCheck = false): ActionError | undefined {
  if (registry.phase === 'deleting') return refuseLeavingRegistry(registry)
  if (registry.phase === 'creating' && isCheck) return refuseComingRegistry(registry)
  return registry.unknownMode ? refuseUnknownMode(registry, registry.unknownMode) : undefined
}

/** The mode decides which roles allow pulling, so neither yes nor no is known. */
function refuseUnknownMode({ id, name }: Registry, mode: string): ActionError {
  const message = `${name} is in the role assignment mode ${mode}, which this version of the action does not know: it can't tell which roles allow pulling there.`
  return new ActionError('AZURE_REFUSED', message, {
    subject: name,
    resource: id,
    fix: fix(
      'Use a newer version of the action, or leave this registry out. Its current mode:',
      acrCommand('show', id, '--query roleAssignmentMode'),
    ),
  })
}

/** The registry is going, and with it its images and role assignments: it is neither attached nor missing. */
function refuseLeavingRegistry({ id, name }: Pick<Registry, 'id' | 'name'>): ActionError {
  return new ActionError('AZURE_REFUSED', `${name} is being deleted, so nodes can't rely on pulling from it.`, {
    subject: name,
    resource: id,
    fix: fix(
      `Take it out of the inputs, or leave it out of * with the line !${name}. If it is created again, run this step after that. Its current state:`,
      acrCommand('show', id, '--query provisioningState'),
    ),
  })
}

/** What it lacks may be on its way. */
function refuseComingRegistry({ id, name }: Registry): ActionError {
  return new ActionError('AZURE_REFUSED', `${name} is being created, so nobody can tell yet what it lacks.`, {
    subject: name,
    resource: id,
    fix: fix(
      'Run this step again once it is created. Its current state:',
      acrCommand('show', id, '--query provisioningState'),
    ),
  })
}
