import { az } from '../../model/az.js'
import { isAbort, type ActionError } from '../../model/error.js'
import { fix, type Fix } from '../../model/fix.js'
import { oneLine } from '../../model/foreign-text.js'
import type { Clients } from '../arm/clients.js'

/** The properties of a group that decide how its members can be changed. */
interface Group {
  displayName?: string | null
  groupTypes?: string[] | null
  isAssignableToRole?: boolean | null
  mailEnabled?: boolean | null
  onPremisesSyncEnabled?: boolean | null
}

/** Kinds of groups whose members can't be changed in the usual way (learn.microsoft.com/graph/api/group-post-members). */
const kinds: { is: (group: Group) => boolean; what: string; advice: string; isForOthers?: true }[] = [
  {
    is: ({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === true,
    what: 'is synchronised from an on-premises directory, where its members are kept',
    advice: "A managed identity can't be a member there.",
  },
  {
    is: ({ groupTypes }) => groupTypes?.includes('DynamicMembership') === true,
    what: 'has dynamic membership: a rule decides who is in it',
    advice: 'Change the rule so that it includes the identity.',
  },
  {
    is: ({ mailEnabled }) => mailEnabled === true,
    what: 'is mail-enabled, and Microsoft Graph does not change the members of such groups',
    advice: 'Its members are changed in Exchange, which has no managed identities.',
  },
  {
    is: ({ isAssignableToRole }) => isAssignableToRole === true,
    what: 'is role-assignable, so that its members may become administrators',
    advice:
      'Changing its members also needs the application permission RoleManagement.ReadWrite.Directory, or ownership of the group: too much for pulling ' +
      'images. Let someone who has it do this once by hand, or use a security group that is not role-assignable.',
    isForOthers: true,
  },
]

/**
 * Explains why the members of a group can't be changed, where that is because of its kind; read only after a refusal. Undefined where the kind is
 * not the reason or can't be read.
 */
export async function explainGroupKind(
  { graph }: Clients,
  {
    groupId,
    failure,
    command,
  }: { groupId: string; failure: string; /** What someone who may can run. */ command: string },
  refusal: ActionError,
  abortSignal: AbortSignal,
): Promise<ActionError | undefined> {
  const path = `/v1.0/groups/${groupId}?$select=displayName,groupTypes,isAssignableToRole,mailEnabled,onPremisesSyncEnabled`
  const group = await graph.get<Group>(path, abortSignal).catch((error: unknown) => {
    if (isAbort(error)) throw error
    return undefined
  })
  const kind = group && kinds.find(({ is }) => is(group))
  if (!kind) return undefined
  const reason = `the group ${oneLine(group.displayName ?? groupId)} ${kind.what}`
  const advice: Fix = kind.isForOthers
    ? fix(kind.advice, command)
    : fix(
        `${kind.advice} Or take a security group of the cloud with assigned members:`,
        az`ad group create --display-name acr-pullers --mail-nickname acr-pullers --query id --output tsv`,
      )
  return refusal.with({ code: 'GROUP_ACCESS_DENIED', message: `${failure}: ${reason}.`, reason, fix: advice })
}
