import type { Caller } from 'azure'
import type { ErrorCode } from 'kernel'

/** What a request to Azure Resource Manager is about, for the error message if it fails. */
export interface Asked {
  /** What failed then, as a sentence without its full stop: `The registry contosoacr could not be read`. */
  failure: string
  /** Resource ID that the request is about. */
  scope: string
  /** Name of the resource; by default the last segment of the scope. */
  subject?: string
  /** Azure's name of the action, for refusals that do not name it. */
  action: string
  /** Code for a 404, if a missing resource can be a mistake in the inputs. */
  notFound?: ErrorCode | undefined
  /** The role assignment that the request creates or deletes. */
  assignment?: { principalId: string; principalType: string; roleId: string; role: string }
}

export interface ArmAttempt extends Asked {
  /** The signed-in principal. */
  caller: Caller
}

/** The scope of a resource group or, if that is empty, of a subscription. */
export function scopeOf(subscriptionId: string, resourceGroup = ''): string {
  return `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`
}

/** `resource group rg-shop`, or the subscription if there is none. */
export function namePlace(subscriptionId: string, resourceGroup = ''): string {
  return resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`
}

/** Describes a request to list something in such a scope. */
export function toList(what: string, scope: string, action: string, notFound?: ErrorCode): Asked {
  const [, , subscriptionId = '', , resourceGroup = `subscription ${subscriptionId}`] = scope.split('/')
  return { failure: `${what} of ${resourceGroup} could not be listed`, scope, action, notFound }
}

/** Describes a request to read something: `toRead('The registry contosoacr', …)`. */
export function toRead(what: string, scope: string, action: string, notFound?: ErrorCode): Asked {
  return { failure: `${what} could not be read`, scope, action, notFound }
}
