import { describe, expect } from 'vitest'
import { makePrivate } from '../../support/network.js'
import { letLook, runImage } from '../../support/running.js'
import { it, type Scenario, type StepEnd } from '../../support/scenario.js'

const names = ['shop/api', 'shop/mail', 'shop/pay', 'shop/web', 'team/db', 'team/log']

async function beginWatched(begin: () => Promise<Scenario>): Promise<Scenario> {
  const scenario = await begin()
  letLook(scenario)
  await scenario.attach()
  for (const name of names) runImage(scenario, name, '1.4', { name: name.replace('/', '-') })
  return scenario
}

const lookUps = ({ requests }: StepEnd): string[] =>
  requests.flatMap(({ path }) => (path.startsWith('/acr/v1/') && path.includes('/_tags/') ? path : []))

describe('images that run on a registry that refuses to be read', () => {
  it('are all unknown after three look-ups, if its firewall refuses', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    makePrivate(scenario, scenario.registry)
    const end = await scenario.attach({ mode: 'check', workloads: '*', 'fail-on-drift': 'false' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'AUTHORIZATION_FAILED' })
    expect(end.report.workloads?.map(({ status, errorCode }) => [status, errorCode])).toEqual(
      names.map(() => ['unknown', 'AUTHORIZATION_FAILED']),
    )
    expect(lookUps(end)).toHaveLength(3)
  })

  it('are all unknown after the tries of three look-ups, if it does not answer', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    scenario.simulator.faults.add({ path: /^\/acr\/v1\//, status: 503, times: Infinity })
    const end = await scenario.attach({ mode: 'check', workloads: '*', 'fail-on-drift': 'false' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'AZURE_UNAVAILABLE' })
    expect(end.report.workloads?.map(({ status }) => status)).toEqual(names.map(() => 'unknown'))
    expect(new Set(lookUps(end)).size).toBe(3)
  })

  it('are each asked about, if it refuses one or two of them', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    scenario.simulator.faults.add({ path: /^\/acr\/v1\/shop(?:\/|%2F)(?:api|mail)\//i, status: 503, times: Infinity })
    const end = await scenario.attach({ mode: 'check', workloads: '*', 'fail-on-drift': 'false' })
    const refused = end.report.workloads?.filter(({ status }) => status === 'unknown')
    expect(refused?.map(({ name }) => name).sort()).toEqual(['shop-api', 'shop-mail'])
    expect(end.report.workloads).toHaveLength(names.length)
    expect(new Set(lookUps(end)).size).toBe(names.length)
  })
})
