import { describe, expect, it } from 'vitest'
import type { WorkloadContainer } from 'run-model'
import { findRunning } from '../src/lookup.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

describe('the images that run', () => {
  const registry = sampleRegistry()
  const container = (image: string, more: Partial<WorkloadContainer> = {}): WorkloadContainer => ({
    cluster: sampleTarget('aks-1').id,
    namespace: 'shop',
    kind: 'Deployment',
    name: 'api',
    container: 'app',
    image,
    runningDigest: 'sha256:aa',
    pods: 1,
    ...more,
  })
  const found = (...images: WorkloadContainer[]) =>
    findRunning(images, [registry]).map(({ repository, reference, runningDigest, uses }) => [
      repository,
      reference,
      runningDigest,
      uses.length,
    ])

  it('are listed once per reference and running digest, whoever uses them', () => {
    const api = container('contosoacr.azurecr.io/team/api:v1')
    expect(found(api, { ...api, cluster: sampleTarget('aks-2').id }, { ...api, runningDigest: 'sha256:bb' })).toEqual([
      ['team/api', 'v1', 'sha256:aa', 2],
      ['team/api', 'v1', 'sha256:bb', 1],
    ])
  })

  it('are found by login server in any letter case, and by regional endpoint', () => {
    expect(
      found(container('ContosoACR.azurecr.io/api'), container('contosoacr.westeurope.geo.azurecr.io/api')),
    ).toEqual([['api', 'latest', 'sha256:aa', 2]])
  })

  it('with a digest are looked up by it, whatever their tag', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    expect(found(container(`contosoacr.azurecr.io/api:v1@${digest}`))).toEqual([['api', digest, 'sha256:aa', 1]])
  })

  it.each(['nginx', 'fabrikam.azurecr.io/api:v1', 'contosoacr.azurecr.io/API', ''])(
    'are none of other registries, and none without a valid name: %j',
    image => {
      expect(found(container(image))).toEqual([])
    },
  )
})
