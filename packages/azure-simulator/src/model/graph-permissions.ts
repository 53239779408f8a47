/** Application ID of Microsoft Graph in every tenant. */
export const graphAppId = '00000003-0000-0000-c000-000000000000'

/**
 * Microsoft Graph's application permissions that the simulator supports, with their IDs and names
 * (learn.microsoft.com/graph/permissions-reference). They are app roles of its service principal, which has hundreds
 * more.
 */
export const graphPermissions: Readonly<Record<string, { id: string; displayName: string }>> = {
  'AppRoleAssignment.ReadWrite.All': {
    id: '06b708a9-e830-4db3-a914-8e69da51d44f',
    displayName: 'Manage app permission grants and app role assignments',
  },
  'Application.Read.All': { id: '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30', displayName: 'Read all applications' },
  'Application.ReadWrite.All': {
    id: '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9',
    displayName: 'Read and write all applications',
  },
  'Application.ReadWrite.OwnedBy': {
    id: '18a4783c-866b-4cc7-a460-3d5e5662c884',
    displayName: 'Manage apps that this app creates or owns',
  },
  'Directory.Read.All': { id: '7ab1d382-f21e-4acd-a863-ba3e13f7da61', displayName: 'Read directory data' },
  'Directory.ReadWrite.All': {
    id: '19dbc75e-c2e2-444c-a770-ec69d8559fc7',
    displayName: 'Read and write directory data',
  },
  'Group.Read.All': { id: '5b567255-7703-4780-807c-7be8301ae99b', displayName: 'Read all groups' },
  'Group.ReadWrite.All': { id: '62a82d76-70ea-41e2-9197-370581804d09', displayName: 'Read and write all groups' },
  'GroupMember.Read.All': { id: '98830695-27a2-44f7-8c18-0c3ebc9698f6', displayName: 'Read all group memberships' },
  'GroupMember.ReadWrite.All': {
    id: 'dbaae8cf-10b5-4b86-a4a1-f871c94c6695',
    displayName: 'Read and write all group memberships',
  },
  'RoleManagement.ReadWrite.Directory': {
    id: '9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8',
    displayName: 'Read and write all directory RBAC settings',
  },
  'User.Read.All': { id: 'df021288-bdef-4463-88db-98f22de89214', displayName: "Read all users' full profiles" },
  'User.ReadBasic.All': { id: '97235f07-e226-4f63-ace3-39588e11d3a1', displayName: "Read all users' basic profiles" },
  'User.ReadWrite.All': {
    id: '741f803b-c850-494e-b5df-cde7c675a1ca',
    displayName: "Read and write all users' full profiles",
  },
}
