import { describe, expect } from 'vitest'
import { graphRequests } from '../../support/estate.js'
import { pageOf } from '../../support/html-page.js'
import { it, type Scenario, type StepEnd } from '../../support/scenario.js'

const day = 86_400_000

/** A cluster with a service principal that has the role and secrets that end in so many days. */
function letPull({ world, group, deployer, registry }: Scenario, days: readonly number[]): string {
  const { clientId, objectId, secrets, secretEnds } = world.addApplication('old-sp')
  group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: clientId })
  secrets.length = 0
  for (const [index, end] of days.entries()) {
    secrets.push(`secret-${index}`)
    secretEnds.set(`secret-${index}`, Date.now() + end * day)
  }
  world.grantGraphPermission(deployer, 'Application.Read.All')
  world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
  return clientId
}

const findingsOf = ({ report }: StepEnd) => report.findings.filter(({ code }) => code === 'SECRET_EXPIRES')

const check = { mode: 'check', cluster: 'aks-old' }

describe('a cluster whose service principal has a secret', () => {
  it('that ends within 30 days is a warning with date and command, everywhere', async ({ begin }) => {
    const scenario = await begin()
    const clientId = letPull(scenario, [12])
    const end = await scenario.attach({ ...check, 'report-html': 'true', workloads: '' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' } })
    const [found, ...others] = findingsOf(end)
    expect(others).toEqual([])
    const date = new Date(Date.now() + 12 * day).toISOString().slice(0, 10)
    expect(found).toMatchObject({ severity: 'warning', message: expect.stringContaining(`ends on ${date}`) as string })
    expect(found?.fix.commands[0]).toContain(`az ad app credential list --id ${clientId}`)
    expect(found?.fix.commands[1]).toContain('az aks update-credentials')
    for (const text of [end.summary, pageOf(end)]) {
      expect(text).toContain(date)
      expect(text).toContain('az aks update-credentials')
    }
    expect(end.report.unknown.filter(({ message }) => message.includes('secret'))).toEqual([])
  })

  it('that the identity has no permission to read is a note', async ({ begin }) => {
    const scenario = await begin()
    letPull(scenario, [3])
    const error = { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' }
    scenario.simulator.faults.add({ path: '/v1.0/applications', status: 403, body: { error }, times: Infinity })
    const end = await scenario.attach(check)
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'error-code': '' } })
    expect(end.report.notes).toContainEqual(expect.stringMatching(/aks-old/))
  })

  it('is not read by detach, and by others beside its principal', async ({ begin }) => {
    const scenario = await begin()
    letPull(scenario, [3])
    expect(graphRequests(await scenario.attach({ ...check, mode: 'detach' })).length).toBe(1)
    const end = await scenario.attach({ cluster: 'aks-prod-1' })
    expect(graphRequests(end).filter(text => text.includes('applications'))).toEqual([])
  })
})
