import { ActionError, fix, type AzureAnswer, unknowableDetail as detail } from 'kernel'
import { az, inSubscriptionOf } from './az.js'

interface Unknowable {
  /** What could not be done or checked, as a sentence without its full stop. */
  failure: string
  /** Who belongs to another tenant, as the subject of a clause. */
  who: string
  /** The resource that it is about. */
  resource: { id: string; name: string }
}

const showTenantCommand = (id: string): string =>
  // `tenantId` is the one of the signed-in account there (azure-cli `_profile.py`).
  az`account show ${inSubscriptionOf(id)} --query homeTenantId --output tsv`

/** The error about an identity that the directory of the tenant signed in to can't know: in `check` it is neither drift nor fine. */
export function unknowable({ failure, who, resource: { id, name } }: Unknowable): ActionError {
  const reason = `${who} is not known to belong to the tenant that this step is signed in to, and only its own directory knows it`
  return new ActionError('PRINCIPAL_NOT_FOUND', `${failure}: ${reason}.`, {
    subject: name,
    resource: id,
    failure,
    reason,
    detail,
    fix: fix(
      `Sign in to the tenant that ${name} belongs to (input tenant-id). A managed identity can't be given access across tenants: if the registry is in another one, import the images into a registry there. The tenant:`,
      showTenantCommand(id),
    ),
  })
}

/**
 * The error about roles at a registry of another tenant, which only that tenant can see and assign: in `check` it is neither drift nor fine.
 * @param reason why the step can't do it, as a clause
 */
export function unreachable(
  failure: string,
  reason: string,
  { id, name }: { id: string; name: string },
  azure?: AzureAnswer,
): ActionError {
  return new ActionError('PRINCIPAL_NOT_FOUND', `${failure}: ${reason}.`, {
    subject: name,
    resource: id,
    failure,
    reason,
    azure,
    detail,
    fix: fix(
      `A managed identity can't be given access across tenants: import the images into a registry in the tenant of the cluster. The tenant of ${name}:`,
      showTenantCommand(id),
    ),
  })
}
