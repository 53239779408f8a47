import { shortDigest } from 'azure'
import { groupBy, type Group } from 'kernel'
import { joinParts, plural, table } from 'report-document'
import {
  countUses,
  nameRunning,
  runningStatuses,
  type CheckedRunningImage,
  type CheckedWorkloads,
  type RunningImageStatus,
  useOf,
} from 'run-model'

const marks: Record<RunningImageStatus, string> = { gone: '⟳', unknown: '?', moved: 'ℹ', present: '✓' }

/** The images that run, in Markdown: a count, and one row for each that is not simply there, whatever the number of its pods. Empty without workloads. */
export function runningTable(watched: CheckedWorkloads | undefined): string {
  if (!watched) return ''
  const byName = groupBy(watched.images, image => `${image.registry.id} ${nameRunning(image)} ${image.status}`)
  const groups = [...byName.values()].sort((a, b) => rankOf(a) - rankOf(b))
  const odd = groups.filter(([image]) => image.status !== 'present')
  const toCells = (group: Group<CheckedRunningImage>): string[] => {
    const [image] = group
    const digests = [...new Set(group.map(({ runningDigest }) => runningDigest).filter(Boolean))]
    return [
      marks[image.status],
      shortDigest(nameRunning(image)),
      image.registry.name,
      image.status,
      shortDigest(digests.join(', ')),
      shortDigest(image.registryDigest),
      countUses(group.flatMap(({ uses }) => uses.map(useOf))),
    ]
  }
  const names = new Set(groups.map(([image]) => `${image.registry.id} ${nameRunning(image)}`))
  const read = watched.looks.filter(({ error }) => !error).length
  const count = `**Running images:** ${plural(names.size, 'image')} of the workloads in ${plural(read, 'cluster')}, ${odd.length === 0 ? 'all in their registries' : `${odd.length} of them not as they run`}.`
  return joinParts([
    count,
    odd.length > 0 &&
      table(['', 'image', 'registry', 'status', 'runs', 'registry has', 'used by'], odd, toCells, 'more image'),
  ])
}

const rankOf = ([image]: Group<CheckedRunningImage>): number => runningStatuses.indexOf(image.status)
