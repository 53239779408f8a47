/**
 * Turns what was recorded from a real Kubernetes into `recorded/kubernetes/`: `npx tsx
 * packages/azure-simulator/scripts/kubernetes-records.ts FOLDER`. FOLDER has one file a case, with `podHistories`,
 * `podsMade`, `events`, `apiRequests` and `step` as in that folder's README; from the fourth series on, shortened.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  answerOf,
  eventsOf,
  historiesOf,
  refusalOf,
  requestOf,
  withoutNames,
  type KubernetesRecord,
  type PodChange,
  type ShownEvent,
} from '../src/recording/kubernetes-records.js'

interface RawChange {
  readonly watch: PodChange['type']
  readonly atSeconds: number
  readonly deletionTimestamp: string | null
  readonly status: Record<string, unknown>
}

/** A case of the fourth series, without the sources and counts of events. */
interface ShortCase extends Pick<RawCase, 'apiRequests'> {
  readonly podHistories: Readonly<Record<string, readonly ShortChange[]>>
  readonly podsLeftOut: number
  readonly events: readonly Pick<ShownEvent, 'type' | 'reason' | 'message'>[]
}

interface ShortChange {
  readonly type: PodChange['type']
  readonly at: string
  readonly object: { readonly metadata: { deletionTimestamp?: string }; readonly status: Record<string, unknown> }
}

/** The same in the form of the others, with each request once. */
function whole({ podHistories, podsLeftOut, events, apiRequests }: ShortCase): RawCase {
  const [first = 0] = Object.values(podHistories).flatMap(changes => changes.map(({ at }) => Date.parse(at)))
  const toRaw = ({ type, at, object: { metadata, status } }: ShortChange): RawChange => ({
    ...{ watch: type, atSeconds: (Date.parse(at) - first) / 1000, status },
    deletionTimestamp: metadata.deletionTimestamp ?? null,
  })
  const histories = Object.entries(podHistories).map(([name, changes]) => [name, changes.map(toRaw)] as const)
  return {
    ...{ step: { annotations: [] }, podHistories: Object.fromEntries(histories) },
    podsMade: histories.length + podsLeftOut,
    events: events.map(event => ({ ...event, count: null, source: null, fieldPath: null })),
    apiRequests: [...new Map(apiRequests.map(each => [`${each.verb} ${each.uri}`, each])).values()],
  }
}

interface RawCase {
  readonly step: { readonly annotations: readonly { readonly message: string }[] }
  readonly podHistories: Readonly<Record<string, readonly RawChange[]>>
  readonly podsMade: number
  readonly events: readonly ShownEvent[]
  readonly apiRequests: readonly {
    readonly verb: string
    readonly uri: string
    readonly code: number
    readonly status?: Parameters<typeof refusalOf>[1]
  }[]
}

function keep({ step, podHistories, podsMade, events, apiRequests }: RawCase): KubernetesRecord {
  const requests = apiRequests.filter(({ verb }) => verb !== 'get')
  const refusals = requests.flatMap(({ verb, uri, status }) =>
    status === undefined ? [] : [refusalOf(requestOf(verb, uri), status)],
  )
  const said = step.annotations.flatMap(({ message }) => /Kubernetes said: (.*)$/s.exec(message)?.[1] ?? []).at(0)
  const changes = Object.values(podHistories).map(history =>
    history.map(({ watch, atSeconds, deletionTimestamp, status }) => ({
      type: watch,
      isDeleting: deletionTimestamp !== null,
      status,
      seconds: atSeconds,
    })),
  )
  return {
    podsMade,
    histories: historiesOf(changes),
    events: eventsOf(events),
    answers: [...new Set(requests.map(({ verb, uri, code }) => answerOf(verb, uri, code)))],
    refusals,
    ...(said === undefined || refusals.length > 0 ? {} : { said: withoutNames(said) }),
  }
}

async function main([folder]: readonly string[]): Promise<number> {
  if (folder === undefined) {
    console.error('Usage: npx tsx packages/azure-simulator/scripts/kubernetes-records.ts FOLDER')
    return 2
  }
  const target = join(import.meta.dirname, '../recorded/kubernetes')
  await mkdir(target, { recursive: true })
  for (const file of (await readdir(folder)).filter(name => name.endsWith('.json')).sort()) {
    const raw: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'))
    const kept = file.startsWith('4-') ? { kubelet: 'v1.36.2', ...keep(whole(raw as ShortCase)) } : keep(raw as RawCase)
    await writeFile(join(target, file), `${JSON.stringify(kept, undefined, 1)}\n`)
  }
  return 0
}

process.exitCode = await main(process.argv.slice(2))
