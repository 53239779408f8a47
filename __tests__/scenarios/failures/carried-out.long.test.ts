import { describe, expect } from 'vitest'
import type { Fault } from 'azure-simulator'
import { letDeploy } from '../../support/estate.js'
import { images, letImport } from '../../support/image-world.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

const failed = { error: { code: 'InternalServerError', message: 'An error has occurred.' } }
const expired = { error: { code: 'ExpiredAuthenticationToken', message: 'The access token has expired.' } }

const json = { 'content-type': 'application/json; charset=utf-8' }

/** Failures of a request that was carried out. With a challenge, the SDK asks for another token and sends the request again. */
const endings: [name: string, fault: Fault][] = [
  ['500', { after: true, status: 500, body: failed }],
  ['504 as a web page', { after: true, status: 504, body: '<html>Gateway timeout</html>' }],
  [
    '401',
    {
      after: true,
      status: 401,
      headers: { 'www-authenticate': `Bearer error="insufficient_claims", claims="${btoa('{"access_token":{}}')}"` },
      body: expired,
    },
  ],
  ['401 without a challenge', { after: true, status: 401, body: expired }],
  ['half of its JSON', { after: true, status: 200, headers: json, body: '{"value":[{"id":"/subscr' }],
  ['an answer that breaks off', { after: true, status: 200, body: { id: 'x', value: [] }, cut: true }],
]

const creator = 'Container Registry Contributor and Data Access Configuration Administrator'

const exists = {
  error: {
    code: 'RoleAssignmentExists',
    message:
      'The role assignment already exists. The ID of the existing role assignment is 716c4d159bc8476da3c16ccb70082517.',
  },
}

describe('a write that was carried out', () => {
  onceIt.for(endings)('and answered with %s counts as a change: a deletion', async ([, fault], { begin }) => {
    const { attach, simulator, grants } = await begin()
    await attach()
    simulator.faults.add({ method: 'DELETE', path: '/roleAssignments/', ...fault })
    const end = await attach({ mode: 'detach' })
    expect(end, end.log).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(end.report.pairs).toMatchObject([{ status: 'detached', changed: true }])
    expect(grants()).toEqual([])
  })

  onceIt.for(endings)('and answered with %s counts as a change: an assignment', async ([, fault], { begin }) => {
    const { attach, simulator, grants } = await begin()
    const put = { method: 'PUT', path: '/roleAssignments/' }
    simulator.faults.add({ ...put, ...fault })
    // After a bare 401, the step looks for the assignment instead.
    simulator.faults.add({ ...put, status: 409, body: exists, spare: true })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(1)
  })

  onceIt.for(endings)('and answered with %s counts as a change: a membership', async ([, fault], { begin }) => {
    const { attach, world, deployer, simulator } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    simulator.faults.add({ method: 'POST', path: '/members/', ...fault })
    expectAttached(await attach({ group: pullers.objectId }), { changed: true })
    expect(world.directory.membersOf(pullers)).toHaveLength(1)
  })

  onceIt.for(endings)('and answered with %s counts as a change: an import', async ([, fault], { begin }) => {
    const { attach, simulator, digest } = letImport(await begin())
    simulator.faults.add({ method: 'POST', path: '/importImage', ...fault })
    const end = await attach({ images: 'docker.io/library/nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })
})

describe('the creation of a registry that was carried out', () => {
  onceIt.for(endings)('and answered with %s counts as a change', async ([, fault], { begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, subscription, simulator } = scenario
    const { id } = subscription.addResourceGroup('rg-new', { location: 'northeurope' })
    letDeploy(scenario, id)
    world.assignRole({ principalId: deployer.objectId, role: creator, scope: id })
    simulator.faults.add({ method: 'PUT', path: /\/registries\/newacr$/i, ...fault })
    const registry = `${id}/providers/Microsoft.ContainerRegistry/registries/newacr`
    expectAttached(await attach({ registry, 'create-registry': 'Standard' }), { changed: true })
  })
})

describe('a deletion of which every answer is lost', () => {
  onceIt.for<[string, Fault]>([
    ['500', { after: true, status: 500, body: failed }],
    ['reset', { after: true, reset: true }],
  ])('counts as a change if it was carried out: %s', async ([, fault], { begin }) => {
    const { attach, simulator, grants } = await begin()
    await attach()
    simulator.faults.add({ method: 'DELETE', path: '/roleAssignments/', ...fault, times: Infinity })
    const end = await attach({ mode: 'detach', timeout: '10s' })
    expect(end, end.log).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(grants()).toEqual([])
  })

  it('is a failure if it was not', async ({ begin }) => {
    const { attach, simulator, grants } = await begin()
    await attach()
    simulator.faults.add({ method: 'DELETE', path: '/roleAssignments/', reset: true, times: Infinity })
    const end = await attach({ mode: 'detach', timeout: '10s' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.changed).toBe('false')
    expect(grants()).toHaveLength(1)
  })
})

describe('a write that was not carried out', () => {
  it('is no change if someone else did it before: a deletion', async ({ begin }) => {
    const { attach, simulator, world, grants } = await begin()
    await attach()
    const [assignment] = grants()
    simulator.faults.add({
      method: 'DELETE',
      path: '/roleAssignments/',
      status: 429,
      headers: { 'retry-after': '1' },
      until: () => {
        if (assignment) world.assignments.remove(assignment)
        return Promise.resolve()
      },
    })
    const end = await attach({ mode: 'detach' })
    expect(end, end.log).toMatchObject({ exitCode: 0, outputs: { changed: 'false' } })
  })
})
