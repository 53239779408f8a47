import { describe, expect } from 'vitest'
import type { Contoso } from 'azure-simulator/contoso'
import type { Fault } from 'azure-simulator'
import { option, readAzCommands } from '../../support/az.js'
import { letImport } from '../../support/image-world.js'
import { hour } from '../../support/hour.js'
import { armRequests, expectAttached, expectFailure, it, onceIt, type StepEnd } from '../../support/scenario.js'

const toGithub = ({ requests }: StepEnd) => requests.filter(({ host }) => host.endsWith('githubusercontent.com'))
const toEntra = ({ requests }: StepEnd) => requests.filter(({ host }) => host === 'login.microsoftonline.com')
const assertions = (end: StepEnd) =>
  toEntra(end).flatMap(({ requestBody }) => (requestBody as { client_assertion?: string }).client_assertion ?? [])

describe('the ID token', () => {
  it('is requested first, and once', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach()
    expect(end.requests[0]?.host).toBe('pipelines.actions.githubusercontent.com')
    expect(end.requests[0]?.query.audience).toBe('api://AzureADTokenExchange')
    expect(toGithub(end)).toHaveLength(1)
    expect(toEntra(end)).toHaveLength(1)
  })

  it('is used for every service until it expires', async ({ begin }) => {
    const { attach } = letImport(await begin())
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(toGithub(end)).toHaveLength(1)
    expect(toEntra(end)).toHaveLength(2)
    expect(new Set(assertions(end)).size).toBe(1)
  })

  onceIt('can have another audience', async ({ begin }) => {
    const { attach, world, deployer, simulator } = await begin()
    deployer.federatedCredentials.length = 0
    world.addFederatedCredential(deployer, { subject: simulator.subject, audience: 'https://contoso.example' })
    expectAttached(await attach({ audience: 'https://contoso.example' }), { changed: true })
  })

  onceIt('can come from a server without TLS, as for all actions that use the toolkit', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const url = simulator.runnerEnvironment.ACTIONS_ID_TOKEN_REQUEST_URL?.replace('https:', 'http:') ?? ''
    const end = await attach({}, { environment: { ACTIONS_ID_TOKEN_REQUEST_URL: url } })
    expectAttached(end, { changed: true })
    expect(toGithub(end)).toHaveLength(1)
  })

  it('needs a permission of the job: without it, shows the YAML to add and sends nothing', async ({ begin }) => {
    const { attach } = await begin({ runner: { idToken: false } })
    const end = await attach()
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(end.log).toMatch(/^ *permissions:\n *id-token: write/m)
    expect(end.summary).toMatch(/^```yaml\npermissions:\n {2}id-token: write +# .*\n {2}contents: read +# .*\n```$/m)
    expect(end.requests).toEqual([])
  })

  it('can be refused by GitHub', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({
      host: 'githubusercontent.com',
      status: 500,
      body: { message: 'Internal error' },
      times: Infinity,
    })
    const end = await attach()
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(end.log).toMatch(/\b3\b.*HTTP 500: Internal error/)
    expect(end.log).toContain('githubstatus.com')
    expect(end.requests).toHaveLength(3)
    expect(toEntra(end)).toEqual([])
  })

  it.for<[string, Omit<Fault, 'host'>]>([
    ['is unavailable for a moment', { status: 503, times: 2 }],
    ['has an error inside', { status: 500 }],
    ['asks to slow down', { status: 429 }],
    ['cuts the connection', { reset: true }],
    ['sends half an answer', { status: 200, body: '{"value":"eyJ' }],
    ['sends a web page', { status: 502, body: '<html><body>Bad gateway</body></html>' }],
  ])('is requested again if GitHub %s', async ([, fault], { begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'githubusercontent.com', ...fault })
    expectAttached(await attach(), { changed: true })
  })

  onceIt('is requested again if GitHub does not answer', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'githubusercontent.com', delayMs: 120_000 })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(end.report.durationSeconds).toBeLessThan(60)
  })

  it('is not requested again if GitHub refuses', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'githubusercontent.com', status: 403, body: { message: 'Not allowed.' } })
    const end = await attach()
    expectFailure(end, 'OIDC_UNAVAILABLE')
    expect(end.log).toContain('HTTP 403: Not allowed.')
    expect(end.requests).toHaveLength(1)
  })
})

/** Has the same effect as the printed `az ad app federated-credential create`. */
function follow({ world, deployer }: Contoso, { log }: StepEnd): void {
  const command = readAzCommands(log).find(([noun]) => noun === 'ad')
  expect(command?.slice(0, 4)).toEqual(['ad', 'app', 'federated-credential', 'create'])
  expect(option(command, '--id')).toBe(deployer.clientId)
  const credential = JSON.parse(option(command, '--parameters')) as {
    name: string
    issuer: string
    subject: string
    audiences: [string]
  }
  expect(credential.name).toMatch(/^[A-Za-z0-9][\w-]{2,119}$/)
  world.addFederatedCredential(deployer, { ...credential, audience: credential.audiences[0] })
}

describe('a federated credential that does not fit', () => {
  const cases = {
    subject: { subject: 'repo:contoso/shop:environment:production' },
    issuer: { issuer: 'https://token.actions.githubusercontent.com/contoso' },
    audience: { audience: 'api://Something' },
  }

  it.for(Object.entries(cases))(
    'by its %s is a mismatch that shows the claims of the token',
    async ([, wrong], { begin }) => {
      const { attach, deployer, simulator } = await begin()
      const [fitting] = deployer.federatedCredentials
      if (fitting) deployer.federatedCredentials.splice(0, 1, { ...fitting, ...wrong })
      const end = await attach()
      expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
      expect(end.log).toContain('issuer    https://token.actions.githubusercontent.com\n')
      expect(end.log).toContain(`subject   ${simulator.subject}\n`)
      expect(end.log).toContain('audience  api://AzureADTokenExchange\n')
      expect(end.log).toMatch(/\[Azure: AADSTS70021\d, correlation [0-9a-f-]{36}\]/)
      expect(armRequests(end, 'GET')).toEqual([])
      expect(toEntra(end)).toHaveLength(1)
    },
  )

  it('is also a mismatch if the application has none at all', async ({ begin }) => {
    const { attach, deployer } = await begin()
    deployer.federatedCredentials.length = 0
    const end = await attach()
    expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
    expect(end.log).toContain(deployer.clientId)
    expect(end.log).toContain('[Azure: AADSTS70025, ')
  })

  it('only in letter case is reported as such, and the printed command repairs it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer } = scenario
    deployer.federatedCredentials.length = 0
    world.addFederatedCredential(deployer, { subject: 'repo:Contoso/shop:ref:refs/heads/main' })
    const end = await attach()
    expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
    expect(end.log).toMatch(/\bcase\b/)
    expect(end.log).toContain('[Azure: AADSTS7002138, ')
    follow(scenario, end)
    expectAttached(await attach(), { changed: true })
  })

  it.for([
    ['names', 'IDs', false, 'repo:contoso@9919/shop@1296269:ref:refs/heads/main', /\bIDs\b/],
    ['IDs', 'names', true, 'repo:contoso/shop:ref:refs/heads/main', /repo:contoso\/shop:ref:refs\/heads\/main/],
  ] as const)(
    'because the repository sends %s and the credential has %s is reported as such, and the printed command repairs it',
    async ([, , immutableSubject, subject, text], { begin }) => {
      const scenario = await begin({ runner: { immutableSubject } })
      const { attach, world, deployer } = scenario
      deployer.federatedCredentials.length = 0
      world.addFederatedCredential(deployer, { subject })
      const end = await attach()
      expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
      expect(end.log).toMatch(text)
      follow(scenario, end)
      expectAttached(await attach(), { changed: true })
    },
  )

  onceIt.for([
    ['branches', {}, "claims['sub'] matches 'repo:contoso/shop:ref:refs/heads/*'"],
    ['environments', { environment: 'prod' }, "claims['sub'] matches 'repo:contoso/shop:environment:*'"],
    ['tags', { ref: 'refs/tags/v1' }, "claims['sub'] matches 'repo:contoso/shop:ref:refs/tags/*'"],
    ['pull requests', { eventName: 'pull_request' }, undefined],
  ] as const)(
    'comes with a command for all %s of the repository, if possible',
    async ([, runner, value], { begin }) => {
      const { attach, deployer } = await begin({ runner })
      deployer.federatedCredentials.length = 0
      const command = readAzCommands((await attach()).log).find(([noun]) => noun === 'rest')
      if (value === undefined) {
        expect(command).toBeUndefined()
        return
      }
      expect(option(command, '--url')).toBe(
        `https://graph.microsoft.com/beta/applications(appId='${deployer.clientId}')/federatedIdentityCredentials`,
      )
      const body = JSON.parse(option(command, '--body')) as Record<string, unknown>
      expect(body).toMatchObject({
        issuer: 'https://token.actions.githubusercontent.com',
        audiences: ['api://AzureADTokenExchange'],
        claimsMatchingExpression: { value, languageVersion: 1 },
      })
      expect(body).not.toHaveProperty('subject')
    },
  )

  it.for([
    ['classic', {}, 'repo:contoso/shop:ref:refs/heads/main'],
    ['immutable', { immutableSubject: true }, 'repo:contoso@9919/shop@1296269:ref:refs/heads/main'],
    ['environment', { environment: 'prod: "blue" & co' }, 'repo:contoso/shop:environment:prod: "blue" & co'],
  ] as const)(
    'is repaired by the printed command, for a subject of the kind %s',
    async ([, runner, subject], { begin }) => {
      const scenario = await begin({ runner })
      const { attach, world, deployer, simulator } = scenario
      expect(simulator.subject).toBe(subject)
      deployer.federatedCredentials.length = 0
      world.addFederatedCredential(deployer, { subject: 'repo:contoso/shop:pull_request' })
      const end = await attach()
      expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
      const lines = end.log.split('\n')
      const first = lines.findIndex(line => line.startsWith('✗ FEDERATED_CREDENTIAL_MISMATCH'))
      expect(lines.slice(first, first + 5).join('\n')).toContain('az ad app federated-credential create ')
      expect(end.annotations[0]?.message).toContain(`\nCreate a federated credential for ${subject}.`)
      follow(scenario, end)
      expectAttached(await attach(), { changed: true })
    },
  )

  onceIt('of a managed identity is created by the other printed command', async ({ begin }) => {
    const { attach, deployer, simulator } = await begin()
    deployer.federatedCredentials.length = 0
    const command = readAzCommands((await attach()).log).find(([noun]) => noun === 'identity')
    expect(option(command, '--issuer')).toBe('https://token.actions.githubusercontent.com')
    expect(option(command, '--subject')).toBe(simulator.subject)
    expect(option(command, '--audiences')).toBe('api://AzureADTokenExchange')
  })
})

describe('a sign-in that fails', () => {
  const nobody = '11111111-1111-4111-8111-111111111111'

  it.for([
    ['an unknown tenant', { 'tenant-id': nobody }, 'az account show --query tenantId', 'AADSTS90002'],
    [
      'an unknown application',
      { 'client-id': nobody },
      `az ad sp list --filter "appId eq '${nobody}'"`,
      'AADSTS700016',
    ],
  ] as const)('because of %s is reported as such', async ([, inputs, command, code], { begin }) => {
    const { attach } = await begin()
    const end = await attach(inputs)
    expectFailure(end, 'SIGN_IN_FAILED')
    expect(end.report.error?.fix.commands).toEqual([expect.stringContaining(command)])
    expect(end.log).toContain(`[Azure: ${code}, correlation `)
  })

  onceIt('because of an expired ID token is reported as such', async ({ begin }) => {
    const { attach } = await begin({ timing: { idTokenLifetimeSeconds: -1 } })
    const end = await attach()
    expectFailure(end, 'SIGN_IN_FAILED')
    expect(end.log).toContain('AADSTS700024')
  })

  onceIt("because of the tenant's policy is reported as such", async ({ begin }) => {
    const { attach, world } = await begin()
    world.federationDisabled = true
    const end = await attach()
    expectFailure(end, 'SIGN_IN_FAILED')
    expect(end.log).toContain('workload identity federation')
  })
})

describe('a user-assigned identity', () => {
  it('signs in like an application', async ({ begin }) => {
    const { attach, world, group, registry, simulator } = await begin()
    const issuer = 'https://token.actions.githubusercontent.com'
    const identity = group.addUserAssignedIdentity('deploy-identity', {
      federatedCredentials: [{ issuer, subject: simulator.subject, audience: 'api://AzureADTokenExchange' }],
    })
    for (const [role, scope] of [
      ['Reader', group.id],
      ['Role Based Access Control Administrator', registry.id],
    ] as const)
      world.assignRole({ principalId: identity.objectId, role, scope })
    expectAttached(await attach({ 'client-id': identity.clientId }), { changed: true })
  })
})

describe('an access token that expires', () => {
  onceIt('is renewed with an ID token that is not too old', async ({ begin }) => {
    // The SDK renews tokens two minutes before they expire, so after a second; Azure reports the grant after a token that is requested
    // during the wait.
    const { attach, world, whenAnswered } = await begin({
      timing: { tokenLifetimeSeconds: 121, idTokenLifetimeSeconds: 30, readAfterWriteMs: hour },
    })
    let isWritten = false
    whenAnswered(
      ({ method, host, path }) => {
        isWritten ||= method === 'PUT'
        return isWritten && host.startsWith('login.') && path.endsWith('/token')
      },
      () => {
        world.passTime(hour)
      },
    )
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(toEntra(end).length).toBeGreaterThanOrEqual(2)
    // Each sign-in has its own ID token. There can be one more request to GitHub: the SDK renews in the background, and the step can end
    // in the meantime.
    expect(new Set(assertions(end)).size).toBe(toEntra(end).length)
  })

  onceIt('that could not be renewed is requested again by the next poll', async ({ begin }) => {
    const { attach, simulator, world, whenAnswered } = await begin({
      timing: { tokenLifetimeSeconds: 121, readAfterWriteMs: hour },
    })
    const isRenewal = ({ host, path }: StepEnd['requests'][number]): boolean =>
      host.startsWith('login.') && path.endsWith('/token')
    whenAnswered(
      ({ method }) => method === 'PUT',
      () => {
        // Such a long pause is not waited for: the renewal fails immediately.
        simulator.faults.add({ host: 'login.', path: '/token', status: 429, headers: { 'retry-after': '3600' } })
      },
    )
    let hasFailed = false
    whenAnswered(
      request => {
        if (isRenewal(request) && hasFailed) return true
        hasFailed ||= isRenewal(request) && request.status === 429
        return false
      },
      () => {
        world.passTime(hour)
      },
    )
    const end = await attach({ timeout: '60s' })
    expectAttached(end, { changed: true })
    expect(toEntra(end).map(({ status }) => status)).toContain(429)
    expect(toEntra(end).at(-1)?.status).toBe(200)
  })

  onceIt('that Azure revokes is replaced on its claims challenge', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const claims = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1"}}}').toString('base64')
    simulator.faults.add({
      path: '/managedClusters',
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${claims}"` },
    })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(toEntra(end)).toHaveLength(2)
    // The ID token is still valid, and is used again.
    expect(toGithub(end)).toHaveLength(1)
  })
})
