import { describe, expect } from 'vitest'
import { it } from '../support/machine.js'

describe('az ad app', () => {
  it.concurrent('creates and updates an application', async ({ begin }) => {
    const { az, simulator } = await begin({ clients: ['az'], azAs: 'owner' })
    const { appId } = await az<{ appId: string }>(['ad', 'app', 'create', '--display-name', 'gh-attach-acr'])
    const update = ['ad', 'app', 'update', '--id', appId]
    expect(await az([...update, '--display-name', 'gh-renamed'])).toBeUndefined()
    await az([...update, '--web-redirect-uris', 'https://contoso.com/callback', '--enable-id-token-issuance', 'true'])
    expect(await az(['ad', 'app', 'show', '--id', appId])).toMatchObject({
      displayName: 'gh-renamed',
      web: {
        homePageUrl: null,
        redirectUris: ['https://contoso.com/callback'],
        implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: false },
      },
    })
    const updates = simulator.requests.filter(({ method }) => method === 'PATCH')
    expect(updates.map(({ status }) => status)).toEqual([204, 204])
  })

  it.concurrent('is refused an update without permission', async ({ begin }) => {
    const { azFails, deployer } = await begin({ clients: ['az'] })
    const { stderr } = await azFails(['ad', 'app', 'update', '--id', deployer.clientId, '--display-name', 'mine'])
    expect(stderr).toContain('Insufficient privileges to complete the operation.')
  })
})
