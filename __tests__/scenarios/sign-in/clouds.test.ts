import { describe, expect } from 'vitest'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

const github = 'pipelines.actions.githubusercontent.com'

describe('a national cloud', () => {
  it.for([
    [
      'AzureUSGovernment',
      ['management.usgovcloudapi.net', 'login.microsoftonline.us'],
      'api://AzureADTokenExchangeUSGov',
      'contosoacr.azurecr.us',
    ],
    [
      'AzureChinaCloud',
      ['management.chinacloudapi.cn', 'login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
      'api://AzureADTokenExchangeChina',
      'contosoacr.azurecr.cn',
    ],
  ] as const)('%s is accessed only at its own hosts', async ([cloud, hosts, audience, loginServer], { begin }) => {
    const { attach, grants } = await begin({ cloud })
    const end = await attach({ environment: cloud.toLowerCase(), registry: loginServer })
    expectAttached(end, { changed: true })
    expect(end.requests.find(({ host }) => host === github)?.query.audience).toBe(audience)
    for (const { host } of end.requests) expect([github, ...hosts]).toContain(host)
    expect(end.outputs['registry-login-server']).toBe(loginServer)
    expect(grants()).toHaveLength(1)
    expectAttached(await attach({ environment: cloud }), { changed: false })
  })

  it('rejects a tenant of the public cloud', async ({ begin }) => {
    const { attach, world, deployer, simulator } = await begin()
    world.addFederatedCredential(deployer, { subject: simulator.subject, audience: 'api://AzureADTokenExchangeUSGov' })
    const end = await attach({ environment: 'AzureUSGovernment' })
    expectFailure(end, 'SIGN_IN_FAILED')
  })
})
