import { describe, expect } from 'vitest'
import type { Contoso } from 'azure-simulator/contoso'
import { option, readAzCommands } from '../../support/az.js'
import { letImport } from '../../support/image-world.js'
import { hour } from '../../support/hour.js'
import { armRequests, expectAttached, expectFailure, it, type StepEnd } from '../../support/scenario.js'

const toGithub = ({ requests }: StepEnd) => requests.filter(({ host }) => host.endsWith('githubusercontent.com'))
const toEntra = ({ requests }: StepEnd) => requests.filter(({ host }) => host === 'login.microsoftonline.com')
const assertions = (end: StepEnd) =>
  toEntra(end).flatMap(({ requestBody }) => (requestBody as { client_assertion?: string }).client_assertion ?? [])

describe('the ID token', () => {
  it('is requested first, once, and used for every service', async ({ begin }) => {
    const { attach } = letImport(await begin())
    const end = await attach({ images: 'nginx:1.27' })
    expect(end.requests[0]?.host).toBe('pipelines.actions.githubusercontent.com')
    expect(end.requests[0]?.query.audience).toBe('api://AzureADTokenExchange')
    expect(toGithub(end)).toHaveLength(1)
    expect(toEntra(end)).toHaveLength(2)
    expect(new Set(assertions(end)).size).toBe(1)
  })

  it('can have another audience', async ({ begin }) => {
    const { attach, world, deployer, simulator } = await begin()
    deployer.federatedCredentials.length = 0
    world.addFederatedCredential(deployer, { subject: simulator.subject, audience: 'https://contoso.example' })
    expectAttached(await attach({ audience: 'https://contoso.example' }), { changed: true })
  })

  it('can come from a server without TLS, as for all actions that use the toolkit', async ({ begin }) => {
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
    expect(end.requests).toHaveLength(3)
    expect(toEntra(end)).toEqual([])
  })

  it('is not requested again if GitHub refuses', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'githubusercontent.com', status: 403, body: { message: 'Not allowed.' } })
    const end = await attach()
    expectFailure(end, 'OIDC_UNAVAILABLE')
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
  it('by its audience is a mismatch that is told at once, with the claims of the token', async ({ begin }) => {
    const { attach, deployer, simulator } = await begin()
    const [fitting] = deployer.federatedCredentials
    if (fitting) deployer.federatedCredentials.splice(0, 1, { ...fitting, audience: 'api://Something' })
    const end = await attach()
    expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
    for (const claim of [
      'https://token.actions.githubusercontent.com',
      simulator.subject,
      'api://AzureADTokenExchange',
    ])
      expect(end.log).toContain(`  ${claim}\n`)
    expect(armRequests(end, 'GET')).toEqual([])
    expect(toEntra(end)).toHaveLength(1)
  })

  it.for([
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
      follow(scenario, end)
      expectAttached(await attach(), { changed: true })
    },
  )
})

describe('a sign-in that fails', () => {
  const nobody = '11111111-1111-4111-8111-111111111111'

  it.for(['tenant-id', 'client-id'] as const)(
    'because of an unknown %s is reported as such',
    async (input, { begin }) => {
      const { attach } = await begin()
      const end = await attach({ [input]: nobody })
      expectFailure(end, 'SIGN_IN_FAILED')
      expect(end.report.error?.fix.commands).toHaveLength(1)
    },
  )
})

describe('an access token that expires', () => {
  it('is renewed with an ID token that is not too old', async ({ begin }) => {
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

  it('that could not be renewed is requested again by the next poll', async ({ begin }) => {
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

  it('that Azure revokes is replaced on its claims challenge', async ({ begin }) => {
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
