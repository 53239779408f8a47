import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

const agentPools = [
  { name: 'system', count: 1 },
  { name: 'arm', count: 1, arch: 'arm64' as const, vmSize: 'Standard_D4pds_v5' },
]

/** A file with Deployments of one image each, with extra fields for their pods. */
function deploy(pods: Record<string, string>): string {
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'shop.yaml')
  const documents = Object.entries(pods).map(
    ([image, more]) =>
      `apiVersion: apps/v1\nkind: Deployment\nspec: { template: { spec: { containers: [{ name: a, image: ${image} }], ${more} } } }\n`,
  )
  writeFileSync(file, documents.join('---\n'))
  return file
}

const acr = 'contosoacr.azurecr.io'

describe('a cluster with nodes of two architectures', () => {
  onceIt('pulls each image of the manifests where its workload can run', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.registry.images.push('team/amd', 'v1', { platforms: ['linux/amd64'] })
    scenario.registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    const manifests = deploy({
      [`${acr}/team/amd:v1`]: 'nodeSelector: { kubernetes.io/arch: amd64 }',
      [`${acr}/team/arm:v1`]: 'nodeSelector: { kubernetes.io/arch: arm64 }',
      [`${acr}/team/app:v1`]: 'tolerations: []',
    })
    const end = await scenario.pull({ manifests, 'probe-image': '' })
    expectProven(end, scenario)
    expect(
      pulls(end)
        .map(({ arch, image }) => `${arch} ${image}`)
        .sort(),
    ).toEqual([
      `amd64 ${acr}/team/amd:v1`,
      `amd64 ${acr}/team/app:v1`,
      `arm64 ${acr}/team/app:v1`,
      `arm64 ${acr}/team/arm:v1`,
    ])
    expect(end.report.findings).toEqual([])
  })

  onceIt(
    'passes with images of one platform, and warns about a workload that can land on the other',
    async ({ begin }) => {
      const scenario = letPull(await begin(), { agentPools })
      scenario.registry.images.push('team/amd', 'v1', { platforms: ['linux/amd64'] })
      const manifests = deploy({ [`${acr}/team/amd:v1`]: 'tolerations: []' })
      const end = await scenario.pull({ manifests, 'probe-image': '' })
      // It could land on a node that can't pull it.
      expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false', verified: 'pull', 'error-code': '' })
      expect(pulls(end).map(({ arch, verdict }) => [arch, verdict])).toEqual([['amd64', 'pulled']])
      expect(end.report.findings.map(({ code, severity, message }) => [code, severity, message])).toContainEqual([
        'IMAGE_NOT_PROBED',
        'warning',
        expect.stringMatching(/team\/amd:v1 .*linux\/arm64/),
      ])
    },
  )

  onceIt('passes with a probe image of one platform, pulled where it can run', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    const end = await scenario.pull({ 'probe-image': 'team/arm:v1', 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ arch }) => arch)).toEqual(['arm64'])
    expect(scenario.cluster.kubernetes.podsCreated.map(({ spec }) => spec.nodeName)).toEqual([
      expect.stringContaining('-arm-'),
    ])
  })
})
