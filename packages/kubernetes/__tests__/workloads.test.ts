import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unpack } from '../src/cluster-text.js'
import { readWorkloadRows } from '../src/workload-rows.js'
import { collectWorkloads, digestOf } from '../src/workloads.js'
import { sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const [one, two] = ['a', 'b'].map(letter => `sha256:${letter.repeat(64)}`)
const api = 'contosoacr.azurecr.io/shop/api:1.4'
const ran = (digest = one): string => `contosoacr.azurecr.io/shop/api@${digest ?? ''}`

const encode = (text: string): string => encodeURIComponent(text)

/** A row of a pod of this owner, with a container `main`. */
const pod = (owner: string, { time = '~', image = api, id = '', api: group = 'apps/v1', more = '' } = {}): string => {
  const [kind = '', name = ''] = owner.split('/')
  const fields = ['shop', encode(group), kind, name, id ? 'Running' : 'Pending', 'default', more]
  return `${time} pod\t${fields.join('\t')}\tc|main|${encode(image)} \t${id && `c|main|${encode(id)} `}\t.`
}

/** A row of a maker; without an image, it is only a link to its owner. */
const maker = (what: string, owner = '', image = api): string => {
  const [kind = '', name = ''] = what.split('/')
  const [ownerKind = '', ownerName = ''] = owner.split('/')
  const fields = ['shop', kind, name, owner && encode('apps/v1'), ownerKind, ownerName, 'sa-1']
  const template = image ? `- n|disk|ssd \tc|main|${encode(image)} ` : '\t'
  return `~ maker\t${fields.join('\t')}\t${template}\t.`
}

const output = (pods: string[], makers: string[]): string =>
  [`~ pods\t${pods.length}\t.`, ...pods, `~ makers\t${makers.length}\t.`, ...makers, ''].join('\n')

const collect = (pods: string[], makers: string[]) => {
  const rows = readWorkloadRows(output(pods, makers))
  if (!rows) throw new Error('rows are missing')
  const registry = { ...sampleRegistry(), loginServer: 'contosoacr.azurecr.io' }
  const { containers, elsewhere } = collectWorkloads(rows, sampleTarget(), [registry])
  const found = containers.map(({ kind, name, runningDigest, pods: count }) => [kind, name, runningDigest, count])
  return { found, containers, elsewhere: [...elsewhere] }
}

describe('the output about workloads', () => {
  const rows = [pod('ReplicaSet/a', { id: ran() }), pod('ReplicaSet/a', { id: ran() })]

  it('is read from kubectl, from rows that were counted, and compressed', () => {
    const plain = output(rows, [maker('DaemonSet/agent')])
    const counted = `      1 ~ pods\t2\t.\n      2 ${rows[0] ?? ''}\n      1 ~ makers\t1\t.\n      1 ${maker('DaemonSet/agent')}\n`
    const packed = `gzip\n${gzipSync(counted).toString('base64').replace(/.{76}/g, '$&\n')}\n`
    const [first, ...others] = [plain, counted, counted.replaceAll('\n', '\r\n'), packed].map(text =>
      readWorkloadRows(unpack(text)),
    )
    expect(first?.pods).toHaveLength(1)
    expect(first?.pods[0]?.count).toBe(2)
    for (const other of others) expect(other).toEqual(first)
  })

  it.each([
    ['nothing', ''],
    ['a lost row', output(rows, []).replace(`${rows[0] ?? ''}\n`, '')],
    ['a row that was cut', output([], [maker('DaemonSet/agent')]).slice(0, -20)],
    ['a lost list', output(rows, []).replace(/~ makers.*\n/, '')],
    ['a compressed text that was cut', `gzip\n${gzipSync(output(rows, [])).toString('base64').slice(0, -30)}`],
    ['another program', 'Welcome!\n'],
  ])('is not taken for whole with %s', (_, text) => {
    expect(readWorkloadRows(unpack(text))).toBeUndefined()
  })

  it('must have the lists of each namespace', () => {
    const text = output([], []) + output(rows, [])
    expect(readWorkloadRows(text, ['shop', 'other'])?.pods).toHaveLength(1)
    expect(readWorkloadRows(text, ['shop', 'other'])?.empty).toEqual(['other'])
    expect(readWorkloadRows(text, ['shop', 'other', 'third'])).toBeUndefined()
  })

  it('has constraints, which may be none or unknown', () => {
    const constraints = encodeConstraints()
    const text = output([pod('Cluster/db', { api: 'pg.example/v1', more: constraints }), pod('ReplicaSet/a')], [])
    expect(readWorkloadRows(text)?.pods.map(each => each.constraints)).toEqual([
      {
        nodeSelector: { 'a/b': 'c d' },
        tolerations: [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, { operator: 'Exists' }],
        nodeAffinity: [
          { labels: [{ key: 'zone', operator: 'In', values: ['1', '2'] }], names: [] },
          { labels: [], names: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] },
        ],
        os: 'windows',
      },
      undefined,
    ])
  })
})

const encodeConstraints = (): string =>
  '- n|a%2Fb|c+d t|k|Equal|v|NoSchedule t||Exists|| a l|zone|In|1|2 a f|metadata.name|In|n o|windows '

describe('the workloads of a cluster', () => {
  const ofApi = [maker('ReplicaSet/api-1', 'Deployment/api', ''), maker('Deployment/api')]

  it('are the topmost owners of pods, each with every digest that runs', () => {
    const times = ['2026-05-01T03:00:00Z', '2026-05-02T03:00:00Z']
    const pods = [
      ...times.map(time => pod('ReplicaSet/api-1', { id: ran(), time })).reverse(),
      pod('ReplicaSet/api-1', { id: ran(two) }),
      pod('ReplicaSet/api-1'),
      ...['ReplicaSet/alone', 'ReplicaSet/web-1'].map(owner => pod(owner, { id: ran() })),
      pod('Job/nightly-1', { id: ran(), api: 'batch/v1' }),
      pod('Pod/debug', { id: ran(), api: '' }),
      pod('StatefulSet/kruise', { id: ran(), api: 'apps.kruise.io/v1beta1' }),
    ]
    const owners = [maker('ReplicaSet/web-1', 'Rollout/web'), maker('Job/nightly-1', 'CronJob/nightly')]
    const { found, containers } = collect(pods, [...ofApi, maker('ReplicaSet/alone'), ...owners])
    expect(found).toEqual([
      ['CronJob', 'nightly', one, 1],
      ['Deployment', 'api', '', 1],
      ['Deployment', 'api', one, 2],
      ['Deployment', 'api', two, 1],
      ['Pod', 'debug', one, 1],
      ['ReplicaSet', 'alone', one, 1],
      ['Rollout', 'web', one, 1],
      ['StatefulSet', 'kruise', one, 1],
    ])
    const deployed = containers.find(({ name, runningDigest }) => name === 'api' && runningDigest === one)
    expect(deployed).toMatchObject({
      namespace: 'shop',
      container: 'main',
      image: api,
      since: Date.parse(times[0] ?? ''),
      constraints: { nodeSelector: { disk: 'ssd' } },
    })
    expect(deployed).not.toHaveProperty('account')
  })

  it('wait for an image only if none of their pods has it, as pulled or as built on the node', () => {
    const [waits, built] = [pod('Pod/a', { api: '' }), pod('Pod/a', { id: one ?? '', api: '' })]
    expect(collect([waits, waits], []).containers).toMatchObject([{ isWaiting: true, pods: 2 }])
    for (const pods of ['waits built', 'built waits']) {
      const { containers } = collect(
        pods.split(' ').map(each => (each === 'waits' ? waits : built)),
        [],
      )
      expect(containers).toMatchObject([{ runningDigest: '', pods: 2 }])
      expect(containers[0]).not.toHaveProperty('isWaiting')
    }
  })

  it('are also those without pods that have the image of their template', () => {
    const next = 'contosoacr.azurecr.io/shop/api:1.5'
    const makers = [
      maker('Deployment/api', '', next),
      maker('CronJob/nightly'),
      maker('ReplicaSet/web-1', 'Rollout/web'),
    ]
    const { found, containers } = collect([pod('ReplicaSet/api-1', { id: ran() })], [...ofApi.slice(0, 1), ...makers])
    expect(found).toEqual([
      ['CronJob', 'nightly', '', 0],
      ['Deployment', 'api', '', 0],
      ['Deployment', 'api', one, 1],
      ['Rollout', 'web', '', 0],
    ])
    expect(containers[1]).toMatchObject({ image: next, account: 'sa-1' })
    expect(containers[1]).not.toHaveProperty('since')
  })

  it('are recognized by the host of their images, in any case and through regional endpoints', () => {
    const own = ['ContosoACR.azurecr.io/a:1', 'contosoacr.westeurope.geo.azurecr.io/b:1']
    const images = [...own, 'nginx', 'docker.io/library/nginx:latest', 'ghcr.io/a/b:1', 'Not An Image']
    const pods = images.map((image, index) => pod(`Pod/p${index}`, { image, api: '' }))
    const { containers, elsewhere } = collect(pods, [maker('CronJob/c', '', 'ghcr.io/a/c:1')])
    expect(containers.map(({ image }) => image)).toEqual(own)
    expect(elsewhere).toEqual([
      ['docker.io', 1],
      ['ghcr.io', 2],
    ])
  })
})

describe('the digest in an image ID', () => {
  it.each([
    [api, ran(), one],
    [api, `docker-pullable://${ran()}`, one],
    ['contosoacr.westeurope.geo.azurecr.io/shop/api:1', ran(), one],
    ['nginx', `docker.io/library/nginx@${one ?? ''}`, one],
    // Built or loaded on the node.
    [api, one ?? '', ''],
    // The node has the same image by another name, too.
    [api, `docker.io/library/api@${one ?? ''}`, ''],
    [api, '', ''],
  ])('of %s is that of %s', (image, id, digest) => {
    expect(digestOf(image, id)).toBe(digest)
  })
})
