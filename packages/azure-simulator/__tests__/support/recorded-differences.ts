/** Intended differences in shape between recorded answers and the simulator's, each with its reason. */
export const differences: readonly {
  /** Recordings, by name. */
  readonly recordings: RegExp
  /** Output of `compareShapes`. */
  readonly lines: RegExp
  readonly reason: string
}[] = [
  {
    recordings: /^(acr_checkhealth_1|arm_resources_list)/,
    lines: /^body\/value\/\*\/identity: only recorded/,
    reason: 'One of the recorded registries had an identity of its own; ours have none.',
  },
  {
    recordings: /^acr_registries_list/,
    lines: /\/regionalEndpointHostNames\/\*: only recorded/,
    reason: 'The recorded registry had regional endpoints enabled, which ours never have.',
  },
  {
    recordings: /^aks_/,
    lines: /^body\/properties\/linuxProfile: only recorded/,
    reason: 'The recorded clusters were created with an SSH key; ours are as with `--no-ssh-key`.',
  },
  {
    recordings: /^aks_/,
    lines: /\/(workloadRuntime|enablePodSecurityPolicy|dockerBridgeCidr): only recorded/,
    reason: 'Left the API after 2022; the answer of 2025 has none of them.',
  },
  {
    recordings: /^aks_/,
    lines: /\/effectiveOutboundIPs: only recorded/,
    reason: 'There are no public IP addresses here. The 2025 recording has none either, as its creation was aborted.',
  },
  {
    recordings: /^aks_(get_200_(msi|serviceprincipal|userassigned)|update)/,
    lines:
      /\/(scaleDownMode|upgradeSettings|securityProfile|supportPlan|networkPluginMode|networkPolicy|networkDataplane|backendPoolType|autoUpgradeProfile|oidcIssuerProfile|workloadAutoScalerProfile|resourceUID|metricsProfile|bootstrapProfile|currentOrchestratorVersion|currentKubernetesVersion|storageProfile): only answered/,
    reason: 'Came after 2022, when these were recorded; the answer of 2025 has all of them.',
  },
  {
    recordings: /^aks_(get_200|update)/,
    lines: /\/(kind|hostedSystemProfile|nodeProvisioningProfile): only answered/,
    reason: 'Came after 2025; azure-service-operator recorded them in September 2026 (api-version 2026-05-01).',
  },
  {
    recordings: /^aks_get_200_serviceprincipal/,
    lines: /\/(tags|nodeLabels): only recorded/,
    reason: 'The recorded cluster had tags and node labels.',
  },
  {
    recordings: /^aks_get_200_userassigned/,
    lines: /\/vnetSubnetID: only recorded/,
    reason: 'The recorded cluster was put into a network of its owner; ours have the one that AKS makes.',
  },
  {
    recordings: /^aks_update/,
    lines: /^body\/properties\/autoScalerProfile: only recorded/,
    reason: 'The recorded update was one of the autoscaler, which our clusters do not have.',
  },
  {
    recordings: /^arm_error_404_subscriptionnotfound_quoted/,
    lines: /^(content-type|x-ms-failure-cause): /,
    reason: 'A quote, whose headers were not copied in full; other recorded 404s of ARM have both.',
  },
  {
    recordings: /^graph_applications/,
    lines: /\/identifierUris\/\*: only recorded/,
    reason: 'The recorded application had a URI of its own; ours have none.',
  },
  {
    recordings: /^ra_(list_atscope_200_2019|put_201_retry)/,
    lines: /\/(condition|conditionVersion|delegatedManagedIdentityResourceId|description): only answered/,
    reason: 'Recorded with api-version 2018-09-01-preview, which did not know them; 2022-04-01 answers them.',
  },
  {
    recordings: /^rd_list_all/,
    lines: /\/(notActions|notDataActions)\/\*: only answered/,
    reason: 'An excerpt of the list, with the registry roles only, which exclude nothing.',
  },
]
