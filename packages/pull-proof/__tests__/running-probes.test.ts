import { describe, expect, test } from 'vitest'
import type { CheckedImage } from 'run-model'
import { chooseRunning, findLeftOut } from '../src/probe-images.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

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
  const use = {
    cluster: on.id,
    namespace,
    kind: 'Deployment',
    name,
    container: 'c',
    image: `${place.loginServer}/${name}:v1`,
    runningDigest: '',
    pods,
    constraints,
  }
  return {
    wantedBy: 'workload',
    registry,
    repository: name,
    reference: 'v1',
    runningDigest: '',
    uses: [{ ...use, ...(account && { account }) }],
    status: 'present',
    digest: '',
    ...rest,
  }
}

describe('the images that run in a cluster', () => {
  test('are pulled with those of most pods first, at most 20', () => {
    const many = Array.from({ length: 25 }, (_, index) => image(`app-${index}`, index))
    const chosen = chooseRunning(target, registry, many, inputs)
    expect(chosen).toHaveLength(20)
    expect(chosen[0]).toMatchObject({
      reference: 'contosoacr.azurecr.io/app-24:v1',
      constraints: [constraints],
      isThere: true,
    })
    const [left] = findLeftOut(target, many)
    expect(left).toMatchObject({ code: 'IMAGE_NOT_PROBED', subject: target.id })
    expect(left?.message).toMatch(/^5 of 25 images that run on aks-1 were not pulled/)
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
