import { ActionError, fix, type AzureAnswer } from 'kernel'
import { az, inSubscriptionOf } from './az.js'
import type { Target } from './target.js'

/**
 * The error about something that only another tenant can know or do: in `check` it is neither drift nor fine.
 * @param failure what could not be done or checked, as a sentence without its full stop
 * @param resource what belongs to the other tenant
 * @param why who is not in the directory of the tenant signed in to, as the subject of a clause; or, at a registry of another tenant, why the step can't
 * see or assign roles there, as a clause
 * @param identity the one that pulls: an application can have a service principal in each tenant
 */
export function unknowable(
  failure: string,
  { id, name }: { id: string; name: string },
  why: { who: string } | { reason: string; azure?: AzureAnswer | undefined },
  identity?: Pick<Target['identity'], 'clientId' | 'isApplication'>,
): ActionError {
  // learn.microsoft.com/azure/container-registry/authenticate-aks-cross-tenant
  const multiTenant = `make the application ${identity?.clientId ?? ''} multi-tenant, create its service principal in the tenant of the registry, and assign the role to that one (learn.microsoft.com/azure/container-registry/authenticate-aks-cross-tenant)`
  const [can, rather] = identity?.isApplication
    ? ['A service principal can be given access across tenants', multiTenant]
    : ["A managed identity can't be given access across tenants", undefined]
  const { reason, azure, advice } =
    'who' in why
      ? {
          reason: `${why.who} may belong to another tenant, whose directory this step does not see`,
          azure: undefined,
          advice: `Sign in to the tenant that ${name} belongs to (input tenant-id). ${can}: if the registry is in another one, ${rather ?? 'import the images into a registry there'}. The tenant:`,
        }
      : {
          reason: why.reason,
          azure: why.azure,
          advice: `${can}: ${rather ?? 'import the images into a registry in the tenant of the cluster'}. The tenant of ${name}:`,
        }
  return new ActionError(
    'PRINCIPAL_NOT_FOUND',
    { what: failure, why: reason },
    {
      ...{ subject: name, resource: id, azure, isUnknowable: true },
      // `homeTenantId`, because `tenantId` is the one of the signed-in account there (azure-cli `_profile.py`).
      fix: fix(advice, az`account show ${inSubscriptionOf(id)} --query homeTenantId --output tsv`),
    },
  )
}
