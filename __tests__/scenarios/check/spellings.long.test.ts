import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { headlineOf } from '../../support/reading.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check' }

async function beginReading(begin: () => Promise<Scenario>): Promise<Scenario> {
  const scenario = await begin()
  letDeploy(scenario, scenario.subscription.id)
  return scenario
}

describe('a resource that was not found', () => {
  onceIt('counts once, in whatever letter case it is named', async ({ begin }) => {
    const { attach } = await beginReading(begin)
    const end = await attach({ ...check, registry: 'nopeacr\nNOPEACR', cluster: 'aks-nope\nAKS-NOPE' })
    expect(end.report.pairs).toMatchObject([{ target: 'aks-nope', registry: 'nopeacr' }])
  })

  onceIt('counts once, by its name and by its login server', async ({ begin }) => {
    const { attach } = await beginReading(begin)
    const end = await attach({ ...check, registry: 'nopeacr\nNOPEACR\nnopeacr.azurecr.io' })
    expect(end.report.pairs).toMatchObject([{ registry: 'nopeacr' }])
    expect(headlineOf(end)).not.toContain('registries')
  })

  onceIt('counts once, by its resource ID in any letter case, but once for each group', async ({ begin }) => {
    const { attach, group } = await beginReading(begin)
    const id = `${group.id}/providers/Microsoft.ContainerRegistry/registries/nopeacr`
    const end = await attach({ ...check, registry: [id, id.toUpperCase(), id.replace('rg-shop', 'rg-x')].join('\n') })
    expect(end.report.pairs.map(({ registry }) => registry)).toEqual([id, id.replace('rg-shop', 'rg-x')])
  })
})

describe('the registry of a pair', () => {
  onceIt('has no login server if it does not exist yet', async ({ begin }) => {
    const { attach, group } = await beginReading(begin)
    const registry = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
    const end = await attach({ ...check, registry, 'create-registry': 'Standard' })
    expect(end.report.pairs).toMatchObject([{ registry, loginServer: null, status: 'missing' }])
  })

  onceIt('has its ID and its login server if it was found and refused', async ({ begin }) => {
    const { attach, registry } = await beginReading(begin)
    const end = await attach({ ...check, repositories: 'team/*' })
    expect(end.outputs['registry-login-server']).toBe(registry.loginServer)
    const { id, loginServer } = registry
    expect(end.report.pairs).toMatchObject([{ registry: id, loginServer, error: { code: 'INVALID_INPUT' } }])
  })
})
