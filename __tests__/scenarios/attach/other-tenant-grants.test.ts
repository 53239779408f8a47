import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { expectFailure, it, writes } from '../../support/scenario.js'

describe('a cluster whose identity belongs to another tenant, delegated by Azure Lighthouse', () => {
  it.for(['its own tenant', "the step's tenant"] as const)(
    'gets no role that would be for nobody, at a registry of %s',
    async (where, { begin }) => {
      const scenario = await begin()
      const { attach, world, registry } = scenario
      const tenantId = world.addTenant('fabrikam')
      const theirs = world.addSubscription({ tenantId, managedByTenants: [world.tenantId] })
      const group = theirs.addResourceGroup('rg-theirs')
      const customer = group.addCluster('aks-theirs')
      const at = where === 'its own tenant' ? group.addRegistry('fabrikamacr') : registry
      letDeploy(scenario, group.id)
      const end = await attach({ cluster: customer.id, registry: at.id })
      expectFailure(end, 'PRINCIPAL_NOT_FOUND')
      expect(writes(end)).toEqual([])
      expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az account show --subscription /)])
    },
  )
})
