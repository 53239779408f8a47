/** The three public clouds. */
export type CloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud'

export interface Cloud {
  readonly name: CloudName
  readonly armHost: string
  /** Audiences that Azure Resource Manager accepts; clients also send them with a trailing slash. */
  readonly armAudiences: readonly string[]
  /** The first host is the one in `authorization_uri`; all of them answer. */
  readonly loginHosts: readonly [string, ...string[]]
  readonly tokenIssuerHost: string
  readonly graphHost: string
  readonly registrySuffix: string
  readonly clusterSuffix: string
  /** The usual audience of federated credentials in this cloud (MSAL and azure-docs samples). */
  readonly federationAudience: string
  readonly portal: string
}

export const clouds: Readonly<Record<CloudName, Cloud>> = {
  AzureCloud: {
    name: 'AzureCloud',
    armHost: 'management.azure.com',
    armAudiences: ['https://management.core.windows.net', 'https://management.azure.com'],
    loginHosts: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    tokenIssuerHost: 'sts.windows.net',
    graphHost: 'graph.microsoft.com',
    registrySuffix: 'azurecr.io',
    clusterSuffix: 'azmk8s.io',
    federationAudience: 'api://AzureADTokenExchange',
    portal: 'https://portal.azure.com',
  },
  AzureUSGovernment: {
    name: 'AzureUSGovernment',
    armHost: 'management.usgovcloudapi.net',
    armAudiences: ['https://management.core.usgovcloudapi.net', 'https://management.usgovcloudapi.net'],
    loginHosts: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    tokenIssuerHost: 'sts.windows.net',
    graphHost: 'graph.microsoft.us',
    registrySuffix: 'azurecr.us',
    clusterSuffix: 'cx.aks.containerservice.azure.us',
    federationAudience: 'api://AzureADTokenExchangeUSGov',
    portal: 'https://portal.azure.us',
  },
  AzureChinaCloud: {
    name: 'AzureChinaCloud',
    armHost: 'management.chinacloudapi.cn',
    armAudiences: ['https://management.core.chinacloudapi.cn', 'https://management.chinacloudapi.cn'],
    loginHosts: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    tokenIssuerHost: 'sts.chinacloudapi.cn',
    graphHost: 'microsoftgraph.chinacloudapi.cn',
    registrySuffix: 'azurecr.cn',
    clusterSuffix: 'cx.prod.service.azk8s.cn',
    federationAudience: 'api://AzureADTokenExchangeChina',
    portal: 'https://portal.azure.cn',
  },
}
