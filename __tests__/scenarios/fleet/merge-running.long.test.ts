import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { makePrivate } from '../../support/network.js'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { letLook, runImage } from '../../support/running.js'
import { it, onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', workloads: '*', 'fail-on-drift': 'false' }

async function beginWatched(begin: (beginning?: Beginning) => Promise<Scenario>): Promise<Scenario> {
  const scenario = await begin()
  letLook(scenario)
  await scenario.attach()
  runImage(scenario, 'shop/api', '1.4')
  return scenario
}

describe('workloads that a job of a fleet could not check', () => {
  onceIt('keep their own code in the report and the merge', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    makePrivate(scenario, scenario.registry)
    const job = await scenario.attach(check)
    expect(job.outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    expect(job.report.workloads).toMatchObject([{ status: 'unknown', errorCode: 'AUTHORIZATION_FAILED' }])
    const end = await merge(scenario, { reports: downloaded([job.reportFile]) })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'AUTHORIZATION_FAILED' })
    expect((JSON.parse(end.reportFile) as typeof job.report).workloads).toEqual(job.report.workloads)
  })

  onceIt('because their cluster is stopped are no failure, as in the job', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    Object.assign(scenario.cluster.body.properties as object, { powerState: { code: 'Stopped' } })
    const job = await scenario.attach(check)
    expect(job).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' } })
    expect(job.report.workloads).toMatchObject([{ image: null, errorCode: 'CLUSTER_STOPPED' }])
    const end = await merge(scenario, { reports: downloaded([job.reportFile]) })
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' } })
  })

  onceIt('in a report of an earlier version have no code', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { report } = await scenario.attach(check)
    const workloads = report.workloads?.map(row => ({ ...row, status: 'unknown', errorCode: undefined }))
    const end = await merge(scenario, { reports: downloaded([JSON.stringify({ ...report, workloads })]) })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'AZURE_UNAVAILABLE' })
  })
})

describe('an image whose entry was taken out of the fleet keeps the issue open', () => {
  /** Two nights with an issue: in the first, the first entry is checked with these inputs, and in the second it is gone. */
  async function loseEntry(begin: Parameters<typeof beginFleet>[0], inputs: Record<string, string>) {
    const { scenario, check: checkEntry, fleet, entries, grant, cluster, registry } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    grant(cluster, registry)
    letLook(scenario)
    letLook({ ...scenario, cluster, registry })
    runImage(scenario, 'shop/api', '1.4')
    scenario.registry.images.repositories.delete('shop/api')
    const [first, second] = [await checkEntry(0, inputs), await checkEntry(1, inputs)]
    const { issues } = scenario.world.github
    await merge(scenario, { reports: downloaded([first.reportFile, second.reportFile]), fleet, 'drift-issue': 'x' })
    expect(issues).toMatchObject([{ state: 'open' }])
    const rest = { reports: downloaded([second.reportFile]), fleet: JSON.stringify([entries[1]]), 'drift-issue': 'x' }
    await merge(scenario, rest)
    return issues
  }

  const left = [{ state: 'open', body: expect.stringContaining(': not looked at since ') as string }]

  it('if it ran: nobody has looked whether it still does', async ({ begin }) => {
    expect(await loseEntry(begin, { workloads: '*' })).toMatchObject(left)
  })

  onceIt('if manifests named it: nobody has read them', async ({ begin }) => {
    const manifests = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'app.yaml')
    const spec = '{ containers: [{ name: a, image: "contosoacr.azurecr.io/team/none:1" }] }'
    writeFileSync(manifests, `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: ${spec}\n`)
    expect(await loseEntry(begin, { manifests })).toMatchObject(left)
  })
})
