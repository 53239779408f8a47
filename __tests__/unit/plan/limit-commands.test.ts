import { expect, it } from 'vitest'
import { limitAssignmentCommand, listPullersCommand } from '../../../src/plan/limits.js'

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg`
const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/aks-1`
const s = `--subscription ${guid}`

it.each<[() => string, string]>([
  [
    () => {
      const held = { id: '/x', scope: group, principalId: 'p', principalType: 'ServicePrincipal', roleId: 'r' }
      return limitAssignmentCommand(held, "it's limited").replace(/\n */g, '')
    },
    `az rest --method put --url '/x?api-version=2022-04-01' --body '{"properties": {` +
      `"roleDefinitionId": "/subscriptions/${guid}/providers/Microsoft.Authorization/roleDefinitions/r","principalId": "p",` +
      `"principalType": "ServicePrincipal","condition": "it'\\''s limited","conditionVersion": "2.0"}}'`,
  ],
  [
    () => listPullersCommand(cluster, guid),
    `az aks list ${s} --query "[?identityProfile.kubeletidentity.objectId=='${guid}'].id" --output tsv`,
  ],
])('a command has its options and the subscription (%#)', (make, command) => {
  expect(make()).toBe(command)
})
