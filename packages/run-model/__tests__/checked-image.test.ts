import { expect, test } from 'vitest'
import type { PlannedImage } from 'azure'
import { settle } from '../src/checked-image.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

test.each<[string, { isProbe?: true; sourceDigest?: string }, string]>([
  ['was compared', { sourceDigest: 'sha256:aa' }, 'sha256:aa'],
  ['is the pause image of the action, of which any version will do', { isProbe: true }, 'sha256:aa'],
  ['was not compared', {}, ''],
])('an image that is there is pinned to its digest if it %s', (_, { isProbe, sourceDigest }, digest) => {
  const source = { host: 'docker.io', repository: 'app', tag: '1', digest: '' }
  const request = { text: 'app', source, repository: 'app', tag: '1', ...(isProbe && { isProbe }) }
  const present = { kind: 'found', content: { digest: 'sha256:aa' } }
  const image = { request, registry: sampleRegistry(), present, notes: [], ...(sourceDigest && { sourceDigest }) }
  const settled = settle({ image, plan: { kind: 'present' } } as unknown as PlannedImage)
  expect(settled).toMatchObject({ status: 'present', digest })
})
