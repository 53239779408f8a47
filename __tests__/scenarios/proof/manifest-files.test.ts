import { mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { expectAttached, expectFailure, onceIt } from '../../support/scenario.js'
import { letPull } from '../../support/pull-scenario.js'

/** A file in a separate folder. */
function write(name: string, text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), name)
  writeFileSync(file, text)
  return file
}

/** Twelve levels of twelve aliases each. */
function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const inner = Array.from({ length: 12 }, () => `*a${level}`).join(', ')
    return `a${level + 1}: &a${level + 1} [${inner}]`
  })
  return ['kind: Pod', 'a0: &a0 x', ...levels].join('\n')
}

/** Makes the action print its CPU time when it ends. */
const meter = {
  NODE_OPTIONS: `--import=data:text/javascript,process.on('exit',()=>console.log('::debug::cpu'+'\\x20'+Object.values(process.cpuUsage()).join('+')))`,
}

/** The printed CPU time, in milliseconds. */
function cpuMsOf(stdout: string): number {
  const [, user, system] = /::debug::cpu (\d+)\+(\d+)/.exec(stdout) ?? []
  return (Number(user) + Number(system)) / 1000
}

describe('manifest files that would exhaust the runner or leave the workspace', () => {
  onceIt('are input problems, reported together with their names before any request', async ({ begin }) => {
    const scenario = letPull(await begin())
    const [bombed, giant, elsewhere] = [
      write('bomb.yaml', bomb()),
      write('giant.yaml', ''),
      write('secret.yaml', 'a: b'),
    ]
    truncateSync(giant, 50_000_000)
    const link = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'link.yaml')
    symlinkSync(elsewhere, link)
    const manifests = [bombed, giant, link, '../*.yaml'].join('\n')
    const end = await scenario.attach({ manifests }, { environment: meter })
    expectFailure(end, 'INVALID_INPUT')
    // Half a second; to expand the bomb would take minutes.
    expect(cpuMsOf(end.stdout)).toBeLessThan(10_000)
    expect(end.requests).toEqual([])
    expect(end.log).toMatch(/bomb\.yaml\b.*aliases/)
    expect(end.log).toMatch(/giant\.yaml\b.*50 MB/)
    expect(end.log).toMatch(/link\.yaml\b.*workspace/)
    expect(end.log).toMatch(/"\.\.\/\*\.yaml".*workspace/)
  })
})

describe('manifests of many kinds', () => {
  onceIt('are read: merge keys, Argo, Knative, KEDA, Tekton and operators', async ({ begin }) => {
    const scenario = letPull(await begin())
    const acr = 'contosoacr.azurecr.io/team'
    const files = [
      `apiVersion: apps/v1\nkind: Deployment\nx-common: &common { image: ${acr}/merged:v9 }\nspec: { template: { spec: { containers: [{ name: a, <<: *common }] } } }`,
      `apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: { templates: [{ name: a, script: { image: ${acr}/flow:v9 } }] }`,
      `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: { template: { spec: { containers: [{ name: a, image: ${acr}/rolled:v9 }] } } }`,
      `apiVersion: serving.knative.dev/v1\nkind: Service\nspec: { template: { spec: { containers: [{ image: ${acr}/served:v9 }] } } }`,
      `apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nspec: { jobTargetRef: { template: { spec: { containers: [{ name: a, image: ${acr}/scaled:v9 }] } } } }`,
      `apiVersion: tekton.dev/v1\nkind: Task\nspec: { steps: [{ name: a, image: ${acr}/step:v9 }] }`,
      `apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: { image: ${acr}/operated:v9 }`,
    ]
    const names = ['merged', 'flow', 'rolled', 'served', 'scaled', 'step', 'operated']
    const manifests = write('all.yaml', files.join('\n---\n'))
    const end = await scenario.attach({ manifests })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(end.report.manifests.map(({ image, status }) => [image, status])).toEqual(
      names.map(name => [`${acr}/${name}:v9`, 'missing']),
    )
    for (const name of names) scenario.registry.images.push(`team/${name}`, 'v9')
    expectAttached(await scenario.attach({ manifests }), { changed: false })
  })
})
