import { arm, textOf, type Answer } from '../../src/client.js'
import {
  accessToken,
  addMember,
  assign,
  checkMemberGroups,
  createRegistry,
  deleteRegistry,
  endImport,
  exchange,
  getCluster,
  getRegistry,
  guid,
  listAtScope,
  listPrincipal,
  listRole,
  patchMode,
  pollCluster,
  pollRegistry,
  principalFilter,
  roleAssignmentList,
  setStage,
  startCommand,
  startImport,
  untilDone,
  updateCluster,
} from './recorded-steps.js'

/** How to repeat each recorded exchange. */
export const replays: Readonly<Record<string, (version: string) => Promise<Answer>>> = {
  async acr_checkhealth_1_arm_resources_list_200_excerpt() {
    const { send, subscription } = await setStage()
    const $filter = "resourceType eq 'Microsoft.ContainerRegistry/registries'"
    return send('GET', arm(`${subscription.id}/resources`, '2024-11-01', { $filter }))
  },
  async acr_checkhealth_2_dataplane_v2_401() {
    const { client, registry } = await setStage()
    return client.get(`https://${registry.loginServer}/v2/`)
  },
  acr_checkhealth_3_dataplane_oauth2_exchange_200: async () => exchange(await setStage()),
  acr_checkhealth_4_dataplane_oauth2_token_200_repository_scope: async () =>
    accessToken(await setStage(), 'repository:hello-world:pull,push,metadata_write,metadata_read,delete'),
  async acr_dataplane_manifest_get_200_excerpt() {
    const stage = await setStage()
    const { client, registry } = stage
    registry.images.push('azure-cli', 'latest', { format: 'docker' })
    const token = textOf((await accessToken(stage, 'repository:azure-cli:pull')).json.access_token)
    const accept = 'application/vnd.docker.distribution.manifest.v2+json'
    const url = `https://${registry.loginServer}/v2/azure-cli/manifests/latest`
    return client.send('GET', url, { token, headers: { accept } })
  },
  acr_import_1_post_202: async () => (await startImport('null')).first,
  acr_import_nowait_post_202: async () => (await startImport('null')).first,
  acr_import_2026_1_post_202: async () => (await startImport('empty')).first,
  acr_import_2026_2_poll_202_pending: async () => (await startImport('empty')).poll(),
  acr_import_2026_3_poll_200_succeeded: () => endImport('empty'),
  acr_import_2_poll_200_succeeded: () => endImport('null'),
  async acr_registries_list_subscription_200_excerpt(version) {
    const { send, subscription, group } = await setStage()
    group.addRegistry('premiumacr', { sku: 'Premium' })
    return send('GET', arm(`${subscription.id}/providers/Microsoft.ContainerRegistry/registries`, version))
  },
  acr_registry_abac_get_200: version => getRegistry(version, { roleAssignmentMode: 'AbacRepositoryPermissions' }),
  acr_registry_get_200_rbac_mode_2026: version => getRegistry(version, { sku: 'Basic' }),
  acr_registry_get_200_standard: version => getRegistry(version),
  acr_registry_show_200_2026: version => getRegistry(version),
  acr_registry_abac_put_1_201_creating: async version => {
    const properties = { roleAssignmentMode: 'AbacRepositoryPermissions' }
    return (await createRegistry({ sku: { name: 'Standard' }, properties }, version, 60_000)).first
  },
  acr_registry_abac_patch_to_abac_200: version => patchMode('AbacRepositoryPermissions', version),
  acr_registry_abac_patch_to_legacy_200: version => patchMode('LegacyRegistryPermissions', version),
  async acr_registry_delete_200_synchronous(version) {
    const { send, registry } = await setStage()
    return send('DELETE', arm(registry.id, version))
  },
  acr_delete_lro_poll_202_location_rotates: async version => (await deleteRegistry(version)).poll(),
  async acr_delete_lro_poll_200_end(version) {
    const { stage, poll } = await deleteRegistry(version)
    stage.world.passTime(60_000)
    return untilDone(poll, ({ status }) => status === 200)
  },
  acr_registry_put_1_201_creating: async version =>
    (await createRegistry({ sku: { name: 'Standard' } }, version, 60_000)).first,
  acr_registry_put_200_synchronous_2026: async version =>
    (await createRegistry({ sku: { name: 'Standard' } }, version)).first,
  acr_registry_abac_put_2_poll_200_succeeded: pollRegistry,
  acr_registry_put_2_poll_200_succeeded: pollRegistry,
  aks_get_200_msi: () => getCluster(),
  aks_get_200_msi_canceled_no_identityprofile_2025: () =>
    getCluster({ withoutIdentityProfile: true, provisioningState: 'Canceled' }),
  aks_get_200_serviceprincipal: () => getCluster({ identity: 'ServicePrincipal' }),
  aks_get_200_userassigned_controlplane: () => getCluster({ identity: 'UserAssigned' }),
  aks_update_1_put_200_updating: async () => (await updateCluster(0)).first,
  aks_abort_lro_1_poll_200_succeeded_2025: () => pollCluster(0, 'Succeeded'),
  async aks_abort_lro_2_final_location_204_2025() {
    const { send, group } = await setStage()
    const stopped = group.addCluster('aks-stopped', { powerState: 'Stopped' })
    const started = await send('POST', arm(`${stopped.id}/start`, '2025-03-01'))
    return send('GET', textOf(started.headers.location))
  },
  aks_create_lro_first_poll_200_inprogress_2023: () => pollCluster(60_000, 'InProgress'),
  aks_create_lro_poll_200_inprogress: () => pollCluster(60_000, 'InProgress'),
  aks_create_lro_poll_200_succeeded: () => pollCluster(0, 'Succeeded'),
  aks_scale_lro_poll_200_inprogress: () => pollCluster(60_000, 'InProgress'),
  aks_scale_lro_poll_200_succeeded: () => pollCluster(0, 'Succeeded'),
  aks_update_2_poll_200_inprogress: () => pollCluster(60_000, 'InProgress'),
  aks_update_3_poll_200_succeeded: () => pollCluster(0, 'Succeeded'),
  async aks_listclusterusercredential_200() {
    const { send, cluster } = await setStage()
    return send('POST', arm(`${cluster.id}/listClusterUserCredential`, '2025-03-01'))
  },
  aks_runcommand_1_post_202: async () => (await startCommand()).first,
  aks_runcommand_2_poll_202_running: async () => {
    const { stage, first } = await startCommand(60_000)
    return stage.send('GET', textOf(first.headers.location))
  },
  aks_runcommand_3_poll_200_succeeded: async () => {
    const { stage, first } = await startCommand()
    return untilDone(
      () => stage.send('GET', textOf(first.headers.location)),
      ({ status }) => status === 200,
    )
  },
  async aks_update_4_final_get_200_succeeded() {
    const { stage } = await updateCluster(0)
    return stage.send('GET', arm(stage.cluster.id, '2025-03-01'))
  },
  async arm_error_403_authorizationfailed_quoted() {
    const stage = await setStage()
    for (const assignment of [...stage.world.roleAssignments])
      if (assignment.scope !== stage.group.id) stage.world.assignments.remove(assignment)
    return assign(stage, stage.group.id, 1, {})
  },
  async arm_error_403_linkedauthorizationfailed() {
    const { send, registry, world } = await setStage()
    const other = world.addSubscription().addResourceGroup('rg-other').addRegistry('otheracr')
    other.images.push('team/app', 'v1')
    const body = { source: { resourceId: other.id, sourceImage: 'team/app:v1' }, targetTags: ['team/app:v1'] }
    return send('POST', arm(`${registry.id}/importImage`, '2025-11-01'), { body })
  },
  async arm_error_404_resourcegroupnotfound() {
    const { send, subscription } = await setStage()
    return send('GET', arm(`${subscription.id}/resourcegroups/rg-none`, '2024-11-01'))
  },
  async arm_error_404_resourcenotfound() {
    const { send, cluster } = await setStage()
    return send('GET', arm(`${cluster.id}-none`, '2025-03-01'))
  },
  async arm_error_404_subscriptionnotfound_quoted() {
    const { send } = await setStage()
    return send(
      'GET',
      arm(`/subscriptions/${guid(1)}/providers/Microsoft.ContainerService/managedClusters`, '2025-03-01'),
    )
  },
  async arm_error_429_resourcerequeststhrottled_quoted() {
    const { send, subscription, world } = await setStage()
    const none = { size: 0, refillPerSecond: 1 }
    world.throttling = { reads: none, writes: none, deletes: none }
    return send('GET', arm(subscription.id, '2022-12-01'))
  },
  async arm_resourcegroup_delete_202() {
    const { send, group } = await setStage()
    return send('DELETE', arm(group.id, '2024-11-01'))
  },
  async arm_resourcegroup_get_200() {
    const { send, group } = await setStage()
    Object.assign(group.tags, { product: 'shop', cause: 'test', date: 'today' })
    return send('GET', arm(group.id, '2024-11-01'))
  },
  async arm_resourcegroup_head_204_exists() {
    const { send, group } = await setStage()
    return send('HEAD', arm(group.id, '2024-11-01'))
  },
  async arm_resourcegroup_head_404() {
    const { send, subscription } = await setStage()
    return send('HEAD', arm(`${subscription.id}/resourcegroups/rg-none`, '2024-11-01'))
  },
  async arm_resources_list_by_type_acr_200_excerpt() {
    const { send, subscription } = await setStage()
    const $filter = "resourceType eq 'Microsoft.ContainerRegistry/registries'"
    return send('GET', arm(`${subscription.id}/resources`, '2024-11-01', { $filter }))
  },
  async graph_applications_filter_by_appid_200() {
    const { graph, deployer } = await setStage()
    return graph('GET', `/applications?$filter=appId%20eq%20'${deployer.clientId}'`)
  },
  graph_checkmembergroups_200_direct: () => checkMemberGroups('direct'),
  graph_checkmembergroups_200_not_member: () => checkMemberGroups('none'),
  graph_checkmembergroups_200_sp_member: () => checkMemberGroups('direct'),
  graph_checkmembergroups_200_transitive: () => checkMemberGroups('nested'),
  async graph_error_403_authorization_requestdenied() {
    const { client, world } = await setStage()
    const stranger = world.addApplication('stranger', { secrets: ['s3cret'] })
    const form = {
      client_id: stranger.clientId,
      client_secret: 's3cret',
      scope: 'https://graph.microsoft.com/.default',
    }
    const { json } = await client.requestToken(form)
    const url = "https://graph.microsoft.com/v1.0/servicePrincipals?$filter=displayName eq 'x'"
    return client.send('GET', url, { token: textOf(json.access_token) })
  },
  async graph_getmembergroups_200_two() {
    const { world, cluster, graph } = await setStage()
    const { objectId } = cluster.kubeletIdentity
    const inner = world.addGroup('inner', { members: [objectId] })
    world.addGroup('outer', { members: [inner.objectId] })
    return graph('POST', `/servicePrincipals/${objectId}/getMemberGroups`, { securityEnabledOnly: false })
  },
  graph_group_member_add_ref_204: addMember,
  graph_group_member_add_sp_ref_204: addMember,
  async graph_group_member_remove_ref_204() {
    const { world, cluster, graph } = await setStage()
    const { objectId } = cluster.kubeletIdentity
    const pullers = world.addGroup('pullers', { members: [objectId] })
    return graph('DELETE', `/groups/${pullers.objectId}/members/${objectId}/$ref`)
  },
  async graph_group_members_list_200() {
    const { world, graph } = await setStage()
    const inner = world.addGroup('inner')
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    return graph('GET', `/groups/${outer.objectId}/members`)
  },
  async graph_group_members_list_200_empty() {
    const { world, graph } = await setStage()
    return graph('GET', `/groups/${world.addGroup('empty').objectId}/members`)
  },
  async graph_group_owner_add_again_400_quoted() {
    const { world, cluster, graph } = await setStage()
    const { objectId } = cluster.kubeletIdentity
    const pullers = world.addGroup('pullers', { owners: [objectId] })
    const body = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${objectId}` }
    return graph('POST', `/groups/${pullers.objectId}/owners/$ref`, body)
  },
  async graph_groups_filter_200_empty() {
    const { graph } = await setStage()
    return graph('GET', "/groups?$filter=displayName%20eq%20'none'%20and%20mailNickname%20eq%20'none'")
  },
  async graph_sp_filter_by_appid_200() {
    const { deployer, graph } = await setStage()
    return graph('GET', `/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'${deployer.clientId}')`)
  },
  async graph_sp_get_by_objectid_200() {
    const { deployer, graph } = await setStage()
    return graph('GET', `/servicePrincipals/${deployer.objectId}`)
  },
  async graph_users_filter_upn_200() {
    const { graph, world } = await setStage()
    world.addUser('tester123')
    return graph('GET', "/users?$filter=userPrincipalName%20eq%20'tester123@contoso.onmicrosoft.com'")
  },
  async msi_put_userassignedidentity_201() {
    const { send, group } = await setStage()
    const url = arm(`${group.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/new`, '2023-01-31')
    return send('PUT', url, { body: { location: 'westus' } })
  },
  async ra_delete_200() {
    const stage = await setStage()
    await assign(stage, stage.group.id, 1, { principalType: 'ServicePrincipal' })
    return stage.send('DELETE', stage.assignments(stage.group.id, guid(1)))
  },
  ra_list_atscope_200_2019_excerpt: listAtScope,
  ra_list_atscope_200_inherited_excerpt: listAtScope,
  async ra_list_principalid_200_empty_after_delete() {
    const stage = await setStage()
    return roleAssignmentList(stage, stage.subscription.id, principalFilter(stage))
  },
  ra_list_principalid_200_one: () => listPrincipal('subscription'),
  ra_list_principalid_at_resourcegroup_200: () => listPrincipal('group'),
  ra_list_principalid_at_subscription_200_child_scope: () => listPrincipal('subscription'),
  async ra_put_201_retry_after_principalnotfound() {
    const stage = await setStage()
    return assign(stage, stage.subscription.id, 4, {})
  },
  async ra_put_201_serviceprincipal() {
    const stage = await setStage()
    return assign(stage, stage.group.id, 1, { principalType: 'ServicePrincipal' })
  },
  async ra_put_201_user() {
    const stage = await setStage()
    const principalId = stage.world.addUser('tester123').objectId
    return assign(stage, stage.group.id, 1, { principalId, principalType: 'User' })
  },
  async ra_put_400_principalnotfound() {
    const stage = await setStage()
    return assign(stage, stage.subscription.id, 3, { principalId: guid(9) })
  },
  async ra_put_409_roleassignmentexists() {
    const stage = await setStage()
    await assign(stage, stage.subscription.id, 6, {})
    return assign(stage, stage.subscription.id, 7, {})
  },
  async rd_list_all_200_acr_roles_excerpt() {
    const { send, group } = await setStage()
    return send('GET', arm(`${group.id}/providers/Microsoft.Authorization/roleDefinitions`, '2022-05-01-preview'))
  },
  rd_list_rolename_contributor_200: () => listRole('Contributor'),
  rd_list_rolename_reader_200: () => listRole('reader'),
}
