import { armActions } from './actions.js'
import { ask } from './ask.js'
import type { Clients } from './clients.js'

const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'

interface QueryResult {
  data: { id: string; name: string | null; loginServer?: string | null }[]
  $skipToken?: string
}

/** A registry as Azure Resource Graph indexed it: seconds to minutes behind Azure Resource Manager, so its ID is all that counts. */
export interface IndexedRegistry {
  id: string
  name: string
  loginServer: string
}

/** Finds registries by name or login server in every subscription that the caller can read, in one query. @throws ActionError */
export function queryRegistries(
  clients: Clients,
  namesOrLoginServers: string[],
  abortSignal: AbortSignal,
): Promise<IndexedRegistry[]> {
  // The inputs were checked to be letters, digits, dots and dashes: nothing in them ends a string literal.
  const conditions = namesOrLoginServers.map(text =>
    text.includes('.') ? `tostring(properties.loginServer) =~ '${text}'` : `name =~ '${text}'`,
  )
  const query =
    `resources | where type =~ 'microsoft.containerregistry/registries' and (${conditions.join(' or ')}) ` +
    '| project id, name, loginServer = tostring(properties.loginServer)'
  const asked = {
    failure: 'Azure Resource Graph could not be asked for registries',
    subject: 'Azure Resource Graph',
    scope: '/subscriptions',
    action: armActions.readRegistry.action,
  }
  return ask(clients, asked, async () => {
    const found: IndexedRegistry[] = []
    let $skipToken: string | undefined
    do {
      const options = { resultFormat: 'objectArray', ...($skipToken && { $skipToken }) }
      const result: QueryResult = await clients.resourceManager.post(path, { query, options }, abortSignal)
      found.push(
        ...result.data.map(({ id, name, loginServer }) => ({ id, name: name ?? '', loginServer: loginServer ?? '' })),
      )
      $skipToken = result.$skipToken
    } while ($skipToken)
    return found
  })
}
