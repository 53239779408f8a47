import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { downloaded, merge } from '../../support/fleet.js'
import { problemsOf } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  onceIt,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const check = { mode: 'check', 'drift-issue': 'true', cluster: '*' }
const inRun = (run: number) => ({ environment: { GITHUB_RUN_ID: String(run) } })

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
  onceIt('leaves out names, and keeps the clusters and registries with a tag', async ({ begin }) => {
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

  onceIt('knows a tag whose key or value has = in it', async ({ begin }) => {
    const { attach, group } = await beginMany(begin)
    group.addCluster('aks-key', { tags: { 'A=B': 'c' } })
    group.addCluster('aks-value', { tags: { a: 'B=c' } })
    group.addCluster('aks-neither', { tags: { 'A=B': 'C', B: 'c' } })
    const end = await attach({ ...check, cluster: '*\ntag:A=B=c' })
    expect(namesOf(end)).toEqual(['aks-key contosoacr.azurecr.io', 'aks-value contosoacr.azurecr.io'])
    expect(end.report.findings.map(({ code }) => code)).not.toContain('FILTER_WITHOUT_EFFECT')
  })

  onceIt('is refused in detach, for registries as for clusters', async ({ begin }) => {
    const { attach } = await beginMany(begin)
    const end = await attach({ mode: 'detach', cluster: '*\n!aks-test', registry: '*' })
    expectFailure(end, 'INVALID_INPUT')
    expect([problemsOf(end, 'cluster'), problemsOf(end, 'registry')].map(({ length }) => length)).toEqual([1, 1])
    expect(armRequests(end, 'GET')).toEqual([])
  })

  onceIt('neither heals nor repeats the drift of what it leaves out', async ({ begin }) => {
    const { attach, scenario, world, test, cluster, registry } = await beginMany(begin)
    await attach(check, inRun(1))
    const [issue] = world.github.issues
    expect(issue?.title).toContain('3 of 3 ')
    for (const { kubeletIdentity } of [
      cluster,
      world.resources.find(({ name }) => name === 'aks-prod-2') as typeof cluster,
    ])
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const filtered = { ...check, cluster: '*\n!aks-test' }
    const end = await attach(filtered, inRun(2))
    expectAttached(end, { changed: false })
    expect(issue).toMatchObject({ state: 'open' })
    expect(issue?.body).toMatch(/^- aks-test on contosoacr: not looked at since /m)
    expect(issue?.body).not.toContain('AcrPull is missing')
    const before = JSON.stringify(world.github.issues)
    await attach(filtered, inRun(3))
    expect(JSON.stringify(world.github.issues)).toBe(before)
    // It is gone with its cluster.
    world.resources.splice(
      world.resources.findIndex(({ id }) => id === test?.id),
      1,
    )
    await attach(filtered, inRun(4))
    expect(world.github.issues.map(({ state }) => state)).toEqual(['closed'])
    expect(scenario.takeProblems()).toEqual([])
  })

  onceIt('does not make a merge believe that what it leaves out is gone', async ({ begin }) => {
    const { attach, scenario, world, cluster, registry } = await beginMany(begin)
    const job = { ...check, 'drift-issue': 'false', 'fail-on-drift': 'false' }
    const entry = { cluster: '*', 'resource-group': 'rg-shop', registry: 'contosoacr' }
    const night = async (lines: string) => {
      const own = JSON.stringify({ ...entry, cluster: lines })
      const { reportFile } = await attach({ ...job, cluster: lines, 'fleet-entry': own })
      const fleet = `[${own}]`
      await merge(scenario, { 'drift-issue': 'true', reports: downloaded([reportFile]), fleet })
    }
    await night('*')
    for (const { kubeletIdentity } of [
      cluster,
      world.resources.find(({ name }) => name === 'aks-prod-2') as typeof cluster,
    ])
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await night('*\n!aks-test')
    expect(world.github.issues).toMatchObject([{ state: 'open' }])
    expect(world.github.issues[0]?.body).toMatch(/^- aks-test on contosoacr: not looked at since /m)
  })
})

describe('a registry', () => {
  onceIt('that was taken out of the inputs is neither healed nor repeated', async ({ begin }) => {
    const { attach, world, cluster, registry } = await beginMany(begin)
    const both = { ...check, cluster: 'aks-prod-1', registry: 'contosoacr\notheracr' }
    await attach(both, inRun(1))
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expectAttached(await attach({ ...both, registry: 'contosoacr' }, inRun(2)), { changed: false })
    const [issue] = world.github.issues
    expect(issue).toMatchObject({ state: 'open' })
    expect(issue?.body).toMatch(/^- aks-prod-1 on otheracr: not looked at since /m)
  })
})
