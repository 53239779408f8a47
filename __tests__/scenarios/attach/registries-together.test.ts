import { describe, expect } from 'vitest'
import { addRegistries, grantAt, listed } from '../../support/registry-lists.js'
import { expectAttached, it } from '../../support/scenario.js'

describe('the role assignments of registries of one resource group', () => {
  it.for(['ids', 'names'])('are read in one list, for five registries given by %s', async (by, { begin }) => {
    const scenario = await begin()
    const registries = addRegistries(scenario, 5)
    for (const { id } of registries) grantAt(id, scenario)
    const registry = registries.map(({ id, name }) => (by === 'ids' ? id : name)).join('\n')
    for (const mode of ['check', 'attach']) {
      const end = await scenario.attach({ mode, registry })
      expectAttached(end, { changed: false })
      expect(end.report.pairs.map(({ grantedBy }) => grantedBy)).toEqual(registries.map(() => 'direct'))
      expect(end.report.findings).toEqual([])
      expect(listed(end)).toEqual(['rg-shop'])
    }
  })
})
