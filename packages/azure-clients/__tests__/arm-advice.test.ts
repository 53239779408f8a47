import { RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import type { ActionError } from 'kernel'
import { restError } from '../../../__tests__/support/rest-error.js'
import { armRules } from '../src/arm/errors.js'
import { clusterRules } from '../src/arm/run-command.js'
import { explain, type Attempt } from '../src/ask.js'

const subscription = '11111111-2222-4333-8444-555555555555'
const scope = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`
const principalId = '99999999-2222-4333-8444-555555555555'
const attempt: Attempt = {
  failure: 'It failed',
  subject: 'aks-1',
  scope,
  action: 'x/read',
  caller: { type: 'ServicePrincipal', objectId: principalId, name: 'gh-deployer' },
}
const to = (principalType: string): Partial<Attempt> => ({
  assignment: { principalId, principalType, roleId: 'r', role: 'AcrPull' },
})

function explainAnswer(status: number, code: string, message = 'No.', more: Partial<Attempt> = {}, rules = armRules) {
  const thrown = restError(status, { error: { ...(code && { code }), message } }, { 'x-ms-request-id': '1' })
  return explain(thrown, { ...attempt, ...more }, rules)
}

/** Explains a web page, by default of a proxy. */
function explainPage(status: number, headers: Record<string, string> = {}, bodyAsText = '<html>') {
  return explain(restError(status, bodyAsText, headers), attempt, armRules)
}

describe('a resource that does not exist', () => {
  it.each<[ActionError['code'], string]>([
    ['INVALID_INPUT', 'group'],
    ['CLUSTER_NOT_FOUND', 'aks'],
    ['REGISTRY_NOT_FOUND', 'acr'],
    ['IDENTITY_NOT_FOUND', 'identity'],
    ['PRINCIPAL_NOT_FOUND', 'resource'],
  ])('is %s, with existing resources: az %s list', (notFound, noun) => {
    const error = explainAnswer(404, 'ResourceNotFound', 'No.', { notFound })
    expect(error).toMatchObject({ code: notFound, message: 'It failed: aks-1 does not exist' })
    expect(error.fix.commands).toEqual([`az ${noun} list --subscription ${subscription} --query "[].id" --output tsv`])
  })

  it('is named in one sentence where it was to be read, and in a clause where something else fails because of it', () => {
    const error = explainAnswer(404, 'ResourceNotFound', 'No.', { notFound: 'CLUSTER_NOT_FOUND', one: 'cluster' })
    expect(error.message).toBe('There is no cluster aks-1 in resource group rg.')
    expect(error.with({ failure: 'AcrPull could not be assigned' }).message).toBe(
      'AcrPull could not be assigned: aks-1 does not exist',
    )
  })

  it('that no input names is explained by Azure', () => {
    expect(explainAnswer(404, 'ResourceNotFound', 'Not here.').message).toBe('It failed: Not here.')
  })

  it('without a subscription in its ID is searched in the current one', () => {
    const error = explainAnswer(404, 'NotFound', 'No.', { notFound: 'REGISTRY_NOT_FOUND', scope: '/providers/x' })
    expect(error.fix.commands).toEqual(['az acr list --query "[].id" --output tsv'])
  })
})

describe('the advice', () => {
  const listPrincipal = `az ad sp list --filter "id eq '${principalId}'" --query "[].{name:displayName, objectId:id}" --output table`
  it.each<[string, number, string, Partial<Attempt>, string, string[]]>([
    [
      'an unknown group',
      400,
      'PrincipalNotFound',
      to('Group'),
      'security group',
      [`az ad group show --group ${principalId}`],
    ],
    [
      'an unknown identity',
      400,
      'PrincipalNotFound',
      to('ServicePrincipal'),
      'across tenants',
      [
        listPrincipal,
        `az aks list --subscription ${subscription} --query "[?identityProfile.kubeletidentity.objectId=='${principalId}'].id" --output tsv`,
      ],
    ],
    ['an unknown principal', 400, 'PrincipalNotFound', {}, 'The identity was deleted', []],
    ['a principal that is not a group', 400, 'UnmatchedPrincipalType', to('Group'), 'input group', [listPrincipal]],
    [
      'a principal that is not an identity',
      400,
      'InvalidPrincipalId',
      to('ServicePrincipal'),
      'pull identity',
      [listPrincipal],
    ],
    ['a principal of another type', 400, 'InvalidPrincipalId', {}, 'pull identity', []],
    ['a policy without a name', 403, 'RequestDisallowedByPolicy', {}, 'to exempt this resource.', []],
    [
      'an unregistered resource provider',
      409,
      'MissingSubscriptionRegistration',
      {},
      'not registered in the subscription',
      [`az provider register --namespace Microsoft.ContainerRegistry --subscription ${subscription} --wait`],
    ],
    ['a restriction of Azure itself', 403, 'RequestDisallowedByAzure', {}, '(RequestDisallowedByAzure)', []],
    ['a disabled subscription', 403, 'ReadOnlyDisabledSubscription', {}, '(ReadOnlyDisabledSubscription)', []],
    [
      'a name that is already in use',
      409,
      'AlreadyInUse',
      {},
      'unique',
      [`az acr list --subscription ${subscription} --query "[].id" --output tsv`],
    ],
    [
      'an invalid subscription ID',
      400,
      'InvalidSubscriptionId',
      {},
      'in another tenant or cloud',
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
      'as many role assignments as Azure allows',
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
    ['an unknown code', 400, 'Strange', {}, '(Strange)', []],
    ['an answer without a code', 400, '', {}, '(HTTP 400)', []],
  ])('about %s (%i %s)', (_, status, code, more, text, commands) => {
    const { fix } = explainAnswer(status, code, 'No.', more)
    expect(fix.text).toContain(text)
    expect(fix.commands).toEqual(commands)
  })

  it('names the same resource provider as Azure', () => {
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

  it('that rejects the pod of Run Command does not recover; after other failures of Run Command it can', () => {
    const denied = explainCluster(400, 'KubernetesOperationError', 'admission webhook x denied the request')
    expect(denied).toMatchObject({ code: 'PROBE_FAILED', recovers: false })
    expect(denied.fix.text).toContain('Exempt the namespace aks-command')
    const failed = explainCluster(400, 'KubernetesOperationError', 'no node has room')
    expect(failed).toMatchObject({ code: 'PROBE_FAILED', recovers: true })
    expect(failed.fix.commands).toEqual([`az aks command invoke ${aks} --command "kubectl get nodes"`])
    expect(explainCluster(400, 'KubernetesPerformanceError', 'Slow.')).toMatchObject({ recovers: true })
    expect(explainCluster(400, 'Strange', 'x denied the request').code).toBe('AZURE_REFUSED')
  })

  it('without local accounts and without Microsoft Entra gives no kubeconfig', () => {
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
  ])('or registry that answers 409 with "%s" recovers: %s', (message, recovers) => {
    expect(explainAnswer(409, 'Conflict', message)).toMatchObject({ code: 'AZURE_REFUSED', recovers })
    expect(explainAnswer(400, 'Conflict', message).recovers).toBe(false)
  })
})

describe('an answer of a proxy', () => {
  it.each([300, 302, 307, 399, 403, 407])('with status %i is recognised', status => {
    const { code, fix } = explainPage(status)
    expect(code).toBe('AZURE_UNAVAILABLE')
    expect(fix.text).toContain(`The answer (HTTP ${status}) is not Azure's`)
    expect(fix.text).toContain(scope)
  })

  it('lacks the headers and codes that only Azure sends', () => {
    const body = JSON.stringify({ error: { code: 'AuthorizationFailed', message: 'no' } })
    for (const refusal of [explainPage(403, {}, body), explainPage(403, { 'x-ms-request-id': '1' })])
      expect(refusal.code).toBe('AUTHORIZATION_FAILED')
  })

  it.each([
    [400, 'AZURE_REFUSED'],
    // Only a 404 with Azure's own code says that something does not exist.
    [404, 'AZURE_UNAVAILABLE'],
  ])('with status %i is %s', (status, code) => {
    expect(explainPage(status).code).toBe(code)
  })
})

it("without a rule for an answer, Azure's own message is used", () => {
  const thrown = new RestError('No.', { statusCode: 400, code: 'Strange' })
  const error = explain(thrown, attempt, [])
  expect(error).toMatchObject({ code: 'AZURE_REFUSED', message: 'It failed: No.', recovers: false })
  expect(error.fix).toEqual({ text: '', commands: [] })
})
