import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/model/error.js'
import type { ArmAttempt } from '../../../src/services/arm/attempt.js'
import { clusterRules } from '../../../src/services/arm/cluster-errors.js'
import { armRules, explain } from '../../../src/services/arm/errors.js'

const subscription = '11111111-2222-4333-8444-555555555555'
const scope = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`
const principalId = '99999999-2222-4333-8444-555555555555'
const attempt: ArmAttempt = {
  failure: 'It failed',
  subject: 'aks-1',
  scope,
  action: 'x/read',
  caller: { type: 'ServicePrincipal', objectId: principalId, name: 'gh-deployer' },
}
const to = (principalType: string): Partial<ArmAttempt> => ({
  assignment: { principalId, principalType, roleId: 'r', role: 'AcrPull' },
})

/** What is made of an answer of Azure's. */
function explainAnswer(
  status: number,
  code: string,
  message = 'No.',
  more: Partial<ArmAttempt> = {},
  rules = armRules,
) {
  const request = createPipelineRequest({ url: 'https://management.azure.com' })
  const bodyAsText = JSON.stringify({ error: { ...(code && { code }), message } })
  const headers = createHttpHeaders({ 'x-ms-request-id': '1' })
  const response = { request, status, headers, bodyAsText }
  const thrown = new RestError(message, { statusCode: status, ...(code && { code }), request, response })
  return explain(thrown, { ...attempt, ...more }, rules)
}

/** What is made of a page of something on the way. */
function explainPage(status: number) {
  const request = createPipelineRequest({ url: 'https://management.azure.com' })
  const response = { request, status, headers: createHttpHeaders(), bodyAsText: '<html>' }
  return explain(new RestError('<html>', { statusCode: status, request, response }), attempt, armRules)
}

describe('a resource that does not exist', () => {
  it.each<[ErrorCode, string]>([
    ['INVALID_INPUT', 'group'],
    ['CLUSTER_NOT_FOUND', 'aks'],
    ['REGISTRY_NOT_FOUND', 'acr'],
    ['IDENTITY_NOT_FOUND', 'identity'],
    ['PRINCIPAL_NOT_FOUND', 'resource'],
  ])('is %s, with what exists: az %s list', (notFound, noun) => {
    const error = explainAnswer(404, 'ResourceNotFound', 'No.', { notFound })
    expect(error).toMatchObject({ code: notFound, message: `It failed: there is no ${scope}` })
    expect(error.fix.commands).toEqual([`az ${noun} list --subscription ${subscription} --query "[].id" --output tsv`])
  })

  it('that nobody asked for is told in the words of Azure', () => {
    expect(explainAnswer(404, 'ResourceNotFound', 'Not here.').message).toBe('It failed: Not here.')
  })

  it('whose ID names no subscription is looked for in the one that is selected', () => {
    const error = explainAnswer(404, 'NotFound', 'No.', { notFound: 'REGISTRY_NOT_FOUND', scope: '/providers/x' })
    expect(error.fix.commands).toEqual(['az acr list --query "[].id" --output tsv'])
  })
})

describe('the advice', () => {
  const listPrincipal = `az ad sp list --filter "id eq '${principalId}'" --query "[].{name:displayName, objectId:id}" --output table`
  it.each<[string, number, string, Partial<ArmAttempt>, string, string[]]>([
    [
      'a group that is unknown',
      400,
      'PrincipalNotFound',
      to('Group'),
      'security group',
      [`az ad group show --group ${principalId}`],
    ],
    [
      'an identity that is unknown',
      400,
      'PrincipalNotFound',
      to('ServicePrincipal'),
      "can't be given access across tenants",
      [
        listPrincipal,
        `az aks list --subscription ${subscription} --query "[?identityProfile.kubeletidentity.objectId=='${principalId}'].id" --output tsv`,
      ],
    ],
    ['somebody unknown', 400, 'PrincipalNotFound', {}, 'The identity was deleted', []],
    ['a group that is none', 400, 'UnmatchedPrincipalType', to('Group'), 'The input group must be', [listPrincipal]],
    [
      'an identity that is none',
      400,
      'InvalidPrincipalId',
      to('ServicePrincipal'),
      'The pull identity must be',
      [listPrincipal],
    ],
    ['somebody of another type', 400, 'InvalidPrincipalId', {}, 'The pull identity must be', []],
    [
      'a policy without a name',
      403,
      'RequestDisallowedByPolicy',
      {},
      'the policy that Azure names to change it, or to exempt this resource from it.',
      [],
    ],
    [
      'a provider that was never used',
      409,
      'MissingSubscriptionRegistration',
      {},
      'has never used this resource provider',
      [`az provider register --namespace Microsoft.ContainerRegistry --subscription ${subscription} --wait`],
    ],
    [
      'what Azure itself does not allow',
      403,
      'RequestDisallowedByAzure',
      {},
      "Azure's reason (RequestDisallowedByAzure), which no role changes",
      [],
    ],
    ['a subscription that is disabled', 403, 'ReadOnlyDisabledSubscription', {}, 'which no role changes', []],
    [
      'a name that is taken',
      409,
      'AlreadyInUse',
      {},
      'unique in the whole cloud',
      [`az acr list --subscription ${subscription} --query "[].id" --output tsv`],
    ],
    [
      'a subscription that is none',
      400,
      'InvalidSubscriptionId',
      {},
      'gh-deployer has no role',
      ['az account list --all --query "[].{name:name, subscription:id, tenant:tenantId}" --output table'],
    ],
    [
      'a subscription that somebody without a name asked for',
      404,
      'SubscriptionNotFound',
      { caller: { type: 'ServicePrincipal', objectId: principalId, name: '' } },
      'the signed-in identity has no role',
      ['az account list --all --query "[].{name:name, subscription:id, tenant:tenantId}" --output table'],
    ],
    [
      'a deny assignment',
      403,
      'DenyAssignmentAuthorizationFailed',
      {},
      'No.\nA deny assignment forbids it',
      [
        `az rest --method get --url '${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01'`,
      ],
    ],
    [
      'a lock',
      409,
      'ScopeLocked',
      {},
      '',
      [`az lock list --resource ${scope} --subscription ${subscription} --output table`],
    ],
    [
      'too many assignments',
      400,
      'RoleAssignmentLimitExceeded',
      {},
      '4,000 role assignments',
      [`az role assignment list --all --subscription ${subscription} --query "[?principalName==''].id" --output tsv`],
    ],
    [
      'a token of another tenant',
      401,
      'InvalidAuthenticationTokenTenant',
      {},
      'tenant-id',
      [`az account show --subscription ${subscription} --query tenantId --output tsv`],
    ],
    ['what nobody knows', 400, 'Strange', {}, "Azure's reason (Strange)", []],
    ['what has no code', 400, '', {}, "Azure's reason (HTTP 400)", []],
  ])('about %s (%i %s)', (_, status, code, more, text, commands) => {
    const { fix } = explainAnswer(status, code, 'No.', more)
    expect(fix.text).toContain(text)
    expect(fix.commands).toEqual(commands)
  })

  it('names the provider that Azure names', () => {
    const message = "The subscription is not registered to use namespace 'Microsoft.ContainerService'."
    expect(explainAnswer(409, 'MissingSubscriptionRegistration', message).fix.commands).toEqual([
      `az provider register --namespace Microsoft.ContainerService --subscription ${subscription} --wait`,
    ])
  })
})

describe('a cluster', () => {
  const explainCluster = (status: number, code: string, message: string) =>
    explainAnswer(status, code, message, {}, clusterRules)
  const aks = `--subscription ${subscription} --resource-group rg --name aks-1`

  it('whose policy refuses the pod of Run Command is final, and any other failure of it is worth another try', () => {
    const denied = explainCluster(400, 'KubernetesOperationError', 'admission webhook x denied the request')
    expect(denied).toMatchObject({ code: 'PROBE_FAILED', recovers: false })
    expect(denied.fix.text).toContain('Exempt the namespace aks-command')
    const failed = explainCluster(400, 'KubernetesOperationError', 'no node has room')
    expect(failed).toMatchObject({ code: 'PROBE_FAILED', recovers: true })
    expect(failed.fix.commands).toEqual([`az aks command invoke ${aks} --command "kubectl get nodes"`])
    expect(explainCluster(400, 'KubernetesPerformanceError', 'Slow.')).toMatchObject({ recovers: true })
    expect(explainCluster(400, 'Strange', 'x denied the request').code).toBe('AZURE_REFUSED')
  })

  it('without local accounts and without Microsoft Entra gives no kubeconfig to anyone', () => {
    const text = 'Getting static credential is not allowed because this cluster is set to disable local accounts.'
    const { code, fix } = explainCluster(400, 'BadRequest', text)
    expect(code).toBe('CLUSTER_UNREACHABLE')
    expect(fix.commands).toEqual([`az aks update ${aks} --enable-aad`])
    expect(explainCluster(403, 'Forbidden', text).code).toBe('AUTHORIZATION_FAILED')
  })

  it.each([
    ['Another operation is in progress.', true],
    ['The registry is busy.', true],
    ['It is being updated.', true],
    ['It exists.', false],
  ])('or registry that answers 409 with "%s" is waited for: %s', (message, waitedFor) => {
    expect(explainAnswer(409, 'Conflict', message)).toMatchObject({ code: 'AZURE_REFUSED', recovers: waitedFor })
    expect(explainAnswer(400, 'Conflict', message).recovers).toBe(false)
  })
})

describe('an answer of something on the way', () => {
  it.each([300, 302, 399, 403, 407])('with status %i says that something blocks the request', status => {
    const { code, fix } = explainPage(status)
    expect(code).toBe('AZURE_UNAVAILABLE')
    expect(fix.text).toContain(`The answer (HTTP ${status}) is not Azure's`)
    expect(fix.text).toContain(`It was about ${scope}`)
  })

  it.each([400, 404])('with status %i can not be told from a refusal', status => {
    expect(explainPage(status).code).toBe('AZURE_REFUSED')
  })
})

it("a table that has no rule for an answer leaves Azure's own words", () => {
  const thrown = new RestError('No.', { statusCode: 400, code: 'Strange' })
  const error = explain(thrown, attempt, [])
  expect(error).toMatchObject({ code: 'AZURE_REFUSED', message: 'It failed: No.', recovers: false })
  expect(error.fix).toEqual({ text: '', commands: [] })
})
