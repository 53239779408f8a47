import { describeCaller, sameId, subscriptionOf } from 'azure'
import { listSubscriptionIdsOnce, namesSoFar, type AzureContext } from 'azure-clients'
import { choices, nameSome, say, type ActionError, type FixPart } from 'kernel'
import { withError, type Result } from 'run-model'

/** The maximum number of subscriptions that an advice lists. */
const maxListed = 20

/**
 * Adds to the errors about a subscription that does not exist which ones the signed-in identity sees, and so which IDs would work. Sends no request if there
 * is no such error.
 */
export async function nameSubscriptions(azure: AzureContext, result: Result): Promise<Result> {
  const isUnknown = ({ code }: ActionError): boolean => code === 'SUBSCRIPTION_NOT_FOUND'
  if (!result.errors.some(isUnknown)) return result
  const visible = await describeVisible(azure)
  return changeErrors(result, error => {
    if (!isUnknown(error)) return error
    const asked = subscriptionOf(error.resource ?? '')
    const input = sameId(asked, result.run.inputs?.subscriptionId ?? '') ? 'subscription-id' : 'the resource ID'
    const text = `Correct ${input}, if it should be another subscription. ${visible.text}`
    return error.with({ fix: choices({ ...visible, text, short: `Correct ${input}: ${visible.short}` }, error.fix) })
  })
}

/** The subscriptions that Azure lists for the identity, by name and ID, or why it does not. */
async function describeVisible(azure: AzureContext): Promise<FixPart & { short: string }> {
  const { error } = await listSubscriptionIdsOnce(azure)
  const who = describeCaller(azure.clients.caller) || 'The signed-in identity'
  const alone = (text: string) => ({ text, short: text, commands: [] })
  if (error) return alone(`Which ones ${who} sees is not known. ${say(error.said)}`)
  const all = await namesSoFar(azure)
  if (all.length === 0) return alone(`${who} sees none: none of its roles works yet, or it has none.`)
  const lines = all.slice(0, maxListed).map(({ id, name }) => (name ? `${id}  ${name}` : id))
  const rest = all.length > maxListed ? [`and ${all.length - maxListed} more`] : []
  const short = `${who} sees ${nameSome(lines)}.`
  return { text: `${who} sees:`, short, block: { language: 'text', lines: [...lines, ...rest] }, commands: [] }
}

/** Changes every error of a result, wherever it is reported. */
export function changeErrors(result: Result, change: (error: ActionError) => ActionError): Result {
  const changed = <T extends { error?: ActionError | null }>(each: T): T =>
    each.error ? { ...each, error: change(each.error) } : each
  return {
    ...result,
    errors: result.errors.map(change),
    pairs: result.pairs.map(pair => ({ ...pair, standing: withError(pair.standing, change) })),
    images: result.images.map(changed),
  }
}
