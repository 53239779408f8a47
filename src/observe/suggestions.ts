import { listClusters, type AzureContext } from 'azure-clients'
import { attempt, compareNaturally, isAlmost, memoize, type ActionError } from 'kernel'

/** Maximum number of letters in which a suggested name differs. */
const maxTypos = 1

/** Maximum number of suggested names. */
const maxNames = 3

/** The names of the clusters of a resource group; none if they can't be listed. */
export type ListClusterNames = (place: { subscriptionId: string; resourceGroup: string }) => Promise<string[]>

/** Lists each resource group once, and only when a cluster was not found there. */
export function createClusterNames(azure: AzureContext): ListClusterNames {
  const list = memoize(async (place: string) => {
    const [subscriptionId = '', resourceGroup = ''] = place.split('/')
    const { value = [] } = await attempt(listClusters(azure, subscriptionId, resourceGroup))
    return value.map(({ name }) => name)
  })
  return ({ subscriptionId, resourceGroup }) => list(`${subscriptionId}/${resourceGroup}`)
}

/** `did you mean aks-prod-1?`; empty if no name differs by just one letter. */
export function suggest(asked: string, names: readonly string[]): string {
  const near = names.filter(name => isTypo(asked.toLowerCase(), name.toLowerCase())).sort(compareNaturally)
  return near.length > 0 ? `did you mean ${near.slice(0, maxNames).join(' or ')}?` : ''
}

/** Another number is another cluster, such as `aks-2` next to a deleted `aks-1`, but `aks-01` is probably `aks-1`. */
function isTypo(asked: string, name: string): boolean {
  const withoutNumbers = (text: string): string => text.replace(/\d+/g, '')
  const withoutZeros = (text: string): string => text.replace(/(?<!\d)0+(?=\d)/g, '')
  const differs = withoutNumbers(asked) !== withoutNumbers(name) || withoutZeros(asked) === withoutZeros(name)
  return isAlmost(asked, name, maxTypos) && differs
}

/** Adds a suggestion to the reason of an error about a missing resource. */
export function withSuggestion(error: ActionError, suggestion: string): ActionError {
  const { failure } = error
  if (!suggestion || failure === undefined) return error
  const reason = `${error.reason}; ${suggestion}`
  return error.with({ message: `${failure}: ${reason}`, failure, reason })
}

/** A suggestion as a sentence of its own, with a space before it. */
export function toSentence(suggestion: string): string {
  return suggestion && ` ${suggestion.charAt(0).toUpperCase()}${suggestion.slice(1)}`
}
