import { describe, expect, test } from 'vitest'
import { findUsed } from 'image-uses'
import type { CheckedImage, ManifestImage } from 'run-model'
import { chooseProbeImages, chooseRunning, findLeftOut } from '../src/probe-images.js'
import { sampleContainer, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const [target, other] = [sampleTarget('aks-1'), sampleTarget('aks-2')]
const [registry, second] = [sampleRegistry(), sampleRegistry('contosobase')]
const inputs = { probeServiceAccount: '', probeNamespace: 'default' }
const constraints = { nodeSelector: { pool: 'shop' }, tolerations: [] }

const image = (
  name: string,
  pods: number,
  more: Partial<CheckedImage<'workload'>> & { on?: typeof target; account?: string; namespace?: string } = {},
): CheckedImage<'workload'> => {
  const { on = target, account, namespace = 'shop', ...rest } = more
  const place = rest.registry ?? registry
  const at = { cluster: on.id, namespace, name, image: `${place.loginServer}/${name}:v1`, pods, constraints }
  return {
    ...{ wantedBy: 'workload', registry, repository: name, reference: 'v1', runningDigest: '' },
    uses: [sampleContainer({ ...at, ...(account && { account }) })],
    ...{ status: 'present', digest: '', ...rest },
  }
}

describe('the images that run in a cluster', () => {
  test('are pulled with those of most pods first, at most 20', () => {
    const many = Array.from({ length: 25 }, (_, index) => image(`app-${index}`, index))
    const chosen = chooseRunning(target, registry, many, inputs)
    expect(chosen).toHaveLength(20)
    const reference = 'contosoacr.azurecr.io/app-24:v1'
    expect(chosen[0]).toMatchObject({ reference, constraints: [constraints], isThere: true })
    const [left] = findLeftOut(target, many)
    expect(left).toMatchObject({ code: 'IMAGE_NOT_PROBED', subject: target.id })
    expect(left?.message.match(/\d+/g)?.slice(0, 2)).toEqual(['5', '25'])
    expect(findLeftOut(target, many.slice(0, 20))).toEqual([])
  })

  test('do not include what is gone, what runs elsewhere, and what is in another registry', () => {
    const all = [
      image('gone', 9, { status: 'gone' }),
      image('far', 9, { on: other }),
      image('base', 1, { registry: second }),
      image('app', 1),
    ]
    expect(chooseRunning(target, registry, all, inputs).map(({ reference }) => reference)).toEqual([
      'contosoacr.azurecr.io/app:v1',
    ])
  })

  test('use the service account of their workload only in its namespace', () => {
    const account = { account: 'builder' }
    const all = [image('here', 2, { namespace: 'default', ...account }), image('there', 1, account)]
    expect(chooseRunning(target, registry, all, inputs).map(each => each.account)).toEqual(['builder', undefined])
    const named = chooseRunning(target, registry, all, { ...inputs, probeServiceAccount: 'prober' })
    expect(named.map(each => each.account)).toEqual(['prober', 'prober'])
  })
})

describe('the images to pull', () => {
  const place = { file: 'k8s.yaml', document: 1, resource: 'Pod', field: 'spec.containers[0].image' }
  const manifestOf = (text: string): ManifestImage => ({ image: text, ...place })
  const manifest = [manifestOf('ContosoACR.azurecr.io/team/app:v1')]

  test('are found by the login server in any letter case, and by a regional endpoint', () => {
    expect(findUsed([manifestOf('contosoacr.westeurope.geo.azurecr.io/a:1')], [registry])).toMatchObject([
      { repository: 'a', registry },
    ])
    const others = [manifestOf('docker.io/library/nginx')]
    expect(findUsed([...manifest, ...others, ...manifest], [registry])).toMatchObject([
      { repository: 'team/app', reference: 'v1', registry },
    ])
  })

  test('are probe-image or the first image, plus images of manifests that are not known to be missing', () => {
    const [used] = findUsed(manifest, [registry])
    if (!used) throw new Error('not found')
    const choose = (probeImages: string[], status: 'present' | 'missing') => {
      const probes = probeImages.map((path): CheckedImage => {
        const at = { registry, repository: path, reference: 'v1', digest: '' }
        return { wantedBy: 'probe', ...at, text: `${registry.loginServer}/${path}:v1`, status: 'unknown' }
      })
      const images: CheckedImage[] = [...probes, { ...used, status, digest: '' }]
      return chooseProbeImages(registry, images, [], '').map(({ reference }) => reference)
    }
    expect(choose(['nginx'], 'present')).toEqual([
      'contosoacr.azurecr.io/nginx:v1',
      'ContosoACR.azurecr.io/team/app:v1',
    ])
    expect(choose([], 'missing')).toEqual([])
  })
})
