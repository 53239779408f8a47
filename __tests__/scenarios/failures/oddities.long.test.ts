import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { describe, expect } from 'vitest'
import type { Fault } from 'azure-simulator'
import { expectAttached, expectFailure, onceIt, writes } from '../../support/scenario.js'

// Answers that a correct client accepts, although the simulator never gives them by itself.

describe('an access token', () => {
  onceIt('can be unreadable: it is for Azure, not for the step', async ({ begin }) => {
    const { attach, simulator, takeProblems } = await begin()
    simulator.faults.add({
      path: '/oauth2/v2.0/token',
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque' },
    })
    // The simulator, like Azure, rejects it, but the step must get that far.
    const end = await attach()
    expectFailure(end, 'SIGN_IN_FAILED')
    expect(end.log).toContain('signed in to tenant')
    takeProblems()
  })
})

describe('a refusal by Entra', () => {
  onceIt('is recognised by its number alone', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const body = { error: 'invalid_client', error_description: 'No.', error_codes: [700213] }
    simulator.faults.add({ path: '/oauth2/v2.0/token', status: 401, body })
    const end = await attach()
    expectFailure(end, 'FEDERATED_CREDENTIAL_MISMATCH')
    expect(end.log).toContain('az ad app federated-credential create')
  })

  onceIt('without a message is still a failed sign-in', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ path: '/oauth2/v2.0/token', status: 401, body: { error: 'invalid_client' } })
    expectFailure(await attach(), 'SIGN_IN_FAILED')
  })
})

describe('a 403', () => {
  onceIt("without a body is a missing permission if it has Azure's headers", async ({ begin }) => {
    const { attach, simulator } = await begin()
    const headers = { 'x-ms-request-id': '6f1d8a4e-9c0b-4f7e-8d2a-3b5c7e9f1a2b' }
    simulator.faults.add({ method: 'PUT', path: '/roleAssignments/', status: 403, headers, body: '' })
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toContain('az role assignment create --assignee-object-id')
    expect(writes(end)).toHaveLength(1)
  })

  onceIt('that is a web page comes from a proxy', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const body = '<html><body>Blocked by the company</body></html>'
    simulator.faults.add({ path: '/managedClusters/', status: 403, body, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).not.toContain('az role assignment create')
  })
})

describe('a name of a role assignment that is taken', () => {
  onceIt.for(['RoleAssignmentUpdateNotPermitted', 'HashConflict'] as const)(
    'is replaced by another stable one (%s)',
    async (code, { begin }) => {
      const { attach, grants, simulator } = await begin()
      const message =
        code === 'HashConflict'
          ? 'A hash conflict was encountered for the role Assignment ID. Please use a new Guid.'
          : 'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.'
      simulator.faults.add({
        method: 'PUT',
        path: '/roleAssignments/',
        status: 409,
        body: { error: { code, message } },
      })
      const end = await attach()
      expectAttached(end, { changed: true })
      const [first, second, ...more] = writes(end).map(({ path }) => path)
      expect(second).not.toBe(first)
      expect(more).toEqual([])
      expect(grants()).toHaveLength(1)
      expect(end.outputs['role-assignment-id']).toBe(grants()[0]?.id)
    },
  )
})

describe('a hash conflict, which happens randomly in Azure', () => {
  const conflict = { method: 'PUT', path: '/roleAssignments/' }

  onceIt.for<[string, Fault]>([
    [
      '400',
      {
        status: 400,
        body: { error: { code: 'HashConflictOnDifferentRoleAssignmentIds', message: 'Please use a new Guid.' } },
      },
    ],
    ['409', { status: 409, body: { error: { code: 'HashConflict', message: 'Conflict.' } } }],
  ])('with the second name too is tried again (%s)', async ([, fault], { begin }) => {
    const { attach, grants, simulator } = await begin()
    simulator.faults.add({ ...conflict, ...fault, times: 4 })
    expectAttached(await attach(), { changed: true })
    expect(grants()).toHaveLength(1)
  })

  onceIt("that lasts is reported with Azure's message", async ({ begin }) => {
    const { attach, simulator } = await begin()
    const body = {
      error: { code: 'HashConflictOnDifferentRoleAssignmentIds', message: 'A hash conflict was encountered.' },
    }
    simulator.faults.add({ ...conflict, status: 400, body, times: Infinity })
    const end = await attach({ timeout: '3s' })
    expectFailure(end, 'AZURE_REFUSED')
    expect(end.log).toContain('A hash conflict was encountered.')
  })
})

describe('a service principal cluster', () => {
  onceIt('can express in different ways that it has no identity', async ({ begin }) => {
    const { attach, group, world, deployer } = await begin()
    const cluster = group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    ;(cluster.body as { identity?: unknown }).identity = { type: 'None' }
    world.grantGraphPermission(deployer, 'Application.Read.All')
    expectAttached(await attach({ cluster: 'aks-old' }), { changed: true })
  })
})

describe('throttling without a duration', () => {
  onceIt.for(['/managedClusters/', '/oauth2/v2.0/token', '/roleAssignments'] as const)(
    'is waited for (%s)',
    async (path, { begin }) => {
      const { attach, simulator } = await begin()
      simulator.faults.add({ path, status: 429, body: { error: { code: 'TooManyRequests', message: 'Slow down.' } } })
      expectAttached(await attach(), { changed: true })
    },
  )
})

describe('a wait for the grant', () => {
  onceIt('continues after a temporary failure of Azure', async ({ begin }) => {
    const { attach, simulator } = await begin()
    // More than one request with all its retries.
    simulator.faults.add({ method: 'GET', path: '/roleAssignments', skip: 1, times: 5, status: 500, body: '' })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(end.outputs.verified).toBe('assignment')
  })
})

describe('a stopped cluster', () => {
  onceIt('is reported whatever the result of its last operation', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-off', { powerState: 'Stopped', provisioningState: 'Failed' })
    const end = await attach({ cluster: 'aks-off' })
    expectAttached(end, { changed: true })
    expect(end.report.findings).toMatchObject([{ code: 'CLUSTER_STOPPED' }])
  })
})

describe('a runner without its folder for temporary files', () => {
  onceIt('gets one', async ({ begin }) => {
    const { attach } = await begin()
    const folder = join(tmpdir(), `runner-without-${Date.now()}`)
    const end = await attach({}, { environment: { RUNNER_TEMP: folder } })
    expectAttached(end, { changed: true })
    expect(end.outputs['report-file']).toContain(folder)
  })

  onceIt("and without the system's own gets a warning, and every output except the file", async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { RUNNER_TEMP: '/dev/null', TMPDIR: '/dev/null' } })
    expectAttached(end, { changed: true })
    expect(end.outputs['report-file']).toBe('')
    expect(end.annotations).toMatchObject([{ level: 'warning' }])
  })
})

describe('invalid inputs', () => {
  onceIt('are reported under the requested mode', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ mode: 'check', timeout: 'soon' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.report.mode).toBe('check')
  })
})

describe('a registry', () => {
  onceIt('can be given as a pasted address', async ({ begin }) => {
    const { attach, registry } = await begin()
    expectAttached(await attach({ registry: `https://${registry.loginServer}/` }), { changed: true })
  })
})
