import { clouds, type Cloud } from '../../model/clouds.js'

/**
 * One cloud in `/metadata/endpoints` (api-version 2022-09-01; the fields that azure-cli, terraform and kubelogin read).
 */
function describe(cloud: Cloud): Record<string, unknown> {
  const [coreAudience = '', audience = ''] = cloud.armAudiences
  return {
    portal: cloud.portal,
    authentication: {
      loginEndpoint: `https://${cloud.loginHosts[0]}`,
      audiences: [`${coreAudience}/`, `${audience}/`],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    graphAudience: `https://${cloud.graphHost}/`,
    graph: `https://${cloud.graphHost}/`,
    name: cloud.name,
    suffixes: { acrLoginServer: cloud.registrySuffix },
    resourceManager: `https://${cloud.armHost}/`,
    microsoftGraphResourceId: `https://${cloud.graphHost}/`,
  }
}

/** The answer to `GET /metadata/endpoints`: an array up to 2019-05-01, then a single object. */
export function cloudMetadata(cloud: Cloud, apiVersion: string): unknown {
  return apiVersion <= '2019-05-01' ? Object.values(clouds).map(describe) : describe(cloud)
}
