import { describe, expect } from 'vitest'
import { downloaded, merge } from '../../support/fleet.js'
import { addImagePuller, letDeploy } from '../../support/estate.js'
import { letImport, wall } from '../../support/image-world.js'
import { annotationTitles, headlineOf, verdictLineOf } from '../../support/reading.js'
import { onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'fail-on-drift': 'false' }

/** A world whose cluster has its grant. */
async function beginAttached(begin: (beginning?: Beginning) => Promise<Scenario>): Promise<Scenario> {
  const scenario = await begin()
  const { world, cluster, registry } = scenario
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  return scenario
}

describe('items that the jobs of a fleet could not check', () => {
  onceIt('about an image do not fail the merge, like the job, and are in the headline', async ({ begin }) => {
    const scenario = letImport(await beginAttached(begin))
    wall(scenario.registry)
    const job = await scenario.attach({ ...check, images: 'nginx:1.27' })
    expect(job).toMatchObject({ exitCode: 0, outputs: { 'error-code': '', drift: 'false' } })
    const end = await merge(scenario, { reports: downloaded([job.reportFile]) })
    expect(verdictLineOf(end)).toMatch(/^⚠ [^·]*\b1\b[^·]* · 1 image [^·]* · 2 warnings$/)
    expect(headlineOf(end)).toBe(verdictLineOf(end))
    expect(end).toMatchObject({ exitCode: 0, stderr: '', outputs: { 'error-code': '', drift: 'false' } })
    // Commands of another job are neither repeated nor announced.
    expect(end.summary).toMatch(
      /^The commands are in the log of that job, in this run: <https:\/\/\S+\/actions\/runs\/\d+>$/m,
    )
    expect(annotationTitles(end)).toEqual([
      'warning attach-acr: FIREWALL on contosoacr',
      'warning attach-acr: IMAGE_NOT_COMPARED on contosoacr',
    ])
  })

  onceIt('about a role are in the headline', async ({ begin }) => {
    const scenario = await beginAttached(begin)
    const { attach, world, cluster, group, simulator } = scenario
    const role = addImagePuller(scenario)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role, scope: group.id })
    const error = { code: 'AuthorizationFailed', message: 'The client has no authorization.' }
    simulator.faults.add({ path: `/roleDefinitions/${role}`, status: 403, body: { error }, times: Infinity })
    const job = await attach(check)
    expect(verdictLineOf(job)).toMatch(/^⚠ .* · 1 [^·]+$/)
    expect(job.report.unknown).toHaveLength(1)
    const end = await merge(scenario, { reports: downloaded([job.reportFile]) })
    expect(end).toMatchObject({ exitCode: 0, stderr: '', outputs: { 'error-code': '' } })
    expect(verdictLineOf(end)).toMatch(/^⚠ [^·]*\b1\b[^·]* · 1 [^·]+$/)
    const why = /The role .* at contosoacr could not be read: .*roleDefinitions\/read/
    expect(end.log).toMatch(new RegExp(`^\\? ${why.source}`, 'm'))
    expect(end.summary).toMatch(new RegExp(`\\*\\*\\? [^*]+:\\*\\* ${why.source}`))
    expect(end.annotations).toMatchObject([{ level: 'warning', message: expect.stringMatching(why) as string }])
    expect(job.annotations).toEqual(end.annotations)
  })

  onceIt('about clusters are a failure per code, and never a bug of the action', async ({ begin }) => {
    const scenario = await beginAttached(begin)
    const { attach, simulator, group, registry } = scenario
    letDeploy(scenario, group.id)
    for (const name of ['aks-x', 'aks-y']) group.addCluster(name)
    simulator.faults.add({ method: 'GET', path: '/managedClusters/aks-x', status: 503, times: Infinity })
    const job = await attach({
      ...check,
      cluster: `${group.id}/providers/Microsoft.ContainerService/managedClusters/aks-x\naks-prod-1`,
    })
    expect(job.outputs['error-code']).toBe('AZURE_UNAVAILABLE')
    const [pair] = job.report.pairs
    if (!pair) throw new Error('there is no pair')
    const silent = { ...pair, target: 'aks-z', asked: { target: 'aks-z', registry: registry.id }, error: null }
    const odd = JSON.stringify({ ...job.report, pairs: [...job.report.pairs, silent] })
    const end = await merge(scenario, { reports: downloaded([odd]) })
    expect(end.annotations.filter(({ level }) => level === 'error').map(({ title }) => title)).toEqual([
      'attach-acr: AZURE_UNAVAILABLE',
      'attach-acr: INVALID_INPUT',
    ])
    expect(end.log).toMatch(/\baks-z on contosoacr\.azurecr\.io: /)
    expect(verdictLineOf(end)).toMatch(/^\? 2 clusters /)
    expect(end.log + end.summary).not.toContain('UNEXPECTED')
  })

  onceIt('include the entries that a truncated report omits; its job counts as incomplete', async ({ begin }) => {
    const scenario = await beginAttached(begin)
    const { report } = await scenario.attach(check)
    const none = { images: 0, manifests: 0, workloads: 0, plan: 0, findings: 0, unknown: 0, notes: 0, jobs: 0 }
    const cut = JSON.stringify({ ...report, omitted: { ...none, pairs: 4000, unknown: 20, fixes: true } })
    const end = await merge(scenario, { reports: downloaded([cut]) })
    expect(end.outputs).toMatchObject({ attached: 'false', verified: 'none', 'error-code': 'INVALID_INPUT' })
    expect(end.log).toMatch(/drift-0\/report\.json .*: .*report\.json .*20 unknown and 4000 pairs/)
    expect(end.log).toContain('report-file')
    expect(verdictLineOf(end)).toMatch(/^\? drift-0\/report\.json /)
  })

  onceIt('about ten thousand clusters are counted by reason', async ({ begin }) => {
    const scenario = await beginAttached(begin)
    const { attach, simulator } = scenario
    simulator.faults.add({ method: 'GET', path: /\/roleAssignments$/i, status: 503, times: Infinity })
    const job = await attach(check)
    const [pair] = job.report.pairs
    if (!pair) throw new Error('there is no pair')
    const legs = Array.from({ length: 100 }, (_, leg) => {
      const pairs = Array.from({ length: 100 }, (__, index) => {
        const target = `${pair.target}-${leg}-${index}`
        return { ...pair, target, asked: { target, registry: pair.registry } }
      })
      return JSON.stringify({ ...job.report, pairs })
    })
    const end = await merge(scenario, { reports: downloaded(legs), 'drift-issue': 'true' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'AZURE_UNAVAILABLE' })
    expect(end.summary).toContain('**✗ AZURE_UNAVAILABLE** 10000 clusters could not be checked.')
    expect(end.summary).toContain('<details><summary>10000 rows</summary>')
    expect(Buffer.byteLength(end.summary)).toBeLessThan(1024 * 1024)
  })
})

describe('jobs with the same failure', () => {
  onceIt('each have a report', async ({ begin }) => {
    const scenario = await begin({ runner: { idToken: false } })
    const entries = ['aks-a', 'aks-b'].map(cluster => JSON.stringify({ cluster }))
    const reports = []
    for (const entry of entries) reports.push((await scenario.attach({ ...check, 'fleet-entry': entry })).reportFile)
    const end = await merge(scenario, { reports: downloaded(reports), fleet: `[${entries.join()}]` })
    expect(end).toMatchObject({ exitCode: 1, stderr: '', outputs: { 'error-code': 'OIDC_UNAVAILABLE' } })
    for (const name of ['aks-a', 'aks-b'])
      expect(end.log).toMatch(new RegExp(`OIDC_UNAVAILABLE {2}${name} .*: This job`))
    const error = { code: 'OIDC_UNAVAILABLE' }
    expect(JSON.parse(end.reportFile)).toMatchObject({
      jobs: [
        { error, problem: null },
        { error, problem: null },
      ],
    })
  })
})
