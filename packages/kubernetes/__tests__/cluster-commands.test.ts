import { strFromU8, unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import type { CommandResult } from 'azure-clients'
import { ActionError } from 'kernel'
import { createProber } from '../src/prober.js'
import type { ProbeDeps } from '../src/probe.js'
import type { Probe } from '../src/probe-pod.js'
import { createRunCommand } from '../src/run-command.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

const subscriptionId = '11111111-1111-4111-8111-111111111111'
const clusterId = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/aks-prod-1`

/** A prober whose commands end with these logs, in order. */
function saying(...logs: (string | Partial<CommandResult> | ActionError)[]) {
  const warnings: string[] = []
  const ends = logs.map(each => (typeof each === 'string' ? { logs: each } : each))
  const commands: string[] = []
  const limits: number[] = []
  const submitted: string[] = []
  const files: Record<string, string>[] = []
  const read = (context: Uint8Array): void => {
    const entries = Object.entries(unzipSync(context)).map(([name, bytes]) => [name, strFromU8(bytes)])
    files.push(Object.fromEntries(entries) as Record<string, string>)
  }
  const clock = createFakeClock()
  const deps: ProbeDeps = {
    name: 'run-command',
    attempt: { cluster: { id: clusterId, name: 'aks-prod-1' }, namespace: 'default' },
    run: 'r',
    clock,
    signal: new AbortController().signal,
    forgetToken: () => undefined,
    log: { debug: () => undefined, line: () => undefined, warn: text => warnings.push(text) },
  }
  const transport = createRunCommand({
    ...deps,
    execute: ({ command, context }, maxMs, onStart) => {
      commands.push(command)
      limits.push(maxMs)
      read(context)
      const end = ends.shift()
      if (!(end instanceof ActionError) || end.code === 'AZURE_UNAVAILABLE') onStart()
      if (end instanceof ActionError) return Promise.reject(end)
      return Promise.resolve({ provisioningState: 'Succeeded', exitCode: 0, reason: '', logs: '', ...end })
    },
    submit: ({ command, context }) => {
      submitted.push(command)
      read(context)
      return Promise.resolve()
    },
  })
  return { prober: createProber(transport, deps), warnings, commands, limits, submitted, files, clock }
}

const rows = (kind: string, ...items: string[]): string[] => [
  `${kind}s\t${items.length}\t.`,
  ...items.map(item => `${kind}\t${item}\t.`),
]

const node = 'aks-system-12345678-vmss000000\tTrue\t\t\tkubernetes.io/os=linux '

const pulled = 'image-0|x.azurecr.io%2Fa%40sha256%3A0a|terminated|StartError| '
const refusedPull = 'image-0||waiting|ErrImagePull|401+Unauthorized '

/** A pod as the template prints it, which has pulled or was refused. */
function pod(probe: number, isPulled = true): string {
  const life = [`p${probe}`, probe, 'r', '2026-11-25T10:00:00Z', '900', isPulled ? 'Failed' : 'Pending', '', '', 'True']
  const spec = ['attach-acr-no-secret-r ', '', 'image-0|x.azurecr.io%2Fa%3A1|Always|%2Fattach-acr-only-pulls-r, ']
  return [...life, `n${probe}`, ...spec, isPulled ? pulled : refusedPull].join('\t')
}

const probes = [0, 1].map(index => ({
  index,
  node: { name: `n${index}`, os: 'linux', taints: [] },
  images: [{ container: 'image-0', reference: 'x.azurecr.io/a:1' }],
}))

const limits = {
  ...{ until: 0, pauseMs: 1000, firm: [], offer: 'exchange' as const, tries: 3 },
  ...{ scouts: [0], isPart: false, lifeSeconds: 600, patienceMs: 30_000 },
}

const attempts = ['attempt\t0\t1\t.', 'attempt\t1\t2\t.']

test.each(['\n', '\r\n'])('the output of a command is read with any line ending: %j', async end => {
  const listed = ['Warning: v1 Something is deprecated', ...rows('node', node), ...rows('other')].join(end)
  const { prober } = saying(listed, [...attempts, ...rows('pod', pod(0), pod(1, false)), ''].join(end))
  const found = { name: 'aks-system-12345678-vmss000000', pool: 'system', isReady: true }
  expect(await prober.look([])).toMatchObject([found])
  const { results } = await prober.round(probes, limits)
  expect(results.map(({ attempts: made, images }) => [made, images[0]?.verdict])).toEqual([
    [1, 'pulled'],
    [2, 'denied'],
  ])
})

test('what a node had counts only until its first try', async () => {
  const listed = ['n0', 'n1'].flatMap(name => [
    `image\t${name}\tx.azurecr.io%2Fa%40sha256%3A${'0a'.repeat(32)} \t.`,
    `images\t${name}\t1\t5\t\t.`,
  ])
  const all = rows('pod', ...[pod(0), pod(1)].map(row => row.replace('sha256%3A0a', `sha256%3A${'0a'.repeat(32)}`)))
  const layersAfter = async (...logs: string[]) => {
    const { prober } = saying(logs.join('\n'))
    const { results } = await prober.round(probes, limits)
    return results.map(({ images }) => images[0]?.layers)
  }
  expect(await layersAfter(...attempts, ...listed, ...all)).toEqual(['on-node', undefined])
})

test.each([
  ['nothing', ''],
  ['no pods', rows('node', node).join('\n')],
  ['fewer nodes than there are', ['nodes\t2\t.', `node\t${node}\t.`, ...rows('other')].join('\n')],
  ['half a line', rows('node', node).join('\n').slice(0, -30)],
])('a list of nodes whose output has %s fails, and recovers', async (_, logs) => {
  await expect(saying(logs).prober.look([])).rejects.toMatchObject({ code: 'PROBE_FAILED', recovers: true })
})

test('a list of all nodes is complete even if the end of its pods was cut off', async () => {
  const logs = [...rows('node', node), ...rows('other', pod(0))].join('\n').slice(0, -30)
  expect(await saying(logs).prober.look([])).toMatchObject([{ name: 'aks-system-12345678-vmss000000' }])
})

test('a round without output fails, and its pods are deleted at the end', async () => {
  const { prober, commands } = saying('', '')
  await expect(prober.round(probes, limits)).rejects.toMatchObject({ code: 'PROBE_FAILED', recovers: true })
  await prober.close()
  expect(commands).toHaveLength(2)
})

test('the deletion of pods is retried for a minute, and its failure is a warning', async () => {
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
  [20, 80_000],
  [0, 68_000],
  [900, 300_000],
])('with %i s left a command is waited for %i ms at most', async (seconds, maxMs) => {
  const { prober, limits: asked, clock } = saying('')
  await prober.round(probes, { ...limits, until: clock.now() + seconds * 1000 }).catch(() => undefined)
  expect(asked).toEqual([maxMs])
})

test("if no command ends, the deletion isn't waited for either, with a warning", async () => {
  const { prober, commands, submitted, warnings } = saying({ provisioningState: 'Running', reason: 'it did not end' })
  await expect(prober.round(probes, limits)).rejects.toMatchObject({ code: 'PROBE_FAILED', recovers: true })
  expect(await prober.close()).toMatchObject({ isClean: false })
  expect(commands).toHaveLength(1)
  expect(submitted).toHaveLength(1)
  const deletion = 'kubectl delete pods --namespace default --selector attach-acr/run=r'
  const invoke = `az aks command invoke --subscription ${subscriptionId} --resource-group g --name aks-prod-1`
  expect(warnings).toEqual([expect.stringContaining(`\n  ${invoke} --command "${deletion}"`)])
})

const lost = new ActionError('AZURE_UNAVAILABLE', 'No answer', { recovers: true })
const refused = new ActionError('THROTTLED', 'Slow down', { recovers: true })
const whole = [...attempts, ...rows('pod', pod(0), pod(1))].join('\n')
const long = (clock: { now(): number }) => ({ ...limits, until: clock.now() + 900_000 })
const own = /^attach-acr\/run=r,attach-acr\/command in \(([0-9a-f]{8}(?:,[0-9a-f]{8})*)\)$/

test('after a lost answer the next round waits for the command that can still start, and deletes its pods', async () => {
  const { prober, files, clock, commands } = saying(lost, whole)
  await expect(prober.round(probes, long(clock))).rejects.toBe(lost)
  await clock.sleep(8000, new AbortController().signal)
  await prober.round(probes, long(clock))
  expect(files[0]).not.toHaveProperty('before/selector')
  expect(files[1]).toMatchObject({ 'before/selector': 'attach-acr/run=r', 'before/wait': '52' })
  const [first, second] = files.map(({ selector }) => own.exec(selector ?? '')?.[1])
  expect(first).toBeTruthy()
  expect(second).toBeTruthy()
  expect(second).not.toBe(first)
  expect(JSON.parse(files[1]?.['probes/0.json'] ?? '')).toMatchObject({
    metadata: { labels: { 'attach-acr/run': 'r', 'attach-acr/command': second } },
  })
  expect(await prober.close()).toMatchObject({ isClean: true })
  expect(commands).toHaveLength(2)
})

test('a command that Azure refused is not waited for', async () => {
  const { prober, files, clock } = saying(refused, whole)
  await expect(prober.round(probes, long(clock))).rejects.toBe(refused)
  await prober.round(probes, long(clock))
  expect(files[1]).not.toHaveProperty('before/wait')
})

test('a round judges its own pods and the ones it kept', async () => {
  const slow = pod(0, false).replace('ErrImagePull', 'ContainerCreating')
  const logs = [...attempts, 'kept\t0\t.', ...rows('pod', slow, pod(1))]
  const { prober, files, clock } = saying(logs.join('\n'), whole)
  await prober.round(probes, long(clock))
  await prober.round(probes.slice(0, 1), long(clock))
  const [first = '', second = ''] = files.map(({ selector }) => own.exec(selector ?? '')?.[1])
  expect(second.split(',')).toEqual([first, expect.stringMatching(/^[0-9a-f]{8}$/)])
  expect(files[0]).toMatchObject({ kept: '0', fresh: '0.json\n1.json\n' })
  // If its pod fails now, it is recreated.
  const again = { kept: '1', fresh: '', 'probes/0.json': expect.stringContaining('attach-acr') as string }
  expect(files[1]).toMatchObject(again)
})

test('a deletion of many pods may take a minute, and one of an unknown number', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...probes[0], index }) as Probe)
  const { prober, files, clock } = saying(lost, lost)
  for (const count of [50, 51]) await prober.round(many(count), long(clock)).catch(() => undefined)
  await prober.removePods()
  expect(files.map(({ deleting }) => deleting)).toEqual(['15', '60', '60'])
})

test('the pods that a finalizer holds are told when all is over, once each', async () => {
  const held = (...names: string[]) => names.map(name => `held\t${name}\ta.example/x","a.example/y\t.`)
  const logs = [...held('p7', 'p8'), 'left\tno\t.', whole].join('\n')
  const { prober, warnings, clock } = saying(logs, held('p8').join('\n'))
  await prober.round(probes, long(clock))
  expect(warnings).toEqual([])
  await prober.close()
  expect(warnings).toEqual([expect.stringContaining('p7 (a.example/x, a.example/y), p8 (a.example/x, a.example/y)')])
})

test('the pods of a command that can still start at the deadline are deleted inside the cluster and by the post step', async () => {
  const { prober, files, clock, submitted, warnings } = saying(lost)
  await expect(prober.round(probes, { ...limits, until: clock.now() + 3000 })).rejects.toBe(lost)
  expect(await prober.close()).toEqual({ isClean: false, startsUntil: clock.now() + 60_000 })
  expect(submitted).toHaveLength(1)
  expect(files[1]).toMatchObject({ selector: 'attach-acr/run=r', wait: '60' })
  expect(warnings).toEqual([])
})

test('a refusal is quoted without the log that kubectl prints before it', async () => {
  // As recorded from kubectl 1.32.3, whose credential was no longer accepted.
  const log =
    'E1128 17:24:09.162347   19819 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list: the server has asked for the client to provide credentials"'
  const said = 'error: You must be logged in to the server (the server has asked for the client to provide credentials)'
  const { prober } = saying([log, log, said].map(line => `refusal\t${line}\t.\n`).join(''))
  const quoted = { code: 'SIGN_IN_FAILED', said: { quote: { text: said } } }
  await expect(prober.round(probes, limits)).rejects.toMatchObject(quoted)
})
