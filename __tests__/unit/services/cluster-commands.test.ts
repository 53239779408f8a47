import { expect, test } from 'vitest'
import type { CommandResult } from '../../../src/services/arm/run-command.js'
import { createRunCommand } from '../../../src/services/kubernetes/run-command.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { sampleTarget } from '../../support/sample.js'

/** A prober whose commands end with these logs, one after the other. */
function saying(...logs: (string | Partial<CommandResult>)[]) {
  const warnings: string[] = []
  const ends = logs.map(each => (typeof each === 'string' ? { logs: each } : each))
  const commands: string[] = []
  const limits: number[] = []
  const submitted: string[] = []
  const clock = createFakeClock()
  const prober = createRunCommand({
    attempt: {
      cluster: { id: sampleTarget().id, name: 'aks-prod-1' },
      namespace: 'default',
      objectId: 'me',
      way: 'run-command',
    },
    run: 'r',
    clock,
    signal: new AbortController().signal,
    execute: ({ command }, longestMs) => {
      commands.push(command)
      limits.push(longestMs)
      return Promise.resolve({ provisioningState: 'Succeeded', exitCode: 0, reason: '', logs: '', ...ends.shift() })
    },
    submit: ({ command }) => {
      submitted.push(command)
      return Promise.resolve()
    },
    forgetToken: () => undefined,
    debug: () => undefined,
    warn: text => warnings.push(text),
  })
  return { prober, warnings, commands, limits, submitted, clock }
}

const rows = (kind: string, ...items: string[]): string[] => [
  `${kind}s\t${items.length}\t.`,
  ...items.map(item => `${kind}\t${item}\t.`),
]

const node = 'aks-system-12345678-vmss000000\tTrue\t\t\tkubernetes.io/os=linux '

/** A pod as the template prints it, that has pulled or is refused. */
const pod = (probe: number, isPulled = true): string =>
  [
    `p${probe}`,
    probe,
    'r',
    '2026-11-25T10:00:00Z',
    '900',
    isPulled ? 'Failed' : 'Pending',
    '',
    '',
    'True',
    'attach-acr-no-secret-r ',
    '',
    'image-0|x.azurecr.io%2Fa%3A1|Always ',
    isPulled
      ? 'image-0|x.azurecr.io%2Fa%40sha256%3A0a|terminated|StartError| '
      : 'image-0||waiting|ErrImagePull|401+Unauthorized ',
  ].join('\t')

const probes = [0, 1].map(index => ({
  index,
  node: { name: `n${index}`, os: 'linux', taints: [] },
  images: [{ container: 'image-0', reference: 'x.azurecr.io/a:1' }],
}))

const limits = { until: 0, pauseMs: 1000, tries: Infinity, scouts: [0], lifeSeconds: 600 }

const attempts = ['attempt\t0\t1\t.', 'attempt\t1\t2\t.']

test.each(['\n', '\r\n'])('the output of a command is read whatever ends its lines: %j', async end => {
  const { prober } = saying(
    ['Warning: v1 Something is deprecated', ...rows('node', node), ...rows('pod')].join(end),
    [...attempts, ...rows('pod', pod(0), pod(1, false)), ''].join(end),
  )
  expect(await prober.look([])).toMatchObject([
    { name: 'aks-system-12345678-vmss000000', pool: 'system', isReady: true },
  ])
  const { results } = await prober.round(probes, limits)
  expect(results.map(({ attempts: made, images }) => [made, images[0]?.verdict])).toEqual([
    [1, 'pulled'],
    [2, 'denied'],
  ])
})

test.each([
  ['nothing', ''],
  ['no pods', rows('node', node).join('\n')],
  ['fewer nodes than there are', ['nodes\t2\t.', `node\t${node}\t.`, ...rows('pod')].join('\n')],
  ['half a line', rows('node', node).join('\n').slice(0, -30)],
])('a look of whose output Azure kept %s is none, and passes', async (_, logs) => {
  await expect(saying(logs).prober.look([])).rejects.toMatchObject({
    code: 'PROBE_FAILED',
    recovers: true,
    reason: expect.stringContaining('Run Command could not run') as string,
  })
})

test('a look that has all nodes is one, also where the end of its pods was cut off', async () => {
  const logs = [...rows('node', node), ...rows('pod', pod(0))].join('\n').slice(0, -30)
  expect(await saying(logs).prober.look([])).toMatchObject([{ name: 'aks-system-12345678-vmss000000' }])
})

test('a round of whose output nothing was kept says nothing of the pods, which are deleted at the end', async () => {
  const { prober, commands } = saying('', '')
  await expect(prober.round(probes, limits)).rejects.toMatchObject({ code: 'PROBE_FAILED', recovers: true })
  await prober.close()
  expect(commands).toHaveLength(2)
})

test('a pod whose line was cut off is not gone', async () => {
  const { prober } = saying([...attempts, ...rows('pod', pod(0), pod(1))].join('\n').slice(0, -20))
  const { results } = await prober.round(probes, limits)
  expect(results.map(({ images }) => images[0])).toMatchObject([{ verdict: 'pulled' }, { verdict: undefined }])
  expect(results[1]?.images[0]).not.toHaveProperty('cause')
})

test('pods that could not be deleted are tried again for a minute, and told', async () => {
  const failed = { provisioningState: 'Failed', reason: 'KubernetesPerformanceError' }
  const passing = saying('', failed, failed, '')
  await passing.prober.round(probes, limits).catch(() => undefined)
  await passing.prober.close()
  expect(passing.commands).toHaveLength(4)
  expect(passing.warnings).toEqual([])
  const lasting = saying('', ...Array.from({ length: 99 }, () => failed))
  await lasting.prober.round(probes, limits).catch(() => undefined)
  await lasting.prober.close()
  expect(lasting.warnings).toEqual([expect.stringMatching(/could not be deleted: .*KubernetesPerformanceError/)])
})

test.each([
  [20, 42_000],
  [0, 30_000],
  [900, 300_000],
])('with %i s left a command is waited for %i ms at most', async (seconds, longestMs) => {
  const { prober, limits: asked, clock } = saying('')
  await prober.round(probes, { ...limits, until: clock.now() + seconds * 1000 }).catch(() => undefined)
  expect(asked).toEqual([longestMs])
})

test('where Azure brings no command to an end, the deletion is not waited for either, and is told', async () => {
  const { prober, commands, submitted, warnings } = saying({ provisioningState: 'Running', reason: 'it did not end' })
  await expect(prober.round(probes, limits)).rejects.toMatchObject({ code: 'PROBE_FAILED', recovers: true })
  expect(await prober.close()).toBe(false)
  expect(commands).toHaveLength(1)
  expect(submitted).toHaveLength(1)
  expect(warnings).toEqual([expect.stringContaining('kubectl delete pods --namespace default')])
})

test('what an earlier try heard is read where the latest one has heard nothing', async () => {
  const quiet = pod(1, false).replace('ErrImagePull|401+Unauthorized', 'ContainerCreating|')
  const said = String.raw`"failed to pull and unpack image \"x.azurecr.io/other:1\": EOF || failed to pull and unpack image \"x.azurecr.io/a:1\": 401 Unauthorized"`
  const logs = [...attempts, `heard\t1\t"an earlier one"\t.`, `heard\t1\t${said}\t.`, ...rows('pod', pod(0), quiet)]
  const { results } = await saying(logs.join('\n')).prober.round(probes, limits)
  expect(results[1]?.images).toMatchObject([
    { verdict: undefined, doing: 'starting', earlier: { verdict: 'denied', message: '401 Unauthorized' } },
  ])
  expect(results[0]?.images[0]).not.toHaveProperty('earlier')
})
