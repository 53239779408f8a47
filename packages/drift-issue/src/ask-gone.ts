import { normalizeId, parseResourceId, resourceTypes, sameId } from 'azure'
import { getResource, resources, type AzureContext } from 'azure-clients'
import { attempt, isGone, memoize } from 'kernel'

/** Maximum number of resources that one run asks for; the next run continues. */
const maxAsked = 200

/**
 * Asks Azure for resources by their IDs, each once.
 * @returns whether Azure itself says that there is none: what can't be read, or is being deleted, is not gone
 */
export function createAskGone(azure: AzureContext): (id: string) => Promise<boolean> {
  let asked = 0
  const ask = memoize(async (id: string): Promise<boolean> => {
    asked += 1
    return asked <= maxAsked && isGoneFromAzure(azure, id)
  })
  return id => ask(normalizeId(id))
}

async function isGoneFromAzure(azure: AzureContext, id: string): Promise<boolean> {
  const parsed = parseResourceId(id)
  if (!parsed) return false
  const read = (): Promise<unknown> => {
    if (sameId(parsed.type, resourceTypes.cluster)) return getResource(azure, resources.cluster, parsed)
    if (sameId(parsed.type, resourceTypes.registry)) return getResource(azure, resources.registry, parsed)
    return getResource(azure, resources.identity, parsed)
  }
  const { error } = await attempt(read())
  return error !== undefined && isGone(error.code)
}
