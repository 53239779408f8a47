import { describe, expect } from 'vitest'
import { makePrivate } from '../../support/network.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { it, type Scenario, type StepEnd } from '../../support/scenario.js'
import { letLook, runImage } from '../../support/running.js'

// What is asked of the registry about images that run. What the answers mean is proven in packages/image-uses, and what a run says of it in packages/run-report.

const check = { mode: 'check', workloads: '*', 'fail-on-drift': 'false' }
const names = ['shop/api', 'shop/mail', 'shop/pay', 'shop/web', 'team/db', 'team/log']

/** How often the registry was asked about a tag or a digest. */
const lookUps = ({ requests }: StepEnd): string[] =>
  requests.flatMap(
    ({ path }) => /^\/acr\/v1\/.+\/(?:_tags|_manifests)\/([^?]+)/.exec(decodeURIComponent(path))?.[1] ?? [],
  )

const statuses = ({ report }: StepEnd) => report.workloads?.map(({ status, errorCode }) => [status, errorCode])

const beginWatched = async (begin: () => Promise<Scenario>): Promise<Scenario> => {
  const scenario = await begin()
  letLook(scenario)
  await scenario.attach()
  return scenario
}

describe('a check with workloads', () => {
  it('finds nothing wrong with images that are there, and looks each up once', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { image, digest } = runImage(scenario, 'shop/api', '1.4', { pods: 3 })
    runImage(scenario, 'shop/api', '1.4', { kind: 'StatefulSet', name: 'db' })
    const end = await scenario.attach(check)
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(end.report.workloads).toMatchObject([
      { kind: 'Deployment', name: 'api', image, runningDigest: digest, status: 'present', pods: 3 },
      { kind: 'StatefulSet', name: 'db', registryDigest: digest, status: 'present', pods: 1 },
    ])
    expect(lookUps(end)).toEqual(['1.4', digest])
  })
})

describe('images that run on a registry that refuses to be read', () => {
  const beginMany = async (begin: () => Promise<Scenario>): Promise<Scenario> => {
    const scenario = await beginWatched(begin)
    for (const name of names) runImage(scenario, name, '1.4', { name: name.replace('/', '-') })
    return scenario
  }

  it('are all unknown after three look-ups, if its firewall refuses', async ({ begin }) => {
    const scenario = await beginMany(begin)
    makePrivate(scenario, scenario.registry)
    const end = await scenario.attach(check)
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'AUTHORIZATION_FAILED' })
    expect(statuses(end)).toEqual(names.map(() => ['unknown', 'AUTHORIZATION_FAILED']))
    expect(lookUps(end)).toHaveLength(3)
  })

  it('are each asked about, if it refuses one or two of them', async ({ begin }) => {
    const scenario = await beginMany(begin)
    scenario.simulator.faults.add({ path: /^\/acr\/v1\/shop(?:\/|%2F)(?:api|mail)\//i, status: 503, times: Infinity })
    const end = await scenario.attach(check)
    expect(statuses(end)?.filter(([status]) => status === 'unknown')).toHaveLength(2)
    expect(end.report.workloads).toHaveLength(names.length)
  })
})

describe('probe-image: workloads', () => {
  it('lets nodes pull what their workloads run, and nothing else', async ({ begin }) => {
    const scenario = letPull(await begin(), {})
    letLook(scenario)
    const { image } = runImage(scenario, 'shop/api', '1.4')
    const end = await scenario.pull({ 'probe-image': 'workloads', workloads: 'shop' })
    expectProven(end, scenario)
    expect([...new Set(pulls(end).map(each => each.image))]).toEqual([image])
    // A node that runs it has its layers.
    const { pods } = scenario.cluster.kubernetes
    const nodes = pods.flatMap(({ metadata, spec }) => (metadata.namespace === 'shop' ? spec.nodeName : []))
    for (const { node, layers } of pulls(end)) expect(layers).toBe(nodes.includes(node) ? 'on-node' : 'fetched')
  })
})
