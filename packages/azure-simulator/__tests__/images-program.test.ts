import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { createContoso } from '../src/contoso.js'

it('an image has its program in its last layer, for each platform, and starts it', () => {
  const { images } = createContoso().registry
  const platforms = ['linux/amd64', 'linux/arm64']
  const index = images.push('shop/api', '1', { platforms, program: platform => Buffer.from(`program of ${platform}`) })
  const { blobs } = images.repositories.get('shop/api') ?? {}
  const parts = images.find('shop/api', index)?.content.manifests ?? []
  expect(parts).toHaveLength(2)
  for (const [part, { digest }] of parts.entries()) {
    const { config, layers = [] } = images.find('shop/api', digest)?.content ?? {}
    const { config: started } = JSON.parse(String(blobs?.get(config?.digest ?? ''))) as { config: object }
    expect(started).toMatchObject({ Entrypoint: ['/program'] })
    const tar = gunzipSync(blobs?.get(layers.at(-1)?.digest ?? '') ?? '')
    expect(tar.toString('latin1', 0, 7)).toBe('program')
    // The mode: everybody may start it.
    expect(tar.toString('latin1', 100, 107)).toBe('0000755')
    expect(tar.toString('latin1', 512, 512 + 22)).toBe(`program of ${platforms[part] ?? ''}`)
  }
})

it('an image without a program is the same as before', () => {
  const { images } = createContoso().registry
  const without = images.push('shop/api', '1', { content: 'a' })
  expect(images.push('shop/api', '2', { content: 'a', program: () => Buffer.from('a') })).not.toBe(without)
  expect(images.push('shop/api', '3', { content: 'a' })).toBe(without)
})
