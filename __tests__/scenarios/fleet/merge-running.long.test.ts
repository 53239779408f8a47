import { describe, expect } from 'vitest'
import { makePrivate } from '../../support/network.js'
import { downloaded, merge } from '../../support/fleet.js'
import { letLook, runImage } from '../../support/running.js'
import { onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

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
