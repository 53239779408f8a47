import type { Operation } from './state.js'

/** What an operation is about: `AcrPull on contosoacr for aks-prod-1`. */
export function describeOperation(operation: Operation): string {
  switch (operation.operation) {
    case 'create-registry':
      return `registry ${operation.registry.name} (${operation.sku})`
    case 'create-role-assignment':
    case 'update-role-assignment': {
      const { role, registry, target, principalType, principalId, condition } = operation
      const holder = principalType === 'Group' ? `group ${principalId}` : target.name
      return `${role.name} on ${registry.name} for ${holder}${condition ? ', limited to repositories' : ''}`
    }
    case 'delete-role-assignment':
      return `${operation.role} on ${operation.registry.name} for ${operation.target.name}`
    case 'add-group-member':
    case 'remove-group-member':
      return `membership of ${operation.target.name} in group ${operation.groupId}`
  }
}

/** `Registry x could not be created`, to begin a sentence with. */
export function describeFailure(operation: Operation): string {
  const text = describeOperation(operation)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} could not be ${describeEffect(operation)}`
}

/** What an operation does to it: `created`. */
export function describeEffect({ operation }: Operation): string {
  return effects[operation]
}

const effects: Record<Operation['operation'], string> = {
  'create-registry': 'created',
  'create-role-assignment': 'created',
  'update-role-assignment': 'updated',
  'delete-role-assignment': 'deleted',
  'add-group-member': 'added',
  'remove-group-member': 'removed',
}
