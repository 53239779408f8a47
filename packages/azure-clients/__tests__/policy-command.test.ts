import { expect, it } from 'vitest'
import { showPolicyAssignmentCommand } from '../src/arm/errors.js'

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg`
const policy = `${group}/providers/Microsoft.Authorization/policyAssignments/no-acr`
const s = `--subscription ${guid}`

it.each<[() => string, string]>([
  [() => showPolicyAssignmentCommand(policy), `az policy assignment show --name no-acr --scope ${group} ${s}`],
  [() => showPolicyAssignmentCommand('x'), "az policy assignment show --name '' --scope ''"],
])('a command has its options and the subscription (%#)', (make, command) => {
  expect(make()).toBe(command)
})
