import { describe, expect, vi } from 'vitest'
import type { RequestRecord } from 'azure-simulator'
import { expectAttached } from '../support/scenario.js'
import { expectDetached } from '../support/estate.js'
import { it } from '../support/conformance.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
const update = 'aks update --resource-group rg-shop --name aks-prod-1'

describe('az and the action', () => {
  it("recognise each other's attachments, and can detach them", async ({ begin }) => {
    const { az, attach, grants, registry } = await begin({ clients: ['az'] })
    await az(`${update} --attach-acr contosoacr`)
    expectAttached(await attach(), { changed: false })
    expectAttached(await attach({ mode: 'check' }), { changed: false })
    expectDetached(await attach({ mode: 'detach' }), { changed: true })
    expect(grants()).toEqual([])

    expectAttached(await attach(), { changed: true })
    const before = grants()
    expect(before).toEqual([[acrPull, registry.id]])
    await az(`${update} --attach-acr contosoacr`)
    expect(grants()).toEqual(before)
    await az(`${update} --detach-acr contosoacr`)
    expect(grants()).toEqual([])
    const end = await attach({ mode: 'check' })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
  })

  for (const first of ['the action', 'az']) {
    it(`end with one assignment if ${first} sees none, and the other is faster`, async ({ begin }) => {
      const { az, attach, grants, registry, simulator } = await begin({ clients: ['az'] })
      const puts = (): RequestRecord[] =>
        simulator.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/roleAssignments/'))
      simulator.faults.add({ method: 'PUT', path: '/roleAssignments/', delayMs: 8000 })
      const start = { 'the action': () => attach(), az: () => az(`${update} --attach-acr contosoacr`) }
      const slow = first === 'az' ? start.az() : start['the action']()
      await vi.waitFor(() => {
        expect(puts()).toHaveLength(1)
      }, 20_000)
      const [, end] = await Promise.all([slow, first === 'az' ? start['the action']() : start.az()])
      expect(grants()).toEqual([[acrPull, registry.id]])
      // The first request of the slow one, which came second.
      expect(puts()[0]?.status).toBe(409)
      expect(end).toBeDefined()
      expectAttached(await attach({ mode: 'check' }), { changed: false })
    })
  }

  it('agree on a role that az assigned by hand, to the identity or to a group', async ({ begin }) => {
    const { az, attach, cluster, group, world } = await begin({ clients: ['az'] })
    const { objectId } = cluster.kubeletIdentity
    const assign = (principal: string, type: string): Promise<unknown> =>
      az(
        `role assignment create --assignee-object-id ${principal} --assignee-principal-type ${type} --role AcrPull --scope ${group.id}`,
      )
    await assign(objectId, 'ServicePrincipal')
    const inherited = await attach()
    expectAttached(inherited, { changed: false })
    expect(inherited.report.pairs).toMatchObject([{ grantedBy: 'inherited', scope: group.id }])
    await az(`role assignment delete --assignee ${objectId} --scope ${group.id}`)

    const pullers = world.addGroup('acr-pullers')
    await assign(pullers.objectId, 'Group')
    await az(`ad group member add --group acr-pullers --member-id ${objectId}`)
    const throughGroup = await attach()
    expectAttached(throughGroup, { changed: false })
    expect(throughGroup.report.pairs).toMatchObject([{ grantedBy: 'group' }])
  })

  it("recognise each other's images", async ({ begin }) => {
    const { az, azFails, attach, world } = await begin({ clients: ['az'] })
    const source = '--source docker.io/library/nginx:1.27'
    const digest = world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    await az(`acr import --name contosoacr ${source} --image nginx:1.27`)
    const end = await attach({ images: 'docker.io/library/nginx:1.27 => nginx:1.27' })
    expect(JSON.parse(end.outputs.images ?? '')).toMatchObject([{ digest, status: 'present' }])
    await attach({ images: 'docker.io/library/nginx:1.27 => copy:1.27' })
    const { stderr } = await azFails(`acr import --name contosoacr ${source} --image copy:1.27`)
    expect(stderr).toContain('already exists')
  })
})
