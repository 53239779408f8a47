import { expect, test } from 'vitest'
import type { Clients } from '../../src/azure/clients.js'
import { runCommand } from '../../src/azure/run-command.js'

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
const how = { sleep: () => Promise.resolve(), abortSignal: new AbortController().signal }

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
