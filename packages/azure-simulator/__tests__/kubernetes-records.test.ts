import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stepsOf, type KubernetesRecord, type PodChange, type PodHistory } from '../src/recording/kubernetes-records.js'
import { startDelay } from '../src/services/kubernetes/nodes/start-delay.js'
import type { RecordCase } from './support/kubernetes-records/case.js'
import { pluginCases } from './support/kubernetes-records/plugins.js'
import { machineCases } from './support/kubernetes-records/machines.js'
import { namespaceCases } from './support/kubernetes-records/namespaces.js'
import { networkCases } from './support/kubernetes-records/networks.js'
import { pullCases } from './support/kubernetes-records/pulls.js'
import { startReplay, type Played } from './support/kubernetes-records/replay.js'

const folder = new URL('../recorded/kubernetes/', import.meta.url)
const read = (name: string): KubernetesRecord =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as KubernetesRecord

const recorded = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => name.replace('.json', ''))

const cases: Readonly<Record<string, RecordCase>> = {
  ...pullCases,
  ...networkCases,
  ...namespaceCases,
  ...machineCases,
  ...pluginCases,
}

async function play(name: string, entry: RecordCase): Promise<{ record: KubernetesRecord; played: Played }> {
  const record = read(name)
  const { namespace = 'default', rules, isUnknown } = entry
  const cpu = record.kubelet !== undefined ? '100m' : /^(cpu500|proto)-/.test(name) ? '500m' : '10m'
  const { replay, played } = await startReplay({
    ...{ record, namespace, cpu },
    ...(rules === undefined ? {} : { rules }),
    ...(isUnknown === undefined ? {} : { isUnknown }),
  })
  await replay.askAll('list')
  await entry.play(replay)
  return { record, played: played() }
}

/** A pod's steps as text; once more without the first status, where a record may lack it. */
const textsOf = (changes: readonly PodChange[], mayLackFirstStatus = false): string[] => {
  const [added, first, ...others] = changes
  const versions = [changes]
  if (mayLackFirstStatus && added !== undefined && first !== undefined) versions.push([added, ...others])
  return versions.map(version => JSON.stringify(stepsOf(version).steps, undefined, 1))
}

function compare(record: KubernetesRecord, played: Played, { except, mayLackFirstStatus }: RecordCase): void {
  const recorded = record.histories
    .map(({ steps }) => JSON.stringify(steps, undefined, 1))
    .filter(text => except?.histories?.test(text) !== true)
  const told = played.pods.map(changes => textsOf(changes, mayLackFirstStatus))
  // Each recorded pod has said what a simulated one says; a simulated one says something else only if not every pod was recorded.
  for (const text of recorded) expect(told.flat().find(each => each === text) ?? told.flat().at(-1)).toBe(text)
  const pods = record.histories.flatMap(({ seconds }) => seconds).length
  if (record.podsMade <= pods) for (const texts of told) expect(recorded.some(text => texts.includes(text))).toBe(true)

  const isCompared = ({ text }: { readonly text: string }): boolean => except?.events?.test(text) !== true
  // Of events that differ only in their field, one was recorded.
  const unsaid = record.kubelet === undefined ? / for spec\.\w+\{[\w-]+\}/ : / by [\w-]+( for [^:]+)?(?=:)/
  const distinct = (events: KubernetesRecord['events']): string[] =>
    [...new Set(events.filter(isCompared).map(({ text }) => text.replace(unsaid, '')))].sort()
  expect(distinct(played.events)).toEqual(distinct(record.events))
  for (const { text, count } of record.kubelet === undefined ? record.events.filter(isCompared) : []) {
    expect({ text, counts: played.events.filter(event => event.text === text).map(event => event.count) }).toEqual({
      text,
      counts: expect.arrayContaining([count]) as number[],
    })
  }

  const asked = new Set(record.answers.map(withoutCode))
  expect(played.answers.filter(line => asked.has(withoutCode(line))).sort()).toEqual([...record.answers].sort())
  if (record.said === undefined) expect(played.refusals).toEqual(record.refusals)
  else expect(played.refusals.map(kubectlSays)).toEqual([record.said])
}

const withoutCode = (line: string): string => line.replace(/ \d+$/, '')

/** How long each pod of a history took from its creation to a state; none that was there before. */
function secondsUntil(reason: string, { steps, seconds }: PodHistory): number[] {
  const index = steps.findIndex(({ status }) => status.some(line => line.startsWith('+') && line.includes(reason)))
  return index < 1 ? [] : seconds.map(times => (times[index] ?? 0) - (times[0] ?? 0))
}

/** How kubectl prints a refusal (k8s.io/kubectl `pkg/cmd/util/helpers.go`). */
function kubectlSays({ reason, message, details }: KubernetesRecord['refusals'][number]): string {
  const {
    name = '',
    kind = '',
    causes = [],
  } = details as {
    name?: string
    kind?: string
    causes?: { field?: string; message: string }[]
  }
  switch (reason) {
    case 'Unauthorized':
      return 'error: You must be logged in to the server (the server has asked for the client to provide credentials)'
    case 'Invalid':
      return `The ${kind} "${name}" is invalid: ${causes.map(cause => `${cause.field ?? ''}: ${cause.message}`).join('\n')}`
    default:
      return `Error from server (${reason}): ${message}`
  }
}

describe('a simulated Kubernetes says what a real one said', () => {
  it.each(Object.entries(cases))('%s', async (name, entry) => {
    const { record, played } = await play(name, entry)
    compare(record, played, entry)
  })

  it.each([
    ['ErrImagePull', 1],
    ['StartError', 2],
  ])('as late with a CPU limit of 10m: %s', (reason, starts) => {
    // Where nothing else took time.
    const names = recorded.filter(name => !/^(4|cpu500|proto)-|slowpull|-restarts|-killed|^provider/.test(name))
    const seconds = names.flatMap(name => read(name).histories.flatMap(history => secondsUntil(reason, history)))
    const simulated = (starts * startDelay({ timing: { startCpuMs: 35 } }, 0.01)) / 1000
    expect(simulated).toBeGreaterThan(Math.min(...seconds))
    expect(simulated).toBeLessThan(Math.max(...seconds))
  })

  it('in every recorded case', () => {
    // Another test replays the provider.
    expect([...Object.keys(cases), 'provider'].sort()).toEqual(recorded.sort())
  })
})
