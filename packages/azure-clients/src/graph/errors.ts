import { az, describeCaller, findServicePrincipalCommand } from 'azure'
import { briefly, type ActionError, fix, type AzureAnswer, type Fix } from 'kernel'
import { armRules } from '../arm/errors.js'
import type { Attempt } from '../ask.js'
import { oneLine } from '../http/answers.js'
import { rule, type Rule } from '../rule.js'

/** A request to Microsoft Graph. */
export interface GraphAttempt extends Attempt {
  /** The code of a refusal; by default by whether it is about a group. */
  refused?: ActionError['code']
  /** The application permission that the caller lacks then, or what does in its place. */
  needs: string
  /** Does the same by hand, for someone with more permissions. */
  command: string
  /** The group to change or read. */
  groupId?: string
  /** The member to add, remove or read. */
  objectId?: string
}

/** Refusals of Microsoft Graph, before those of Azure Resource Manager. */
export const graphRules: Rule<AzureAnswer, GraphAttempt>[] = [
  rule(
    // The group or the identity may be seconds old. Only the text shows it: the code is Request_BadRequest.
    /objects? being referenced (do|does) not exist|reference-property objects are not present/i,
    {
      code: 'PRINCIPAL_NOT_FOUND',
      recovers: true,
      sentence: 'Microsoft Graph does not know the group or the identity',
    },
    (_, { groupId, objectId }) =>
      briefly(
        'Check their object IDs: one was deleted, or belongs to another tenant.',
        'To see which:',
        ...(groupId ? [az`ad group show --group ${groupId}`] : []),
        ...(objectId ? [findServicePrincipalCommand('id', objectId)] : []),
      ),
  ),
  rule(
    ({ status, isForeign }) => status === 403 && isForeign !== true,
    {
      code: (_, { groupId, refused = groupId ? 'GROUP_ACCESS_DENIED' : 'AUTHORIZATION_FAILED' }) => refused,
      sentence: (_, { caller }) =>
        `${describeCaller(caller)} lacks a permission in Microsoft Graph, where Azure roles do not count`,
    },
    (_, { needs, command }) =>
      briefly(
        `Ask a tenant administrator to grant it the application permission ${needs}.`,
        'Someone who has it already can run this once instead:',
        command,
      ),
  ),
  rule(
    // A refusal to change a member that isn't about the permission is about the group.
    ({ status }, { groupId, objectId }) => status === 400 && groupId !== undefined && objectId !== undefined,
    'GROUP_ACCESS_DENIED',
    otherGroup("See Microsoft Graph's reason in the message above."),
  ),
  ...armRules,
]

/** The properties of a group that decide how its members can be changed. */
export interface DirectoryGroup {
  displayName?: string | null
  groupTypes?: string[] | null
  isAssignableToRole?: boolean | null
  mailEnabled?: boolean | null
  onPremisesSyncEnabled?: boolean | null
}

/**
 * What a refusal to change a member says about the group, for a caller that can't read it (microsoftgraph/microsoft-graph-docs issue 14827). The code is
 * always Request_BadRequest.
 */
export function readGroup(message: string): DirectoryGroup {
  return {
    mailEnabled: /mail-enabled/i.test(message),
    onPremisesSyncEnabled: /on-premises mastered/i.test(message),
  }
}

type GroupAttempt = Required<Pick<GraphAttempt, 'groupId' | 'command'>>

/** Kinds of groups whose members can't be changed in the usual way (learn.microsoft.com/graph/api/group-post-members). */
export const groupRules: Rule<DirectoryGroup, GroupAttempt>[] = [
  rule(
    ({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === true,
    groupThat('is synchronised from an on-premises directory, where its members are managed'),
    otherGroup("A managed identity can't be a member there."),
  ),
  rule(
    ({ groupTypes }) => groupTypes?.includes('DynamicMembership') === true,
    groupThat('has dynamic membership: a rule decides who its members are'),
    otherGroup('Change the rule so that it includes the identity.'),
  ),
  rule(
    ({ mailEnabled }) => mailEnabled === true,
    groupThat("is mail-enabled, and Microsoft Graph can't change the members of such groups"),
    otherGroup('Its members are managed in Exchange, which has no managed identities.'),
  ),
  rule(
    ({ isAssignableToRole }) => isAssignableToRole === true,
    groupThat('is role-assignable, so its members could become administrators'),
    (_, { command }) => [
      'Changing its members also needs the application permission RoleManagement.ReadWrite.Directory, or ownership of the group: too much for pulling ' +
        'images. Have someone with that permission run this once, or use a security group that is not role-assignable.',
      command,
    ],
  ),
]

function groupThat(predicate: string) {
  return {
    code: 'GROUP_ACCESS_DENIED' as const,
    sentence: ({ displayName }: DirectoryGroup, { groupId }: GroupAttempt) =>
      `the group ${oneLine(displayName ?? groupId)} ${predicate}`,
  }
}

function otherGroup(advice: string): Fix {
  return fix(
    `${advice} Or use a cloud-only security group with assigned members:`,
    az`ad group create --display-name acr-pullers --mail-nickname acr-pullers --query id --output tsv`,
  )
}
