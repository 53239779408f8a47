import { expect, test } from 'vitest'
import type { Clients } from '../../../src/services/arm/clients.js'
import { runCommand } from '../../../src/services/arm/run-command.js'

const id = { subscriptionId: 's', resourceGroup: 'rg', name: 'aks', type: 'Microsoft.ContainerService/managedClusters' }

/** Clients of which the poller ends with the first answer, and the rest come when asked for. */
function answering(...answers: (object | undefined)[]): { clients: Clients; asked: unknown[][] } {
  const asked: unknown[][] = []
  const managedClusters = {
    runCommand: () => Promise.resolve(answers.shift()),
    getCommandResult: (...args: unknown[]) => {
      asked.push(args.slice(0, 3))
      return Promise.resolve(answers.shift())
    },
  }
  return { clients: { containerService: () => ({ managedClusters }) } as unknown as Clients, asked }
}

const request = { command: 'sh probe.sh', context: new Uint8Array(), clusterToken: '' }
const how = { sleep: () => Promise.resolve(), longestMs: 60_000, abortSignal: new AbortController().signal }

test('a command that is still running is no end, whatever the poller says', async () => {
  const ended = { id: 'c1', provisioningState: 'succeeded', exitCode: 3, logs: 'x' }
  const { clients, asked } = answering({ id: 'c1', provisioningState: 'Running' }, undefined, ended)
  expect(await runCommand(clients, id, request, how)).toEqual({
    provisioningState: 'succeeded',
    exitCode: 3,
    reason: '',
    logs: 'x',
  })
  expect(asked).toEqual([
    ['rg', 'aks', 'c1'],
    ['rg', 'aks', 'c1'],
  ])
})

test('a command that could not be run has its reason', async () => {
  const { clients, asked } = answering({ id: 'c1', provisioningState: 'Failed', reason: 'ImagePullBackoff' })
  expect(await runCommand(clients, id, request, how)).toMatchObject({
    provisioningState: 'Failed',
    reason: 'ImagePullBackoff',
  })
  expect(asked).toEqual([])
})

test('a command that does not end is not waited for for ever', async () => {
  const never = { id: 'c1', provisioningState: 'Running' }
  const managedClusters = {
    runCommand: () => Promise.resolve(never),
    getCommandResult: async (...[, , , { abortSignal }]: [string, string, string, { abortSignal: AbortSignal }]) => {
      await new Promise(resolve => setTimeout(resolve, 5))
      abortSignal.throwIfAborted()
      return never
    },
  }
  const clients = { containerService: () => ({ managedClusters }) } as unknown as Clients
  expect(await runCommand(clients, id, request, { ...how, longestMs: 50 })).toMatchObject({
    provisioningState: 'Running',
    reason: 'it did not end within 0.05 s',
  })
})
