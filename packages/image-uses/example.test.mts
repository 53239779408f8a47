import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readManifests } from 'image-uses/manifests'
import { createInputReader, makeTempFolder } from 'kernel'

test('the images of manifests are found, with where they are used', async () => {
  const folder = makeTempFolder()
  const pod = {
    kind: 'Pod',
    metadata: { name: 'shop' },
    spec: { containers: [{ image: 'contosoacr.azurecr.io/shop:v1' }] },
  }
  writeFileSync(`${folder}/shop.yaml`, JSON.stringify(pod))
  const { images, doubts } = await readManifests(createInputReader(), [`${folder}/*.yaml`])
  expect(images).toMatchObject([{ text: 'contosoacr.azurecr.io/shop:v1', resource: 'Pod shop' }])
  expect(doubts).toEqual([])
})
