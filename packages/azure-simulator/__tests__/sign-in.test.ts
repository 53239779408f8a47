import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import type { CloudName } from '../src/index.js'
import { parseClaimsExpression, wrongClaims } from '../src/model/claims-matching.js'
import { createContoso } from '../src/contoso.js'
import { arm, connect, textOf } from '../src/client.js'
import { start, takeProblems, type Fixture } from './support/fixture.js'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Requests an ARM token with an ID token, and with a test's changes. */
async function ask(fixture: Fixture, form: Record<string, string> = {}, options?: { tenant?: string; host?: string }) {
  return fixture.client.requestToken(
    {
      client_id: fixture.deployer.clientId,
      scope: 'https://management.azure.com/.default',
      client_assertion_type: assertionType,
      client_assertion: await fixture.client.idToken(),
      ...form,
    },
    options,
  )
}

describe('GitHub OIDC', () => {
  it.each([
    [{}, 'repo:contoso/shop:ref:refs/heads/main'],
    [{ environment: 'production' }, 'repo:contoso/shop:environment:production'],
    [{ eventName: 'pull_request' }, 'repo:contoso/shop:pull_request'],
    [{ ref: 'refs/tags/v1', immutableSubject: true }, 'repo:contoso@9919/shop@1296269:ref:refs/tags/v1'],
  ])('presents the subject of the run %o', async (runner, subject) => {
    const { client, simulator } = await start({ runner })
    const claims = decodeJwt(await client.idToken('api://AzureADTokenExchange'))
    expect(claims).toMatchObject({
      sub: subject,
      aud: 'api://AzureADTokenExchange',
      iss: 'https://token.actions.githubusercontent.com',
      repository: 'contoso/shop',
      run_id: '1658821493',
    })
    expect(simulator.subject).toBe(subject)
  })

  it('refuses a wrong request token', async () => {
    const { client, simulator } = await start()
    const answer = await client.get(`${simulator.runner.requestUrl}&audience=x`, 'wrong')
    expect(answer.status).toBe(401)
    expect(takeProblems(simulator)).toHaveLength(1)
  })

  it('leaves the endpoint out of the environment of a job without id-token: write', async () => {
    const { simulator } = await start({ runner: { idToken: false } })
    expect(Object.keys(simulator.runnerEnvironment).filter(name => name.startsWith('ACTIONS_ID_TOKEN_'))).toEqual([])
  })

  it('publishes its keys', async () => {
    const { client } = await start()
    const answer = await client.get('https://token.actions.githubusercontent.com/.well-known/jwks')
    expect(answer.json).toMatchObject({ keys: [{ kty: 'RSA', alg: 'RS256' }] })
  })
})

describe('Entra', () => {
  it('issues a token that names its principal', async () => {
    const fixture = await start()
    const answer = await ask(fixture)
    expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 3599 })
    expect(decodeJwt(textOf(answer.json.access_token))).toMatchObject({
      aud: 'https://management.azure.com',
      appid: fixture.deployer.clientId,
      oid: fixture.deployer.objectId,
      tid: fixture.world.tenantId,
      app_displayname: 'gh-deployer',
      iss: `https://sts.windows.net/${fixture.world.tenantId}/`,
    })
  })

  it('accepts a user-assigned identity with a federated credential', async () => {
    const fixture = await start()
    const identity = fixture.group.addUserAssignedIdentity('deployer', {
      federatedCredentials: [
        {
          issuer: 'https://token.actions.githubusercontent.com',
          subject: fixture.simulator.subject,
          audience: 'api://AzureADTokenExchange',
        },
      ],
    })
    const answer = await ask(fixture, { client_id: identity.clientId })
    expect(decodeJwt(textOf(answer.json.access_token)).oid).toBe(identity.objectId)
  })

  it('accepts a user-assigned identity with a flexible credential, until it is deleted', async () => {
    const fixture = await start()
    const { client, deployer, group, simulator, world } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: group.id })
    const identity = group.addUserAssignedIdentity('flexible')
    const token = await client.signIn(deployer)
    const url = arm(`${identity.id}/federatedIdentityCredentials/main`, '2025-01-31-preview')
    const put = (whose: object) => {
      const properties = { issuer: 'https://token.actions.githubusercontent.com', ...whose }
      return client.send('PUT', url, {
        token,
        body: { properties: { ...properties, audiences: ['api://AzureADTokenExchange'] } },
      })
    }
    const tooWide = `claims['sub'] eq '${simulator.subject}' and claims['job_workflow_ref'] matches '*'`
    const [lacking, claimsMatchingExpression] = [tooWide, `${tooWide} and claims['repository_id'] eq '1296269'`].map(
      value => ({ value, languageVersion: 1 }),
    )
    expect((await put({ claimsMatchingExpression: lacking })).json.error).toEqual({
      code: 'InvalidRequestContent',
      message: wrongClaims('https://token.actions.githubusercontent.com'),
    })
    expect((await put({ claimsMatchingExpression, subject: simulator.subject })).status).toBe(400)
    expect((await put({ claimsMatchingExpression })).json.properties).toMatchObject({ claimsMatchingExpression })
    expect((await ask(fixture, { client_id: identity.clientId })).status).toBe(200)
    const remove = async () => (await client.send('DELETE', url, { token })).status
    expect([await remove(), await remove()]).toEqual([200, 204])
    expect((await ask(fixture, { client_id: identity.clientId })).status).not.toBe(200)
  })

  it('accepts a resource with a trailing slash, and a secret', async () => {
    const contoso = createContoso()
    contoso.deployer.secrets.push('s3cret')
    const { client, deployer } = await start({ contoso })
    const form = { client_id: deployer.clientId, scope: 'https://management.core.windows.net//.default' }
    const answer = await client.requestToken({ ...form, client_secret: 's3cret' })
    expect(decodeJwt(textOf(answer.json.access_token)).aud).toBe('https://management.core.windows.net/')
    const refused = await client.requestToken({ ...form, client_secret: 'wrong' })
    expect(refused.json.error_codes).toEqual([7000215])
  })

  it.each<
    [string, (fixture: Fixture) => Promise<Record<string, string>> | Record<string, string>, number, number, string]
  >([
    [
      'another audience',
      async f => ({ client_assertion: await f.client.idToken('https://github.com/contoso') }),
      700212,
      401,
      "audience 'https://github.com/contoso'",
    ],
    [
      'an unknown application',
      () => ({ client_id: '11111111-1111-1111-1111-111111111111' }),
      700016,
      400,
      "in the directory 'contoso'",
    ],
    [
      'an unknown resource',
      () => ({ scope: 'https://vault.azure.net/.default' }),
      500011,
      400,
      'https://vault.azure.net',
    ],
    ['a malformed token', () => ({ client_assertion: 'nonsense' }), 50027, 400, 'malformed'],
    [
      'a changed token',
      async f => ({ client_assertion: `${(await f.client.idToken()).slice(0, -8)}AAAAAAAA` }),
      700027,
      401,
      'signature',
    ],
    ['a scope without .default', () => ({ scope: 'https://management.azure.com' }), 1002012, 400, '.default'],
  ])('refuses %s', async (_what, change, code, status, text) => {
    const fixture = await start()
    const answer = await ask(fixture, await change(fixture))
    expect(answer.status).toBe(status)
    expect(answer.json.error_codes).toEqual([code])
    expect(answer.json.error_description).toMatch(
      new RegExp(
        `^AADSTS${String(code)}: .* Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: [0-9-]{10} [0-9:]{8}Z$`,
      ),
    )
    expect(answer.json.error_description).toContain(text)
  })

  it('compares the issuer, then the subject, case-sensitively', async () => {
    const fixture = await start()
    const [credential] = fixture.deployer.federatedCredentials
    if (credential === undefined) throw new Error('no credential')
    const replace = async (change: Partial<typeof credential>) => {
      fixture.deployer.federatedCredentials.splice(0, 1, { ...credential, ...change })
      return (await ask(fixture)).json
    }
    // Entra has a separate error for letter case.
    expect(await replace({ subject: 'repo:contoso/shop:ref:refs/heads/Main' })).toMatchObject({
      error_codes: [7002138],
    })
    expect(await replace({ subject: 'repo:contoso/shop:ref:refs/heads/other' })).toMatchObject({
      error_codes: [700213],
    })
    expect(await replace({ issuer: `${credential.issuer}/`, subject: 'other' })).toMatchObject({
      error_codes: [700211],
    })
    fixture.deployer.federatedCredentials.length = 0
    expect((await ask(fixture)).json).toMatchObject({ error_codes: [70025], error: 'invalid_client' })
  })

  it.each<[string, number | undefined]>([
    ["claims['sub'] matches 'repo:contoso/shop:ref:refs/heads/*'", undefined],
    [
      "claims['sub'] matches 'repo:contoso/????:*' and claims['job_workflow_ref'] matches '*@refs/heads/main'",
      undefined,
    ],
    ["claims['sub'] eq 'repo:contoso/shop:ref:refs/heads/main'", undefined],
    ["claims['sub'] eq 'repo:contoso/shop:*'", 7002137],
    ["claims['sub'] matches 'repo:contoso/shop'", 7002137],
    ["claims['sub'] matches 'repo.contoso/shop:*'", 7002137],
    ["claims['sub'] matches '*' and claims['job_workflow_ref'] eq 'another'", 7002137],
    ["claims['sub'] matches '*' and claims['repository_owner_id'] eq '1'", 7002137],
  ])('matches a token’s claims with %s', async (expression, code) => {
    const fixture = await start()
    const [credential] = fixture.deployer.federatedCredentials
    const subject = parseClaimsExpression(`${expression} and claims['repository_id'] eq '1296269'`)
    if (credential === undefined || subject === undefined) throw new Error('no credential')
    fixture.deployer.federatedCredentials.splice(0, 1, { ...credential, subject })
    expect((await ask(fixture)).json.error_codes).toEqual(code && [code])
    fixture.deployer.federatedCredentials.splice(0, 1, { ...credential, subject, audience: 'another' })
    expect((await ask(fixture)).json.error_codes).toEqual([code ?? 700212])
  })

  it.each([
    "claims['actor'] eq 'octocat' and claims['sub'] eq 'a' and claims['repository_id'] eq '1'",
    "claims['sub'] eq 'a'",
    "claims['repository_id'] eq '1'",
    "claims['sub'] startswith 'repo' and claims['repository_id'] eq '1'",
    "claims['sub'] matches 'it''s' and claims['repository_id'] eq '1'",
    "claims['sub'] eq 'a' or claims['sub'] eq 'b' and claims['repository_id'] eq '1'",
    "sub eq 'a'",
    '',
  ])('does not support the expression %s', expression => {
    expect(parseClaimsExpression(expression)).toBeUndefined()
  })

  it('refuses an expired ID token', async () => {
    const fixture = await start({ timing: { idTokenLifetimeSeconds: -1 } })
    const answer = await ask(fixture)
    expect(answer.json.error_codes).toEqual([700024])
  })

  it('refuses federation if the tenant disables it', async () => {
    const fixture = await start()
    fixture.world.federationDisabled = true
    expect((await ask(fixture)).json.error_codes).toEqual([700223])
  })

  it('finds its tenants by ID or domain, and no others', async () => {
    const fixture = await start()
    expect((await ask(fixture, {}, { tenant: 'contoso.onmicrosoft.com' })).status).toBe(200)
    const unknown = await ask(fixture, {}, { tenant: 'fabrikam.onmicrosoft.com' })
    expect(unknown.json).toMatchObject({ error: 'invalid_request', error_codes: [90002] })
    const other = fixture.world.addTenant('fabrikam')
    expect((await ask(fixture, {}, { tenant: other })).json.error_codes).toEqual([700016])
    const otherCloud = await ask(fixture, {}, { host: 'login.microsoftonline.us' })
    expect(otherCloud.json.error_codes).toEqual([90002])
  })

  it.each<[CloudName, string, string]>([
    ['AzureUSGovernment', 'login.microsoftonline.us', 'https://management.usgovcloudapi.net'],
    ['AzureChinaCloud', 'login.partner.microsoftonline.cn', 'https://management.chinacloudapi.cn/'],
  ])('signs in to %s', async (cloud, host, resource) => {
    const contoso = createContoso({ cloud })
    const { simulator, client } = await start({ contoso })
    const form = {
      client_id: contoso.deployer.clientId,
      scope: `${resource}/.default`,
      client_assertion_type: assertionType,
      client_assertion: await client.idToken(contoso.world.cloud.federationAudience),
    }
    const answer = await connect(simulator).requestToken(form, { host })
    const subscriptions = await client.get(
      `https://${contoso.world.cloud.armHost}/subscriptions?api-version=2022-12-01`,
      textOf(answer.json.access_token),
    )
    expect(subscriptions.json.value).toMatchObject([{ subscriptionId: contoso.subscription.subscriptionId }])
  })

  it('supports discovery, with an issuer on the same host', async () => {
    const { client, world } = await start()
    const answer = await client.get(
      `https://login.microsoftonline.com/${world.tenantId}/v2.0/.well-known/openid-configuration`,
    )
    expect(answer.json).toMatchObject({ issuer: `https://login.microsoftonline.com/${world.tenantId}/v2.0` })
    const keys = await client.get(textOf(answer.json.jwks_uri))
    expect(keys.json).toMatchObject({ keys: [{ kty: 'RSA' }] })
  })
})
