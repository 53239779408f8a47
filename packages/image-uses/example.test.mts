import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readManifests } from 'image-uses/manifests'
import { createInputReader, makeTempFolder } from 'runner'

test('the images of manifests are found, with where they are used', async () => {
  const folder = makeTempFolder()
  const spec = { containers: [{ image: 'contosoacr.azurecr.io/shop:v1' }] }
  writeFileSync(`${folder}/shop.yaml`, JSON.stringify({ kind: 'Pod', metadata: { name: 'shop' }, spec }))
  const { images } = await readManifests(createInputReader(), [`${folder}/*.yaml`])
  const uses = images.map(({ image, resource }) => `${resource} uses ${image}`)
  expect(uses).toEqual(['Pod shop uses contosoacr.azurecr.io/shop:v1'])
})
