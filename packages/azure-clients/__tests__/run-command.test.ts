import { createContainerService } from '@azure/arm-containerservice/api'
import { RestError, createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { expect, test } from 'vitest'
import { runCommand } from '../src/arm/run-command.js'
import type { Clients } from '../src/arm/resources.js'
import { unsent as unsentFailures } from '../src/http/client.js'
import { clientOptions, createRequestObserver } from '../src/http/requests.js'

const id = { subscriptionId: 's', resourceGroup: 'rg', name: 'aks', type: 'Microsoft.ContainerService/managedClusters' }

const cluster = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks'

/** A command's result as returned by Azure Resource Manager. */
interface Answer {
  id: string
  properties: { provisioningState: string; exitCode?: number; reason?: string; logs?: string }
}

/** The SDK's client with the answers to its requests, in order; 202 has no body. @param asked collects method and path of each request */
function answering(
  next: (signal: AbortSignal | undefined) => Promise<Answer | undefined>,
  asked: string[] = [],
): Clients {
  const httpClient: HttpClient = {
    async sendRequest(request) {
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
      const answer = await next(request.abortSignal as AbortSignal | undefined)
      const headers = createHttpHeaders({ 'content-type': 'application/json' })
      return answer
        ? { request, headers, status: 200, bodyAsText: JSON.stringify(answer) }
        : { request, headers: createHttpHeaders(), status: 202, bodyAsText: '' }
    },
  }
  return clientsOf({ httpClient })
}

function clientsOf(options: Parameters<typeof createContainerService>[2]): Clients {
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const context = createContainerService(credential, 's', { ...options, endpoint: 'https://management.azure.com' })
  return { caller: {}, containerService: () => context } as unknown as Clients
}

const request = { command: 'sh probe.sh', context: new Uint8Array(), clusterToken: '' }
const how = {
  sleep: () => Promise.resolve(),
  maxMs: 60_000,
  abortSignal: new AbortController().signal,
  onStart: () => undefined,
}

test("a command that is still running is polled, whatever the SDK's poller returns", async () => {
  const answers: (Answer | undefined)[] = [
    { id: 'c1', properties: { provisioningState: 'Running' } },
    undefined,
    { id: 'c1', properties: { provisioningState: 'succeeded', exitCode: 3, logs: 'x' } },
  ]
  const asked: string[] = []
  const clients = answering(() => Promise.resolve(answers.shift()), asked)
  const ended = { provisioningState: 'succeeded', exitCode: 3, reason: '', logs: 'x' }
  expect(await runCommand(clients, id, request, how)).toEqual(ended)
  const result = `GET ${cluster}/commandResults/c1`
  expect(asked).toEqual([`POST ${cluster}/runCommand`, result, result])
})

test('a command that could not be run is reported with its reason', async () => {
  const asked: string[] = []
  const failed = { id: 'c1', properties: { provisioningState: 'Failed', reason: 'ImagePullBackoff' } }
  const clients = answering(() => Promise.resolve(failed), asked)
  const ended = { provisioningState: 'Failed', reason: 'ImagePullBackoff' }
  expect(await runCommand(clients, id, request, how)).toMatchObject(ended)
  expect(asked).toEqual([`POST ${cluster}/runCommand`])
})

test('a command that does not end is abandoned after a while', async () => {
  const clients = answering(async signal => {
    await new Promise(resolve => setTimeout(resolve, 5))
    signal?.throwIfAborted()
    return { id: 'c1', properties: { provisioningState: 'Running' } }
  })
  expect(await runCommand(clients, id, request, { ...how, maxMs: 50 })).toMatchObject({
    provisioningState: 'Running',
    reason: 'it did not end within 0.05 s',
  })
})

/** Starts a command with all policies of the action; the first attempt ends as given. @returns how often it was sent, and how often it can have started */
async function startWith(first: { status: number; headers?: Record<string, string>; body?: string } | RestError) {
  const ends = [first]
  const body = JSON.stringify({ id: 'c1', properties: { provisioningState: 'Succeeded' } })
  const done = { status: 200, headers: {}, body }
  let sent = 0
  const httpClient: HttpClient = {
    sendRequest(request) {
      sent += 1
      const end = ends.shift() ?? done
      if (end instanceof RestError) return Promise.reject(end)
      const { status, headers, body = '' } = end
      const json = { 'content-type': 'application/json', ...headers }
      return Promise.resolve({ request, status, headers: createHttpHeaders(json), bodyAsText: body })
    },
  }
  const options = clientOptions(createRequestObserver({ debug: () => undefined }, () => undefined))
  const clients = clientsOf({ ...options, httpClient })
  let started = 0
  const onStart = (): void => void (started += 1)
  const code = await runCommand(clients, id, request, { ...how, onStart }).then(
    () => '',
    (error: unknown) => (error as { code: string }).code,
  )
  return { sent, started, code }
}

test.each([
  ['a connection that breaks', new RestError('read ECONNRESET', { code: 'ECONNRESET' })],
  ['an error of the server', { status: 500 }],
  ['a web page', { status: 202, headers: { 'content-type': 'text/html' }, body: '<html></html>' }],
  ['half of a body', { status: 200, body: '{"id":"c1","prop' }],
])('a command is sent once, and counts as possibly started, after %s', async (_, first) => {
  expect(await startWith(first)).toEqual({ sent: 1, started: 1, code: 'AZURE_UNAVAILABLE' })
})

const unsent = new RestError('connect ECONNREFUSED', { code: 'ECONNREFUSED' })
unsentFailures.add(unsent)

test.each([
  ['was throttled', { status: 429, headers: { 'retry-after': '0' } }],
  ['was never sent', unsent],
])('a command that %s is sent again', async (_, first) => {
  expect(await startWith(first)).toEqual({ sent: 2, started: 1, code: '' })
})

test('a command that Azure refuses has not started', async () => {
  const refused = { status: 400, body: JSON.stringify({ error: { code: 'BadRequest', message: 'No.' } }) }
  expect(await startWith(refused)).toEqual({ sent: 1, started: 0, code: 'AZURE_REFUSED' })
})
