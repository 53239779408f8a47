import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { findingCodes, grantAccess, letDeploy } from '../../support/estate.js'
import { inRun } from '../../support/nights.js'
import { letPull } from '../../support/pull-scenario.js'
import { headlineOf, warningsOf } from '../../support/reading.js'
import { it } from '../../support/scenario.js'

const name = 'contosoacr.azurecr.io/team/none:1'

/** The file of a pod that no node can run. */
function layPod(): string {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'pod.yaml')
  const spec = `nodeSelector: { gpu: 'yes' }, containers: [{ name: a, image: '${name}' }]`
  writeFileSync(file, `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { ${spec} }\n`)
  return file
}

describe('a missing image of manifests that later neither the runner nor a node can see', () => {
  it('because no node can run it is unknown, and nothing says that it was checked', async ({ begin }) => {
    const runner = { workflow: 'nightly', job: 'check', eventName: 'schedule' }
    const scenario = letPull(await begin({ runner, variations: 'none' }))
    letDeploy(scenario, scenario.group.id)
    grantAccess(scenario)
    const { issues } = scenario.world.github
    const inputs = {
      mode: 'check',
      'drift-issue': 'x',
      'fail-on-drift': 'false',
      timeout: '10s',
      'probe-image': 'team/app:v1',
      manifests: layPod(),
    }
    const first = await scenario.pull(inputs, inRun(1))
    expect(first.report.manifests).toMatchObject([{ status: 'missing' }])
    expect(issues).toMatchObject([{ state: 'open' }])
    const body = { errors: [{ code: 'DENIED', message: 'denied' }] }
    scenario.simulator.faults.add({ path: /team\/none|%2Fnone/, status: 403, body, times: Infinity })
    const end = await scenario.pull(inputs, inRun(2))
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', ready: 'false', 'error-code': '' } })
    expect(headlineOf(end)).toMatch(/^⚠ /)
    const message: unknown = expect.stringContaining(name)
    expect(warningsOf(end)).toContainEqual(message)
    expect(end.report.manifests).toMatchObject([{ status: 'unknown', error: null }])
    expect(end.report.unknown).toMatchObject([{ subject: name, message, about: 'image' }])
    expect(findingCodes(end)).toContain('IMAGE_NOT_PROBED')
    expect(issues).toMatchObject([{ state: 'open' }])
  })
})
