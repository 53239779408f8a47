import type { Filter } from '../model/inputs.js'

/** The properties that filters test; Azure leaves `tags` out if there are none. */
interface Filtered {
  name: string
  tags?: Readonly<Record<string, string>>
}

/**
 * Whether a resource passes all filters. Azure's names of resources and of tags ignore letter case, values of tags don't
 * (learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).
 */
export function passes({ name, tags = {} }: Filtered, filters: readonly Filter[]): boolean {
  return filters.every(filter => {
    if (filter.kind === 'not') return filter.name.toLowerCase() !== name.toLowerCase()
    const key = filter.key.toLowerCase()
    return Object.entries(tags).some(([tag, value]) => tag.toLowerCase() === key && value === filter.value)
  })
}
