import { formatResourceId, parseResourceId, resourceTypes } from 'azure'
import { choices, inShort } from 'kernel'
import { errorOf, setUpToCheck, withError } from 'run-model'
import type { Pair, Problem } from 'report-document'
import { readFleetEntryLines } from './entry.js'
import type { Leg } from './read-reports.js'

/** The forms of a subscription's ID, and of the names of resource groups and clusters, of which a command is made. */
const [guid, ownName] = [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, /^[\w.()-]{1,90}$/]

/**
 * The jobs of a fleet, in which each cluster that its job has no permission to read says what it needs: Reader, which the set-up assigns to the identity that it
 * has made for checks. Of the reports, only the clusters are used, and no words.
 */
export function askForReader(legs: readonly Leg[]): Leg[] {
  const ask = (pair: Pair, entry: unknown): Pair => {
    if (!needsReader(pair)) return pair
    const commands = setUpToCheck(idsOf(pair.target, entry))
    const again = commands.length > 0 ? ' If the set-up has made it, run that again; it shows a plan and asks:' : ''
    const text = `The identity that its job signs in with needs Reader on the cluster.${again}`
    const own = inShort('Its job needs Reader on it.', [text, ...commands])
    const explain = (error: Problem): Problem => ({
      ...error,
      said: { ...error.said, brief: 'needs Reader' },
      fix: choices(own, error.fix),
    })
    return { ...pair, standing: withError(pair.standing, explain) }
  }
  return legs.map(leg => {
    const { report, entries } = leg
    return report ? { ...leg, report: { ...report, pairs: report.pairs.map(pair => ask(pair, entries[0])) } } : leg
  })
}

/** Whether a cluster could not be read for want of a right: nothing is known of what it pulls with. */
function needsReader({ target, targetKind, principalId, standing }: Pair): boolean {
  const isUnknown = targetKind === 'cluster' && principalId === null && target !== '*'
  return isUnknown && errorOf(standing)?.code === 'AUTHORIZATION_FAILED'
}

/** The ID of a cluster, or of the one that an entry of the fleet names in its subscription and resource group; none if that is not known. */
function idsOf(target: string, entry: unknown): string[] {
  const lines = readFleetEntryLines(entry ?? {})
  const valueOf = (key: string): string => lines.get(key)?.[0] ?? ''
  const named = { subscriptionId: valueOf('subscription-id'), resourceGroup: valueOf('resource-group'), name: target }
  const { subscriptionId, resourceGroup, name } = parseResourceId(target) ?? named
  const isWhole = guid.test(subscriptionId) && ownName.test(resourceGroup) && ownName.test(name)
  return isWhole ? [formatResourceId({ subscriptionId, resourceGroup, type: resourceTypes.cluster, name })] : []
}
