import { joinParts, plural, table } from 'texts'
import { nameImage, shortDigest } from 'azure'
import { groupBy, type Group } from 'kernel'
import { countUses, runningStatuses, selectWantedBy, type Run, type CheckedImage } from 'run-model'

const marks: Record<CheckedImage<'workload'>['status'], string> = {
  ...{ gone: '⟳', missing: '⟳', locked: '⟳', unknown: '?', moved: 'ℹ', present: '✓' },
}

/** The images that run, in Markdown: a count, and one row for each that is not simply there, whatever the number of its pods. Empty without workloads. */
export function runningTable({ workloads, images }: Pick<Run, 'workloads' | 'images'>): string {
  if (!workloads) return ''
  const byName = groupBy(
    selectWantedBy('workload', images),
    image => `${image.registry.id} ${nameImage(image)} ${image.status}`,
  )
  const groups = [...byName.values()].sort((a, b) => rankOf(a) - rankOf(b))
  const odd = groups.filter(([image]) => image.status !== 'present')
  const toCells = (group: Group<CheckedImage<'workload'>>): string[] => {
    const [image] = group
    const digests = [...new Set(group.map(({ runningDigest }) => runningDigest).filter(Boolean))]
    return [
      marks[image.status],
      shortDigest(nameImage(image)),
      image.registry.name,
      image.status,
      shortDigest(digests.join(', ')),
      shortDigest(image.digest),
      countUses(
        group.flatMap(({ uses }) => uses),
        image.status === 'missing',
      ),
    ]
  }
  const names = new Set(groups.map(([image]) => `${image.registry.id} ${nameImage(image)}`))
  const read = workloads.filter(({ error }) => !error).length
  const count = `**Running images:** ${plural(names.size, 'image')} of the workloads in ${plural(read, 'cluster')}, ${odd.length === 0 ? 'all in their registries' : `${odd.length} of them not as they run`}.`
  return joinParts([
    count,
    odd.length > 0 &&
      table(['', 'image', 'registry', 'status', 'runs', 'registry has', 'used by'], odd, toCells, 'more image'),
  ])
}

const rankOf = ([image]: Group<CheckedImage<'workload'>>): number => runningStatuses.indexOf(image.status)
