import { expect } from 'vitest'
import { expectFailure, onceIt } from '../../support/scenario.js'

onceIt.for([
  ['AcrPush', 'registry'],
  ['Contributor', 'registry'],
  ['AcrPull', 'group'],
] as const)(
  "%s of the kubelet identity's client ID at the %s is a wrong identity, too",
  async ([role, place], { begin }) => {
    const scenario = await begin()
    const { attach, world, cluster } = scenario
    const principalId = cluster.kubeletIdentity.clientId.toUpperCase()
    const given = world.assignRole({ principalId, role, scope: scenario[place].id, principalType: 'ServicePrincipal' })
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'DRIFT')
    expect(end.report.findings).toMatchObject([
      { code: 'WRONG_IDENTITY_GRANTED', subject: cluster.id, fix: { commands: [expect.stringContaining(given.id)] } },
    ])
    expect(end.report.findings[0]?.message).toContain(role)
  },
)
