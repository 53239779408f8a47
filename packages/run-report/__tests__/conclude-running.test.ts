import { describe, expect, it } from 'vitest'
import { ActionError, fix, notice } from 'kernel'
import type { CheckedImage, ClusterWorkloads, Inputs, Run } from 'run-model'
import { conclude } from '../src/conclude.js'
import { nameElsewhere } from '../src/conclude-images.js'
import { pullRun } from '../../../__tests__/support/concluding.js'
import { sampleContainer, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const registry = sampleRegistry()
const image = (
  reference: string,
  status: CheckedImage<'workload'>['status'],
  more: Partial<CheckedImage<'workload'>> = {},
): CheckedImage<'workload'> => {
  const place = { registry, repository: 'api', reference, runningDigest: '', digest: '' }
  return { wantedBy: 'workload', ...place, uses: [sampleContainer()], status, ...more }
}
const because = (reason: string, code: ActionError['code'] = 'AZURE_UNAVAILABLE'): ActionError =>
  new ActionError(code, `It could not be read: ${reason}.`, { reason })

type Workloads = NonNullable<Run['workloads']>[number]
const read = (elsewhere: [string, number][] = [], more: Partial<ClusterWorkloads> = {}): Workloads => {
  const nothing = { target: sampleTarget(), containers: [], absent: [], empty: [] }
  return { value: { ...nothing, elsewhere: new Map(elsewhere), ...more } }
}

const ended = (mode: Inputs['mode'], images: Run['images'], workloads: readonly Workloads[] = [read()]) =>
  conclude(pullRun(mode, [], { images, workloads }))

describe('the notes about images that run', () => {
  it('count the images by their state, in the clusters that could be read', () => {
    const images = [image('1', 'present'), image('2', 'moved'), image('3', 'present')]
    expect(ended('check', images, [read(), { error: because('no answer') }, read()]).notes).toEqual([
      '3 images of the workloads in 2 clusters: 1 moved, 2 present',
    ])
    expect(ended('attach', []).notes).toEqual(['0 images of the workloads in 1 cluster'])
    const other = { ...image('1', 'present'), wantedBy: 'manifest' as const, uses: [] }
    expect(ended('attach', [other as unknown as CheckedImage]).notes).toEqual([
      '0 images of the workloads in 1 cluster',
    ])
  })

  it('are none without the input workloads', () => {
    expect(conclude(pullRun('attach', [], { images: [image('1', 'present')] })).notes).toEqual([])
  })

  it('name those that pods wait for, unless check calls them drift', () => {
    const message = '1 pod of 1 deployment on aks-1 waits for api:1, which is not on contosoacr.'
    const images = [
      image('1', 'missing', { error: new ActionError('IMAGE_NOT_FOUND', message) }),
      image('2', 'missing'),
    ]
    const count = '2 images of the workloads in 1 cluster: 2 missing'
    expect(ended('attach', images).notes).toEqual([count, message.slice(0, -1)])
    expect(ended('check', images).notes).toEqual([count])
  })

  it('name the other registries that images come from, most images first', () => {
    const [one, two] = [
      read([
        ['quay.io', 2],
        ['docker.io', 2],
      ]),
      read([
        ['mcr.microsoft.com', 7],
        ['docker.io', 1],
      ]),
    ]
    expect(ended('attach', [], [one, two, { error: because('no answer') }]).notes[1]).toBe(
      'images that run and come from other registries, at most per cluster: 7 from mcr.microsoft.com, 2 from docker.io, 2 from quay.io',
    )
    expect(
      nameElsewhere(
        [
          {
            elsewhere: new Map([
              ['b.io', 1],
              ['a.io', 1],
            ]),
          },
        ],
        1,
      ),
    ).toBe('1 from a.io and 1 more')
  })
})

describe('images that run and could not be checked', () => {
  const other = sampleRegistry('baseacr')

  it('are one failure of check per registry and reason, with their names', () => {
    const images = [
      image('1', 'unknown', { error: because('no answer') }),
      image('2', 'unknown', { error: because('no answer') }),
      image('2', 'unknown', { error: because('no answer'), runningDigest: 'sha256:b' }),
      image('3', 'unknown', { error: because('no right', 'AUTHORIZATION_FAILED') }),
      image('4', 'unknown', { error: because('no answer'), registry: other }),
      image('5', 'gone', { error: because('it is gone', 'RUNNING_IMAGE_GONE') }),
      image('6', 'unknown'),
    ]
    const { errors, unknown } = ended('check', images)
    const messages = [
      'Could not check 2 images that run on contosoacr (api:1, api:2): no answer.',
      'Could not check 1 image that runs on contosoacr (api:3): no right.',
      'Could not check 1 image that runs on baseacr (api:4): no answer.',
    ]
    expect(unknown).toEqual(
      messages.map((message, index) => ({ subject: (index < 2 ? registry : other).id, message, about: 'image' })),
    )
    expect(errors.filter(({ code }) => code !== 'DRIFT').map(({ message, subject }) => [message, subject])).toEqual(
      expect.arrayContaining(messages.map((message, index) => [message, index < 2 ? 'contosoacr' : 'baseacr'])),
    )
  })

  it('can be all of a cluster, unless that is stopped and runs nothing', () => {
    const failureOf = (code: ActionError['code'], more: { resource?: string; subject?: string } = {}) => ({
      error: new ActionError(code, `It is unreadable: ${code}.`, more),
    })
    const { id } = sampleTarget()
    const { unknown } = ended(
      'attach',
      [],
      [
        read(),
        failureOf('CLUSTER_UNREACHABLE', { resource: id, subject: 'aks-1' }),
        failureOf('CLUSTER_STOPPED', { resource: id }),
        failureOf('AUTHORIZATION_FAILED', { subject: 'aks-2' }),
        failureOf('AZURE_UNAVAILABLE'),
      ],
    )
    expect(unknown).toEqual([
      { subject: id, message: 'It is unreadable: CLUSTER_UNREACHABLE.' },
      { subject: 'aks-2', message: 'It is unreadable: AUTHORIZATION_FAILED.' },
      { subject: '', message: 'It is unreadable: AZURE_UNAVAILABLE.' },
    ])
  })
})

describe('the findings about images that run', () => {
  const moved = notice('RUNNING_IMAGE_MOVED', registry.id, 'api:1 has moved.', 'Deploy by digest.')
  const gone = new ActionError('RUNNING_IMAGE_GONE', 'api:2 is gone.', { fix: fix('Restore it.') })
  const locked = new ActionError('AZURE_REFUSED', 'api:3 is locked.', { fix: fix('Ask who has locked it.') })
  const images = [
    image('1', 'moved', { finding: moved }),
    image('2', 'gone', { error: gone }),
    image('3', 'locked', { error: locked }),
    image('4', 'present'),
    image('5', 'unknown', { error: because('no answer') }),
    image('6', 'missing', { error: because('it is not there', 'IMAGE_NOT_FOUND') }),
  ]

  it('are warnings of attach, which can bring back none of them', () => {
    const { id: subject } = registry
    expect(ended('attach', images).findings).toEqual([
      moved,
      { code: 'RUNNING_IMAGE_GONE', severity: 'warning', subject, message: gone.message, fix: gone.fix },
      { code: 'AZURE_REFUSED', severity: 'warning', subject, message: locked.message, fix: locked.fix },
    ])
  })

  it('are only tags that have moved in check, which calls the others drift', () => {
    const { findings, drift } = ended('check', images)
    expect([findings, drift]).toEqual([[moved], true])
    expect(ended('check', images.slice(0, 1)).drift).toBe(false)
    expect(ended('check', images.slice(2, 3)).drift).toBe(true)
  })
})

describe('a namespace that the input workloads names', () => {
  const told = (...workloads: Workloads[]): string[] =>
    ended('check', [], workloads).findings.flatMap(({ code, severity, message }) =>
      code === 'FILTER_WITHOUT_EFFECT' ? `${severity}: ${message}` : [],
    )
  const shop = { empty: ['shop'] }

  it('and that has no pods, or does not exist, is a warning', () => {
    expect(told(read([], { empty: ['shop', 'web'], absent: ['web'] }))).toEqual([
      'warning: The namespace shop of the input workloads has no pods on aks-prod-1, so no image of it was checked.',
      'warning: The input workloads names web, but no namespace on aks-prod-1 is called that, so no image of it was checked.',
    ])
    const [finding] = ended('check', [], [read([], shop)]).findings
    expect(finding).toMatchObject({ subject: sampleTarget().id, fix: { commands: ['kubectl get namespaces'] } })
  })

  it('is none if any cluster has pods there, or could not be read', () => {
    expect(told(read([], shop), read([], shop))).toEqual([
      'warning: The namespace shop of the input workloads has no pods on any of the 2 clusters, so no image of it was checked.',
    ])
    expect(told(read([], shop), read())).toEqual([])
    expect(told(read([], shop), { error: because('no answer') })).toEqual([])
    expect(told({ error: because('no answer') })).toEqual([])
    expect(told()).toEqual([])
  })
})
