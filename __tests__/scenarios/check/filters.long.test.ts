import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { problemsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const check = { mode: 'check', 'drift-issue': 'true', cluster: '*' }

/** A group with three clusters, of which one is not of production, and two registries. */
async function beginMany(begin: (beginning: object) => Promise<Scenario>) {
  const scenario = await begin(schedule)
  const { group, cluster, registry } = scenario
  letDeploy(scenario, group.id)
  const [second, test] = ['aks-prod-2', 'aks-test'].map(name => group.addCluster(name))
  const other = group.addRegistry('otheracr')
  for (const each of [cluster, second, registry]) Object.assign(each?.body as object, { tags: { Env: 'prod' } })
  for (const each of [test, other]) Object.assign(each?.body as object, { tags: { env: 'test' } })
  return { ...scenario, scenario, test, other }
}

const namesOf = ({ report }: StepEnd): string[] =>
  report.pairs.map(({ target, loginServer }) => `${target.split('/').at(-1) ?? ''} ${loginServer ?? ''}`)

describe('* with filters', () => {
  it('leaves out names, and keeps the clusters and registries with a tag', async ({ begin }) => {
    const { attach, scenario } = await beginMany(begin)
    const named = await attach({ ...check, cluster: '*\n!AKS-prod-2' })
    expect(namesOf(named)).toEqual(['aks-prod-1 contosoacr.azurecr.io', 'aks-test contosoacr.azurecr.io'])
    expect(named.report.searched).toEqual([])
    const tagged = await attach({ ...check, cluster: '*\ntag:env=prod', registry: '*\ntag:ENV=test' })
    expect(namesOf(tagged)).toEqual(['aks-prod-1 otheracr.azurecr.io', 'aks-prod-2 otheracr.azurecr.io'])
    // The registries are listed once, and nothing else of their group is read but to look for gaps.
    const lists = armRequests(tagged, 'GET', '/registries').filter(({ path }) => /registries$/i.test(path))
    expect(lists).toHaveLength(1)
    const every = await attach({ cluster: '*', registry: '*', mode: 'attach' })
    expectAttached(every, { changed: true })
    expect(every.report.pairs).toHaveLength(6)
    for (const none of [{ cluster: '*\ntag:env=none' }, { registry: '*\ntag:env=none' }]) {
      const end = await attach({ ...check, ...none })
      expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' }, report: { pairs: [] } })
    }
    expect(scenario.takeProblems()).toEqual([])
  })

  it('is refused in detach, for registries as for clusters', async ({ begin }) => {
    const { attach } = await beginMany(begin)
    const end = await attach({ mode: 'detach', cluster: '*\n!aks-test', registry: '*' })
    expectFailure(end, 'INVALID_INPUT')
    expect([problemsOf(end, 'cluster'), problemsOf(end, 'registry')].map(({ length }) => length)).toEqual([1, 1])
    expect(armRequests(end, 'GET')).toEqual([])
  })
})
