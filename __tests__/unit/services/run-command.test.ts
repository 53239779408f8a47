import { createContainerService } from '@azure/arm-containerservice/api'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { expect, test } from 'vitest'
import type { Clients } from '../../../src/services/arm/clients.js'
import { runCommand } from '../../../src/services/arm/run-command.js'

const id = { subscriptionId: 's', resourceGroup: 'rg', name: 'aks', type: 'Microsoft.ContainerService/managedClusters' }

const cluster = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks'

/** A command's result as Azure Resource Manager answers it. */
interface Answer {
  id: string
  properties: { provisioningState: string; exitCode?: number; reason?: string; logs?: string }
}

/** The SDK's client whose requests get the answers one after the other; 202 has no body. @param asked gets method and path of each request */
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
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const endpoint = 'https://management.azure.com'
  return {
    containerService: () => createContainerService(credential, 's', { httpClient, endpoint }),
  } as unknown as Clients
}

const request = { command: 'sh probe.sh', context: new Uint8Array(), clusterToken: '' }
const how = { sleep: () => Promise.resolve(), longestMs: 60_000, abortSignal: new AbortController().signal }

test('a command that is still running is no end, whatever the poller says', async () => {
  const answers: (Answer | undefined)[] = [
    { id: 'c1', properties: { provisioningState: 'Running' } },
    undefined,
    { id: 'c1', properties: { provisioningState: 'succeeded', exitCode: 3, logs: 'x' } },
  ]
  const asked: string[] = []
  const clients = answering(() => Promise.resolve(answers.shift()), asked)
  expect(await runCommand(clients, id, request, how)).toEqual({
    provisioningState: 'succeeded',
    exitCode: 3,
    reason: '',
    logs: 'x',
  })
  const result = `GET ${cluster}/commandResults/c1`
  expect(asked).toEqual([`POST ${cluster}/runCommand`, result, result])
})

test('a command that could not be run has its reason', async () => {
  const asked: string[] = []
  const failed = { id: 'c1', properties: { provisioningState: 'Failed', reason: 'ImagePullBackoff' } }
  expect(
    await runCommand(
      answering(() => Promise.resolve(failed), asked),
      id,
      request,
      how,
    ),
  ).toMatchObject({
    provisioningState: 'Failed',
    reason: 'ImagePullBackoff',
  })
  expect(asked).toEqual([`POST ${cluster}/runCommand`])
})

test('a command that does not end is not waited for for ever', async () => {
  const clients = answering(async signal => {
    await new Promise(resolve => setTimeout(resolve, 5))
    signal?.throwIfAborted()
    return { id: 'c1', properties: { provisioningState: 'Running' } }
  })
  expect(await runCommand(clients, id, request, { ...how, longestMs: 50 })).toMatchObject({
    provisioningState: 'Running',
    reason: 'it did not end within 0.05 s',
  })
})
