export interface Cloud {
  name: CloudName
  /** Azure Resource Manager, without a trailing slash: the SDKs append `/.default` to it to make the token scope. */
  resourceManager: string
  /** Microsoft Entra ID. */
  authorityHost: string
  /** Microsoft Graph, without a trailing slash. */
  graph: string
  /** Suffix of all login servers in the cloud. */
  registrySuffix: string
  /** Default audience of GitHub ID tokens for federated credentials. */
  tokenAudience: string
}

export const cloudNames = ['AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud'] as const

export type CloudName = (typeof cloudNames)[number]

// Hosts: azure-cli `core/cloud.py`. Audiences: learn.microsoft.com/entra/workload-id/workload-identity-federation.
// China: MSAL itself turns login.chinacloudapi.cn into login.partner.microsoftonline.cn.
const clouds: Record<CloudName, Cloud> = {
  AzureCloud: {
    name: 'AzureCloud',
    resourceManager: 'https://management.azure.com',
    authorityHost: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    registrySuffix: '.azurecr.io',
    tokenAudience: 'api://AzureADTokenExchange',
  },
  AzureUSGovernment: {
    name: 'AzureUSGovernment',
    resourceManager: 'https://management.usgovcloudapi.net',
    authorityHost: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    registrySuffix: '.azurecr.us',
    tokenAudience: 'api://AzureADTokenExchangeUSGov',
  },
  AzureChinaCloud: {
    name: 'AzureChinaCloud',
    resourceManager: 'https://management.chinacloudapi.cn',
    authorityHost: 'https://login.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    registrySuffix: '.azurecr.cn',
    tokenAudience: 'api://AzureADTokenExchangeChina',
  },
}

export function cloudOf(name: CloudName): Cloud {
  return clouds[name]
}

/** Issues tokens for the identities of a virtual machine, in every cloud (learn.microsoft.com/azure/virtual-machines/instance-metadata-service). */
export const metadataService = 'http://169.254.169.254/'
