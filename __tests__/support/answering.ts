import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { createContainerService } from '@azure/arm-containerservice/api'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import type { AzureContext } from 'azure-clients'
import { createRestClient } from 'azure-clients/src/http/rest.js'
import { createFakeClock } from './fake-clock.js'

/** By a part of `GET https://…`, in lower case: the body of the answer, or the status of a refusal. The first that fits counts; nothing else exists. */
type Answers = Record<string, number | object | (() => number | object)>

const refusals: Record<number, string> = { 403: 'AuthorizationFailed', 404: 'ResourceNotFound' }

/** An Azure that answers by a table, through the clients of the SDKs; with what was asked, in lower case, and a clock that stands still. */
export function answering(answers: Answers, caller = { name: 'gh-attach-acr', objectId: 'o' }) {
  const asked: string[] = []
  const clock = createFakeClock()
  const httpClient: HttpClient = {
    sendRequest(request) {
      const line = `${request.method} ${decodeURIComponent(request.url)} ${String(request.body ?? '')}`
        .trim()
        .toLowerCase()
      asked.push(line)
      const found = Object.entries(answers).find(([part]) => line.includes(part))?.[1] ?? 404
      const answer = typeof found === 'function' ? (found as () => number | object)() : found
      const code = typeof answer === 'number' ? (refusals[answer] ?? 'InternalServerError') : ''
      // As Azure says which right is missing, at what.
      const message = `It has no authorization to perform action 'a/read' over scope '${new URL(request.url).pathname}'.`
      const body = code ? { error: { code, message } } : answer
      const headers = createHttpHeaders({ 'content-type': 'application/json' })
      const status = typeof answer === 'number' ? answer : 200
      return Promise.resolve({ request, headers, status, bodyAsText: JSON.stringify(body) })
    },
  }
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const endpoint = 'https://management.azure.com'
  const options = { httpClient, retryOptions: { maxRetries: 0 } }
  const rest = (at: string) => createRestClient(credential, at, options as Parameters<typeof createRestClient>[2])
  const azure = {
    clients: {
      caller,
      registrySuffix: '.azurecr.io',
      authorization: new AuthorizationManagementClient(credential, '', { ...options, $host: endpoint }),
      containerService: (id: string) => createContainerService(credential, id, { ...options, endpoint }),
      resourceManager: rest(endpoint),
      graph: rest('https://graph.microsoft.com'),
    },
    credential: { ...credential, forget: () => undefined },
    signal: new AbortController().signal,
    armTime: () => clock.now(),
    newRoles: { patiently: (work: () => unknown) => work(), explain: (error: unknown) => Promise.resolve(error) },
  } as unknown as AzureContext
  return { azure, asked, clock }
}
