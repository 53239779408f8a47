import { readFileSync } from 'node:fs'
import { RestError, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { describe, expect, it, vi } from 'vitest'
import { ActionError, printFix, toActionError } from 'kernel'
import { restError } from '../../../__tests__/support/rest-error.js'
import { armRules, askArm } from '../src/arm/errors.js'
import { explain as explainBy, type Attempt } from '../src/ask.js'

const attempt: Attempt = {
  failure: 'AcrPull on contosoacr could not be given to aks-prod-1',
  subject: 'contosoacr',
  scope:
    '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contosoacr',
  action: 'Microsoft.Authorization/roleAssignments/write',
  caller: { type: 'ServicePrincipal' as const, objectId: '99999999-2222-4333-8444-555555555555', name: 'gh-deployer' },
}

const explain = (thrown: unknown, what = attempt) => explainBy(thrown, what, armRules)

const answer = (status: number, code: string, message = 'No.') => restError(status, { error: { code, message } })

function recorded(name: string): RestError {
  const file = new URL(`recorded/${name}.json`, import.meta.url)
  const { response } = JSON.parse(readFileSync(file, 'utf8')) as {
    response: { status: number; body: unknown; headers: Record<string, string> }
  }
  return restError(response.status, response.body, response.headers)
}

describe('an answer of Azure', () => {
  it.each<[string, ActionError['code'], boolean]>([
    ['arm-error-403-authorizationfailed', 'AUTHORIZATION_FAILED', false],
    ['arm-error-403-linkedauthorizationfailed', 'AUTHORIZATION_FAILED', false],
    ['arm-error-404-subscriptionnotfound', 'SUBSCRIPTION_NOT_FOUND', false],
    ['arm-error-429-resourcerequeststhrottled', 'THROTTLED', false],
    ['ra-put-400-principalnotfound', 'PRINCIPAL_NOT_FOUND', true],
    ['ra-put-409-roleassignmentexists', 'PROPAGATION_TIMEOUT', true],
    ['aks-put-409-etagmismatch-unwrapped', 'AZURE_REFUSED', true],
  ])('recorded as %s is %s, recovers: %s', (name, code, recovers) => {
    expect(explain(recorded(name))).toMatchObject({ code, recovers })
  })

  it('is a missing resource only if the inputs name it', () => {
    for (const name of ['arm-error-404-resourcenotfound', 'arm-error-404-resourcegroupnotfound']) {
      expect(explain(recorded(name)).kind).toBe('missing')
      expect(explain(recorded(name), { ...attempt, notFound: 'REGISTRY_NOT_FOUND' }).code).toBe('REGISTRY_NOT_FOUND')
      expect(explain(recorded(name)).code).toBe('AZURE_REFUSED')
    }
    const subscription = recorded('arm-error-404-subscriptionnotfound')
    expect(explain(subscription).kind).toBe('other')
    expect(explain(subscription, { ...attempt, notFound: 'REGISTRY_NOT_FOUND' }).code).toBe('SUBSCRIPTION_NOT_FOUND')
  })

  it.each([
    ['HashConflictOnDifferentRoleAssignmentIds', 'No.', true],
    ['hashconflict', 'No.', true],
    ['BadRequest', 'There is a Hash Conflict on the role assignment ID.', true],
    ['NoHashConflict', 'No.', false],
  ])('%s "%s" is a new assignment that Azure mistook for another one: %s', (code, message, recovers) => {
    expect(explain(answer(400, code, message))).toMatchObject({ code: 'AZURE_REFUSED', recovers })
  })

  it.each([
    [400, 'SomethingNew', true],
    [403, 'AuthorizationFailed', false],
  ])("%i %s is in Azure's own words, so that another refusal can differ: %s", (status, code, isQuoted) => {
    expect(explain(answer(status, code)).isQuoted).toBe(isQuoted)
  })

  it('that was lost comes with what to check on the way', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.corp:3128')
    for (const status of [503, 407])
      expect(explain(restError(status, '<html>')).fix.text).toContain('http://proxy.corp:3128 (HTTPS_PROXY, NO_PROXY)')
  })

  it.each([
    'InvalidResourceType',
    'InvalidResourceNamespace',
    'NoRegisteredProviderFound',
    'RoleDefinitionDoesNotExist',
  ])('that says %s is not about the resource in the inputs', azure => {
    const error = explain(answer(404, azure), { ...attempt, notFound: 'REGISTRY_NOT_FOUND' })
    expect(error).toMatchObject({ code: 'AZURE_REFUSED', reason: 'No.' })
  })

  it('keeps its code and correlation ID', () => {
    const said = { code: 'AuthorizationFailed', message: 'No.' }
    const { azure } = explain(restError(403, { error: said }, { 'x-ms-correlation-request-id': 'abc' }))
    expect(azure).toEqual({ ...said, status: 403, correlationId: 'abc' })
  })

  it('is put on one line', () => {
    const error = explain(answer(400, 'Strange', 'One.\r\n  ::error::two\nThree.'))
    expect(error.message).toContain('One. ::error::two Three.')
  })

  it.each([null, 'text', 7, [], { error: null }, { error: 'text' }, { code: 7, message: { a: 1 } }, {}])(
    'can be any other JSON: %j',
    body => {
      const request = createPipelineRequest({ url: 'https://management.azure.com' })
      const response = { request, status: 400, headers: createHttpHeaders(), bodyAsText: JSON.stringify(body) }
      const error = explain(new RestError('refused', { statusCode: 400, request, response }))
      expect(error).toMatchObject({ code: 'AZURE_REFUSED', azure: { status: 400 } })
    },
  )
})

describe('a refusal', () => {
  it('names the action, the scope and the caller', () => {
    const { message, fix } = explain(recorded('arm-error-403-authorizationfailed'))
    expect(message).toBe(
      `${attempt.failure}: gh-deployer (object ID 99999999-2222-4333-8444-555555555555) can't assign roles on ` +
        'ci-dotnet-2-apm-ci-immutable-ubuntu-1804-1652095684711350268-service-bus-test (Microsoft.Authorization/roleAssignments/write on ' +
        '/subscriptions/d2cd53b3-07b1-4964-9563-3f5201556a81/resourceGroups/ci-dotnet-2-apm-ci-immutable-ubuntu-1804-1652095684711350268-service-bus-test)',
    )
    expect(printFix(fix)).toContain('"Role Based Access Control Administrator"')
    expect(printFix(fix)).toContain('--condition-version 2.0')
    expect(printFix(fix)).toContain(`--scope ${attempt.scope}`)
  })

  it('names the linked scope if access is missing there', () => {
    const { message, fix } = explain(recorded('arm-error-403-linkedauthorizationfailed'))
    expect(message).toContain(
      'Microsoft.KeyVault/vaults/deploy/action on /subscriptions/ccfebd33-45cd-4e22-9389-98982441aa5d/',
    )
    expect(printFix(fix)).toContain('--role Reader')
  })

  it('without a message names the requested action', () => {
    const read = { ...attempt, action: 'Microsoft.ContainerRegistry/registries/read' }
    const { message, fix } = explain(restError(403, { error: { code: 'AuthorizationFailed' } }), read)
    expect(message).toContain(`Microsoft.ContainerRegistry/registries/read on ${attempt.scope}`)
    expect(fix.commands.join()).toContain(`--role Reader --scope ${attempt.scope}`)
  })

  it('by a condition says what it must allow, and shows the assignments of the identity, which it leaves alone', () => {
    const text =
      "The client 'a' with object id 'b' has an authorization with ABAC condition that is not fulfilled to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/s' or the scope is invalid."
    const { message, fix } = explain(answer(403, 'AuthorizationFailed', text))
    expect(message).toContain('the condition of its own role assignment')
    expect(fix.text).toContain('must allow the role (RoleDefinitionId)')
    expect(fix.commands).toEqual([expect.stringMatching(/^az role assignment list --assignee \S+ --scope [^|]*$/s)])
  })
})

describe('a refusal by a policy', () => {
  const assignment = `${attempt.scope.split('/').slice(0, 3).join('/')}/providers/Microsoft.Authorization/policyAssignments/no-acr`
  // Azure/azure-powershell issue 14563.
  const text =
    `Resource 'contosoacr' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"No registries","id":"${assignment}"},` +
    `"policyDefinition":{"name":"Not allowed","id":"/providers/Microsoft.Authorization/policyDefinitions/6c112d4e"}}]'.`

  it('quotes Azure, names the policy and does not advise to assign a role', () => {
    const { code, message, fix } = explain(answer(403, 'RequestDisallowedByPolicy', text))
    expect(code).toBe('POLICY_DENIED')
    expect(message).toContain(text)
    expect(fix.text).toContain('the policy No registries')
    expect(fix.commands).toEqual([
      `az policy assignment show --name no-acr --scope ${assignment.replace(/\/providers.*/, '')} --subscription ${assignment.split('/')[2] ?? ''}`,
    ])
  })

  it('puts only well-formed IDs into commands', () => {
    const hostile = text.replace('no-acr', 'x$(reboot)')
    expect(explain(answer(403, 'RequestDisallowedByPolicy', hostile)).fix.commands).toEqual([])
  })

  const reasons = `Resource 'contosoacr' was disallowed by policy. Reasons: 'Ask the platform team'. See error details for policy resource IDs.`
  const refuse = (info: unknown, type = 'PolicyViolation') =>
    explain(
      restError(403, {
        error: { code: 'RequestDisallowedByPolicy', message: reasons, additionalInfo: [null, { type, info }] },
      }),
    )

  it('with a message of its own is named in the details', () => {
    const info = { policyAssignmentDisplayName: 'No registries', policyAssignmentId: assignment }
    const { message, fix } = refuse(info)
    expect(message).toContain(reasons)
    expect(fix.text).toContain('the policy No registries')
    expect(fix.commands).toEqual([expect.stringContaining('az policy assignment show --name no-acr ')])
    expect(refuse({ policyAssignmentName: 'no-acr' }).fix).toMatchObject({
      text: expect.stringContaining('the policy no-acr') as string,
      commands: [],
    })
    expect(refuse({ ...info, policyAssignmentId: `${assignment}$(reboot)` }).fix.commands).toEqual([])
  })

  it.each([[null], ['text'], [{ policyAssignmentDisplayName: 7, policyAssignmentId: {} }]])(
    'can have other details: %j',
    info => {
      expect(refuse(info).fix).toMatchObject({ commands: [] })
    },
  )

  it('is not read from details of another type', () => {
    expect(refuse({ policyAssignmentDisplayName: 'Other' }, 'Other').fix.text).not.toContain('Other')
  })
})

describe('a scope in a refusal', () => {
  it('becomes part of a command only if it is well-formed', () => {
    const text = (scope: string) =>
      `The client 'a' with object id 'b' does not have authorization to perform action 'x/read' over scope '${scope}' or the scope is invalid.`
    const commandFor = (scope: string) => explain(answer(403, 'AuthorizationFailed', text(scope))).fix.commands[0]
    const source = '/subscriptions/1/resourceGroups/rg-(prod)/providers/Microsoft.ContainerRegistry/registries/source'
    expect(commandFor(source)).toContain(`--scope "${source}"`)
    expect(commandFor('/subscriptions/1; reboot')).toContain(`--scope ${attempt.scope}`)
  })

  it.each(['/subscriptions/11111111-2222-4333-8444-555555555555', '/'])(
    'is never wider than the resource that the request is about: %s',
    wide => {
      const message = `The client 'a' with object id 'b' does not have authorization to perform action 'x/read' over scope '${wide}'.`
      const [command] = explain(answer(403, 'AuthorizationFailed', message)).fix.commands
      expect(command).toContain(`--scope ${attempt.scope}`)
    },
  )

  it.each(['/subscriptions/1', '/subscriptions/1/resourceGroups/rg', '/subscriptions'])(
    'of a list has no command, because the resource is not known: %s',
    scope => {
      const asked = { ...attempt, scope, action: 'Microsoft.ContainerRegistry/registries/read' }
      const { commands, text } = explain(answer(403, 'AuthorizationFailed', 'No.'), asked).fix
      expect(commands).toEqual([])
      expect(text).toContain('Give the resource by its resource ID')
    },
  )

  it('can be a resource group if the request is about it', () => {
    const asked = {
      ...attempt,
      scope: '/subscriptions/1/resourceGroups/rg',
      action: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    }
    const [command] = explain(answer(403, 'AuthorizationFailed', 'No.'), asked).fix.commands
    expect(command).toContain('--scope /subscriptions/1/resourceGroups/rg ')
  })
})

describe('a text of 200,000 spaces', () => {
  it('is cut before it is matched', () => {
    const before = process.cpuUsage()
    const { message, azure } = explain(answer(403, 'AuthorizationFailed', `No.${' '.repeat(200_000)}x`))
    expect(message.length + (azure?.message.length ?? 0)).toBeLessThan(10_000)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(5000)
  })
})

describe('any other failure', () => {
  const asking = (thrown: unknown) => askArm(attempt, attempt, () => Promise.reject(thrown as Error))

  it('can be a failed connection', () => {
    const error = explain(new RestError('connect ECONNREFUSED 127.0.0.1:443', { code: 'ECONNREFUSED' }))
    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', azure: { code: 'ECONNREFUSED' }, recovers: false })
    expect(error.kind).toBe('open')
  })

  it('passes through if the job was cancelled', async () => {
    const abort = new DOMException('aborted', 'AbortError')
    await expect(asking(abort)).rejects.toBe(abort)
    expect(toActionError(abort).code).toBe('CANCELLED')
  })

  it('passes through if it is an ActionError', async () => {
    const error = new ActionError('SCOPE_LOCKED', 'locked')
    await expect(asking(error)).rejects.toBe(error)
  })

  it.each([new TypeError('x is undefined'), 'text', undefined])(
    'can be an answer that the SDK cannot parse: %o',
    async thrown => {
      await expect(asking(thrown)).rejects.toMatchObject({ code: 'AZURE_UNAVAILABLE', subject: 'contosoacr' })
    },
  )
})
