import { expect, test } from 'vitest'
import type { ProbePod } from '../src/cluster-text.js'
import { imagesTemplate, judgeLayers, needsSize, readImageLists } from '../src/node-images.js'

const [own, other] = ['a', 'b'].map(digit => `sha256:${digit.repeat(64)}`) as [string, string]
const reference = 'x.azurecr.io/app:1'

/** The list of a node, as the template prints it: the names of each image, and of how many, the smallest of which size. */
function listOf(images: string[][], { count = images.length, smallest = 1000, cut = '' } = {}) {
  const rows = images.map(names => `image\tn1\t${names.map(name => `${encodeURIComponent(name)} `).join('')}\t.`)
  return readImageLists([...rows, `images\tn1\t${count}\t${smallest}\t${cut}\t.`].join('\n')).get('n1')
}

const podWith = (imageId: string) => ({ containers: [{ name: 'image-0', image: reference, imageId }] }) as ProbePod
const pulled = (list: ReturnType<typeof listOf>, imageId = `x.azurecr.io/app@${own}`, sizeInBytes = 500) => {
  const message = `Successfully pulled image "${reference}" in 1s (1s including waiting). Image size: ${sizeInBytes} bytes.`
  const events = [
    { pod: 'p', reason: 'Pulled', message: message.replace('app:1', 'b:1').replace('500', '9999') },
    { pod: 'p', reason: 'Pulled', message },
  ]
  return judgeLayers(podWith(imageId), { container: 'image-0', reference }, events, list)
}

test('an image that the node listed, under whatever name, was there; one that it lacked was fetched', () => {
  expect(pulled(listOf([[`x.azurecr.io/app@${own}`, reference]]))).toEqual({ digest: own, layers: 'on-node' })
  expect(pulled(listOf([[`y.azurecr.io/b@${other}`], [`y.azurecr.io/b@${own}`]])).layers).toBe('on-node')
  expect(pulled(listOf([[`y.azurecr.io/b@${other}`]]))).toEqual({ digest: own, layers: 'fetched' })
  // The tag has moved since.
  expect(pulled(listOf([[`x.azurecr.io/app@${other}`, reference]])).layers).toBe('fetched')
})

test('what a list does not say is not known', () => {
  // The node may have deleted since what it had, and what it lacked was fetched.
  const old = (digest: string) =>
    ({ ...listOf([[`x.azurecr.io/app@${digest}`]]), isOld: true }) as ReturnType<typeof listOf>
  expect(pulled(old(own))).toEqual({ digest: own })
  expect(pulled(old(other)).layers).toBe('fetched')
  expect(pulled(undefined)).toEqual({ digest: own })
  expect(pulled(listOf([[`y.azurecr.io/b@${other}`]]), 'sha256:0a')).toEqual({})
  // Names are missing, an image has none by digest, or the kubelet lists none.
  expect(pulled(listOf([[`y.azurecr.io/b@${other}`]], { cut: 'cut' }))).toEqual({ digest: own })
  expect(pulled(listOf([[`y.azurecr.io/b@${other}`], ['y.azurecr.io/c:1']]))).toEqual({ digest: own })
  expect(pulled(listOf([]))).toEqual({ digest: own })
  // Yet what is listed was there.
  expect(pulled(listOf([[`x.azurecr.io/app@${own}`]], { cut: 'cut' })).layers).toBe('on-node')
})

test('a full list has all images that are larger than its smallest one', () => {
  const names = [[`y.azurecr.io/b@${other}`]]
  const full = listOf(names, { count: 50 })
  expect(pulled(full)).toEqual({ digest: own })
  expect(pulled(full, `x.azurecr.io/app@${own}`, 1000)).toEqual({ digest: own })
  expect(pulled(full, `x.azurecr.io/app@${own}`, 1001).layers).toBe('fetched')
  expect(pulled(listOf(names, { count: 49 })).layers).toBe('fetched')
  expect(needsSize({ digest: own }, full)).toBe(true)
  expect(needsSize({ digest: own }, listOf(names, { count: 49, cut: 'cut' }))).toBe(false)
  expect(needsSize({ digest: own }, listOf(names, { count: 50, cut: 'cut' }))).toBe(false)
  expect(needsSize({ digest: own, layers: 'on-node' }, full)).toBe(false)
  expect(needsSize({}, full)).toBe(false)
})

test('the template asks for the given nodes alone, and never has names that could leave it', () => {
  expect(imagesTemplate(['n1', 'n2"}}{{.', 'n-3.x'])).toContain('{{if eq .metadata.name "n1" "n-3.x"}}')
})
