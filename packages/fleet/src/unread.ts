import { formatResourceId, parseResourceId, resourceTypes } from 'azure'
import { choices, inShort } from 'kernel'
import { withError } from 'run-model'
import { setUpToCheck } from 'run-model/set-up'
import type { Problem, Report } from 'report-document'
import { readFleetEntryLines } from './entry.js'
import type { Leg } from './read-reports.js'

/** The forms of a subscription's ID, and of the names of resource groups and clusters, of which a command is made. */
const [guid, ownName] = [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, /^[\w.()-]{1,90}$/]

/**
 * A job's report in which a cluster that the job has no permission to read says what it needs: Reader, which the set-up assigns to the identity that it has made
 * for checks. Of the report, only the cluster is used, and no words.
 */
export function askForReader(leg: Leg): Leg {
  const { report } = leg
  return report ? { ...leg, report: { ...report, pairs: report.pairs.map(pair => explainPair(pair, leg)) } } : leg
}

function explainPair(pair: Report['pairs'][number], { entries }: Leg): Report['pairs'][number] {
  const { target, targetKind, principalId, standing } = pair
  if (targetKind !== 'cluster' || principalId !== null || target === '*') return pair
  const needReader = (error: Problem): Problem => {
    if (error.code !== 'AUTHORIZATION_FAILED') return error
    const commands = setUpToCheck(idsOf(target, entries[0]))
    const again = commands.length > 0 ? ' If the set-up has made it, run that again; it shows a plan and asks:' : ''
    const text = `The identity that its job signs in with needs Reader on the cluster.${again}`
    const own = inShort('Its job needs Reader on it.', [text, ...commands])
    return { ...error, said: { ...error.said, brief: 'needs Reader' }, fix: choices(own, error.fix) }
  }
  return { ...pair, standing: withError(standing, needReader) }
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
