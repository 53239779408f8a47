import { describe, expect } from 'vitest'
import { letImport } from '../../support/image-world.js'
import { warningsOf } from '../../support/reading.js'
import { commands, expectAttached, expectFailure, it, onceIt, type StepEnd } from '../../support/scenario.js'

const headers = { 'content-type': 'application/json; charset=utf-8' }
const evil = 'evil.example'

/** Nothing was sent there: the simulator records every host that it does not know as a problem, which fails the scenario. */
function expectSpared(end: StepEnd): void {
  expect(end.requests.map(({ host }) => host)).not.toContain(evil)
}

describe('a token of Azure stays with Azure', () => {
  it("whatever the address of a list's next page", async ({ begin }) => {
    const { attach, simulator } = await begin()
    const nextLink = `https://${evil}/subscriptions?page=2`
    simulator.faults.add({ path: /\/roleAssignments$/i, status: 200, headers, body: { value: [], nextLink } })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain(evil)
    expectSpared(end)
  })

  onceIt.for(['location', 'azure-asyncoperation'])('wherever %s sends it', async (name, { begin }) => {
    const { attach, simulator, world, deployer, group } = await begin()
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: group.id })
    const body = { id: `${group.id}/x`, name: 'x', location: 'westeurope', sku: { name: 'Basic' }, properties: {} }
    const path = /\/registries\/newacr$/i
    const to = { [name]: `https://${evil}/operations/1` }
    const answer = { status: 201, headers: { ...headers, ...to }, body }
    simulator.faults.add({ method: 'PUT', path, ...answer, after: true, times: Infinity })
    const id = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
    const end = await attach({ registry: id, 'create-registry': 'Basic', location: 'westeurope' })
    expectSpared(end)
    // If its operation can't be followed, the registry itself shows that the image exists.
    expectAttached(end, { changed: true })
  })

  onceIt('wherever a registry redirects the token exchange', async ({ begin }) => {
    const { attach, simulator, group, world, deployer } = letImport(await begin())
    const other = group.addRegistry('otheracr')
    other.images.push('app', 'v1')
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: other.id })
    const headers = { location: `https://${evil}/oauth2/exchange` }
    // The first is the action's own; the SDK's comes after it.
    const exchange = { host: 'otheracr.azurecr.io', path: '/oauth2/exchange', times: 1 }
    simulator.faults.add({ ...exchange, status: 307, headers })
    const end = await attach({ images: 'otheracr.azurecr.io/app:v1' })
    expectSpared(end)
    expectAttached(end, { changed: true })
    expect(end.log).toMatch(/otheracr\.azurecr\.io\/app:v1 .*signatures/)
  })
})

describe('sign-in requests go nowhere else', () => {
  onceIt.for([
    ['GitHub', { host: 'githubusercontent.com', status: 302 }, 'OIDC_UNAVAILABLE'],
    ['Entra', { host: 'login.microsoftonline.com', path: '/oauth2/v2.0/token', status: 307 }, 'AZURE_UNAVAILABLE'],
    ['Azure Resource Manager', { host: 'management.azure.com', method: 'GET', status: 307 }, 'AZURE_UNAVAILABLE'],
  ] as const)('wherever %s redirects it', async ([, fault, code], { begin }) => {
    const { attach, simulator } = await begin()
    const location = `https://${evil}/token`
    simulator.faults.add({ ...fault, headers: { location }, times: Infinity })
    const end = await attach()
    expectFailure(end, code)
    expectSpared(end)
  })

  onceIt('wherever a registry redirects the SDK for its digests', async ({ begin }) => {
    const { attach, simulator } = letImport(await begin())
    const headers = { location: `https://${evil}/oauth2/exchange` }
    simulator.faults.add({
      host: 'contosoacr',
      method: 'POST',
      path: '/oauth2/',
      status: 307,
      headers,
      times: Infinity,
    })
    const end = await attach({ images: 'nginx:1.27' })
    expectSpared(end)
    expectAttached(end, { changed: true })
  })
})

describe('the text of the drift issue', () => {
  onceIt.for(['GET', 'POST'])('is not sent to the target if GitHub redirects a %s', async (method, { begin }) => {
    const { attach, simulator } = await begin({ runner: { eventName: 'schedule' } })
    const headers = { location: `https://${evil}/issues` }
    simulator.faults.add({ host: 'api.github.com', method, path: '/issues', status: 307, headers, times: Infinity })
    const end = await attach({ mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(warningsOf(end)).toContainEqual(expect.stringContaining('drift issue'))
    expectSpared(end)
  })

  onceIt('follows a renamed repository', async ({ begin }) => {
    const { attach, simulator, world } = await begin({ runner: { eventName: 'schedule' } })
    const location = 'https://api.github.com/repos/contoso/shop/issues'
    simulator.faults.add({
      host: 'api.github.com',
      method: 'POST',
      path: '/issues',
      status: 307,
      headers: { location },
    })
    const end = await attach({ mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(world.github.issues).toHaveLength(1)
  })
})

describe('with the log of the SDKs on', () => {
  const debugging = { AZURE_LOG_LEVEL: 'verbose' }

  it('every token from Entra and registries is masked before it can be printed', async ({ begin }) => {
    const { attach, world } = letImport(await begin())
    world.sourceRegistries.length = 0
    world
      .addSourceRegistry('quay.io', { credentials: { username: 'robot', password: 'hunter2-secret' } })
      .push('app', 'v1')
    const end = await attach(
      { images: 'quay.io/app:v1', 'source-username': 'robot', 'source-password': 'hunter2-secret' },
      { environment: debugging },
    )
    expectAttached({ ...end, stderr: '' }, { changed: true })
    const masked = commands(end.stdout, 'add-mask')
    const written = masked.reduce((text, secret) => text.replaceAll(secret, '***'), `${end.log}${end.stderr}`)
    expect(`${end.stdout}${end.stderr}`).toMatch(/oauth2\/exchange/)
    // A JWT, or the credentials of `robot`.
    expect(written).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{10,}/)
    expect(written).not.toContain(Buffer.from('robot:hunter2-secret').toString('base64'))
    expect(written).not.toContain('hunter2-secret')
  })
})
