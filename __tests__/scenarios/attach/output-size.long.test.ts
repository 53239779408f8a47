import { describe, expect } from 'vitest'
import type { Report } from 'report-document'
import { letDeploy } from '../../support/estate.js'
import { onceIt } from '../../support/scenario.js'

describe('the outputs of a large estate', () => {
  onceIt.for(['check', 'attach'])('fit in those of a job, with all that decides (%s)', async (mode, { begin }) => {
    const scenario = await begin({ group: 'rg-größe' })
    const { group } = scenario
    for (let index = 2; index <= 150; index += 1) group.addCluster(`aks-prod-${index}`)
    for (let index = 2; index <= 5; index += 1) group.addRegistry(`contosoacr${index}`)
    letDeploy(scenario, group.id)
    const given = { cluster: '*', registry: '*', images: 'contosoacr.azurecr.io/team/app:v1 => team/copy:v1' }
    scenario.registry.images.push('team/app', 'v1')
    const end = await scenario.attach({ mode, ...given, 'fail-on-drift': 'false' })
    const { attached = '', report = '' } = end.jobOutputs
    expect(attached).toBe(end.outputs.attached)
    const kept = JSON.parse(report) as Report
    expect(kept.attached).toBe(attached === 'true')
    const whole = JSON.parse(end.reportFile) as Report
    expect(whole.pairs).toHaveLength(750)
    expect(kept).toMatchObject({ pairs: [], omitted: { pairs: 750 } })
  })
})
