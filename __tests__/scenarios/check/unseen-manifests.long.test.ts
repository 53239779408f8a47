import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect } from 'vitest'
import { findingCodes, grantAccess, letDeploy } from '../../support/estate.js'
import { inRun } from '../../support/nights.js'
import { letPull } from '../../support/pull-scenario.js'
import { headlineOf, warningsOf } from '../../support/reading.js'
import { it, type Beginning, type Scenario, type StepEnd } from '../../support/scenario.js'

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** The file of a pod. */
function lay(spec: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  folders.push(folder)
  const file = join(folder, 'pod.yaml')
  writeFileSync(file, `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { ${spec} }\n`)
  return file
}

const containerOf = (image: string): string => `containers: [{ name: a, image: '${image}' }]`

describe('a missing image of manifests that later neither the runner nor a node can see', () => {
  const name = 'contosoacr.azurecr.io/team/none:1'
  const check = {
    ...{ mode: 'check', 'drift-issue': 'x', 'fail-on-drift': 'false', timeout: '10s' },
    'probe-image': 'team/app:v1',
  }

  /** The issue is open in the first night; in the second, the registry refuses to show the image to the runner. */
  async function beginMissing(begin: (beginning: Beginning) => Promise<Scenario>, spec: string) {
    const runner = { workflow: 'nightly', job: 'check', eventName: 'schedule' }
    const scenario = letPull(await begin({ runner, variations: 'none' }))
    letDeploy(scenario, scenario.group.id)
    grantAccess(scenario)
    const { github } = scenario.world
    const inputs = { ...check, manifests: lay(spec) }
    const end = await scenario.pull(inputs, inRun(1))
    expect(end.report.manifests).toMatchObject([{ status: 'missing' }])
    expect(github.issues).toMatchObject([{ state: 'open' }])
    const body = { errors: [{ code: 'DENIED', message: 'denied' }] }
    scenario.simulator.faults.add({ path: /team\/none|%2Fnone/, status: 403, body, times: Infinity })
    const again = (run: number) => scenario.pull(inputs, inRun(run))
    return { ...scenario, again, github }
  }

  /** Headline, annotation, report and issue have it. */
  function expectUnknown(end: StepEnd, { issues }: Scenario['world']['github']): void {
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', ready: 'false', 'error-code': '' } })
    expect(headlineOf(end)).toMatch(/^⚠ /)
    const message: unknown = expect.stringContaining(name)
    expect(warningsOf(end)).toContainEqual(message)
    expect(end.report.manifests).toMatchObject([{ status: 'unknown', error: null }])
    expect(end.report.unknown).toMatchObject([{ subject: name, message, about: 'image' }])
    expect(issues).toMatchObject([{ state: 'open' }])
    expect(issues[0]?.body).toMatch(/team\/none:1/)
  }

  it('because no node can run it is unknown, and nothing says that it was checked', async ({ begin }) => {
    const { again, github } = await beginMissing(begin, `nodeSelector: { gpu: 'yes' }, ${containerOf(name)}`)
    const end = await again(2)
    expectUnknown(end, github)
    expect(findingCodes(end)).toContain('IMAGE_NOT_PROBED')
  })

  it('is repaired once a node has pulled it, whatever the runner can see', async ({ begin }) => {
    const { again, github, registry } = await beginMissing(begin, containerOf(name))
    registry.images.push('team/none', '1', { platforms: ['linux/amd64'] })
    const end = await again(2)
    expect(end.report).toMatchObject({ verified: 'pull', manifests: [{ status: 'unknown' }], unknown: [] })
    expect(headlineOf(end)).toMatch(/^✓ /)
    expect(github.issues).toMatchObject([{ state: 'closed' }])
  })
})

describe('an image of manifests in a registry of the input', () => {
  /** It is unknown and names its registry's reason; nothing advises to add a registry that the input has. */
  function expectOpen(end: StepEnd, image: string, why: RegExp): void {
    const about = end.report.unknown.filter(({ message }) => message.includes(`${image} (`))
    expect(about).toMatchObject([{ subject: image.split('/')[0], about: null }])
    expect(about[0]?.message).toMatch(why)
    expect(end.report.findings.filter(({ code }) => code.startsWith('IMAGE_'))).toEqual([])
  }

  it.for(['check', 'attach'])('is unknown if the registry could not be read (%s)', async (mode, { begin }) => {
    const { attach, registry, simulator } = await begin()
    const lacks = "does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'"
    const message = `The client 'x' with object id 'y' ${lacks} over scope '${registry.id}'.`
    const body = { error: { code: 'AuthorizationFailed', message } }
    simulator.faults.add({ method: 'GET', path: /\/registries\/contosoacr$/i, status: 403, body, times: Infinity })
    const image = 'contosoacr.azurecr.io/nginx:1'
    const end = await attach({ mode, registry: registry.id, manifests: lay(containerOf(image)) })
    expectOpen(end, image, /registries\/read/)
  })
})
