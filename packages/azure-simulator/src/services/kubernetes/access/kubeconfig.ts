// The kubeconfig that AKS issues for a cluster.
import { stringify } from 'yaml'
import type { CloudName } from '../../../model/clouds.js'
import { accessOf } from '../../../world/cluster-access.js'
import type { Cluster } from '../../../world/clusters.js'
import { aksServerApplication } from '../../tokens/access-tokens.js'

/** Client application of AKS-managed Entra integration, the same in every tenant. */
const aksClientApplication = '80faf920-1908-4b52-b5ef-a8e7bedfc67a'

/** kubelogin's names of the clouds (Azure/kubelogin, go-autorest). */
const environments: Readonly<Record<CloudName, string>> = {
  AzureCloud: 'AzurePublicCloud',
  AzureUSGovernment: 'AzureUSGovernmentCloud',
  AzureChinaCloud: 'AzureChinaCloud',
}

export interface KubeconfigOptions {
  /** PEM. */
  readonly certificate: string
  readonly account: 'clusterUser' | 'clusterAdmin'
  readonly user: Record<string, unknown>
  /** Host of the API server; private clusters have two. */
  readonly server?: string | undefined
}

/** A kubeconfig in AKS' format (recorded `aks_listclusterusercredential_200`). */
export function createKubeconfig(cluster: Cluster, { certificate, account, user, server }: KubeconfigOptions): string {
  const { fqdn, privateFqdn } = accessOf(cluster)
  const { name } = cluster
  const userName = `${account}_${cluster.resourceGroup}_${name}`
  const authority = Buffer.from(certificate).toString('base64')
  return stringify(
    {
      apiVersion: 'v1',
      clusters: [
        {
          cluster: {
            'certificate-authority-data': authority,
            server: `https://${server ?? privateFqdn ?? fqdn}:443`,
          },
          name,
        },
      ],
      contexts: [{ context: { cluster: name, user: userName }, name }],
      'current-context': name,
      kind: 'Config',
      preferences: {},
      users: [{ name: userName, user }],
    },
    { lineWidth: 0 },
  )
}

/** The user of a cluster with Entra ID: kubelogin gets the token (azure-docs `aks/kubelogin-authentication`). */
export function entraUser(cloud: CloudName, tenantId: string, format: string): Record<string, unknown> {
  const environment = environments[cloud]
  if (format === 'azure') {
    return {
      'auth-provider': {
        config: {
          'apiserver-id': aksServerApplication,
          'client-id': aksClientApplication,
          'config-mode': '1',
          environment,
          'tenant-id': tenantId,
        },
        name: 'azure',
      },
    }
  }
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      args: [
        'get-token',
        ...['--environment', environment],
        ...['--server-id', aksServerApplication],
        ...['--client-id', aksClientApplication],
        ...['--tenant-id', tenantId],
        ...['--login', 'devicecode'],
      ],
      command: 'kubelogin',
      env: null,
      installHint:
        '\nkubelogin is not installed which is required to connect to AAD enabled cluster.\n\nTo learn more, please go to https://aka.ms/aks/kubelogin\n',
      provideClusterInfo: false,
    },
  }
}
