import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { armRules, explain } from '../../../src/services/arm/errors.js'

const attempt = {
  caller: { objectId: 'o', name: 'deployer', type: 'ServicePrincipal' as const },
  failure: 'The registry contosoacr could not be read',
  subject: 'contosoacr',
  scope: '/subscriptions/s',
  action: 'Microsoft.ContainerRegistry/registries/read',
}

const answer = (status: number, headers: Record<string, string> = {}, bodyAsText = '<html>no</html>'): RestError => {
  const request = createPipelineRequest({ url: 'https://management.azure.com/' })
  const response = { request, status, headers: createHttpHeaders(headers), bodyAsText }
  return new RestError('refused', { statusCode: status, request, response })
}

describe('an answer that does not come from Azure', () => {
  it.each([302, 307, 403, 407])('with HTTP %i is a network problem, not a missing permission', status => {
    const error = explain(answer(status), attempt, armRules)
    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', subject: 'contosoacr' })
    expect(error.fix.text).toContain(`HTTP ${status}`)
  })

  it('has neither a header nor a code that only Azure sends', () => {
    const body = JSON.stringify({ error: { code: 'AuthorizationFailed', message: 'no' } })
    for (const refusal of [answer(403, {}, body), answer(403, { 'x-ms-request-id': '1' })])
      expect(explain(refusal, attempt, armRules).code).toBe('AUTHORIZATION_FAILED')
  })
})
