import { armActions } from './actions.js'
import { ask } from './ask.js'
import type { ArmContext } from './clients.js'

const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'

interface QueryResult {
  data: { id: string; name: string | null; loginServer?: string | null }[]
  $skipToken?: string
}

/** A registry in the index of Azure Resource Graph, which is seconds to minutes old; rely only on the ID. */
interface IndexedRegistry {
  id: string
  name: string
  loginServer: string
}

/** Finds registries by name or login server in all subscriptions that the caller can read, in one query. @throws ActionError */
export function queryRegistries(
  { clients, signal }: ArmContext,
  namesOrLoginServers: string[],
): Promise<IndexedRegistry[]> {
  // The inputs can only have letters, digits, dots and dashes, so none can end a string literal.
  const conditions = namesOrLoginServers.map(text =>
    text.includes('.') ? `tostring(properties.loginServer) =~ '${text}'` : `name =~ '${text}'`,
  )
  const query =
    `resources | where type =~ 'microsoft.containerregistry/registries' and (${conditions.join(' or ')}) ` +
    '| project id, name, loginServer = tostring(properties.loginServer)'
  const asked = {
    failure: 'Azure Resource Graph could not be queried for registries',
    subject: 'Azure Resource Graph',
    scope: '/subscriptions',
    action: armActions.readRegistry,
  }
  return ask(clients, asked, async () => {
    const found: IndexedRegistry[] = []
    let $skipToken: string | undefined
    do {
      const options = { resultFormat: 'objectArray', ...($skipToken && { $skipToken }) }
      const result: QueryResult = await clients.resourceManager.post(path, { query, options }, signal)
      found.push(
        ...result.data.map(({ id, name, loginServer }) => ({ id, name: name ?? '', loginServer: loginServer ?? '' })),
      )
      $skipToken = result.$skipToken
    } while ($skipToken)
    return found
  })
}
