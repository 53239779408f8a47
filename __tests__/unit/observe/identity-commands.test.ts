import { expect, it } from 'vitest'
import { createIdentityCommand } from '../../../src/observe/identity-states.js'

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg`
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-1`
const s = `--subscription ${guid}`

it.each<[() => string, string]>([
  [() => createIdentityCommand(identity), `az identity create ${s} --resource-group rg --name id-1`],
  [() => createIdentityCommand('x'), 'az identity list --query "[].id" --output tsv'],
])('a command has its options and the subscription (%#)', (make, command) => {
  expect(make()).toBe(command)
})
