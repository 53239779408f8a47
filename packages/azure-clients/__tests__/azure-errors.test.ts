import { RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { ActionError, toActionError } from 'kernel'
import { restError } from '../../../__tests__/support/rest-error.js'
import { armRules, askArm } from '../src/arm/errors.js'
import { explainAnswer, type Attempt } from '../src/ask.js'

// What each answer of Azure is, and its words: refusals/.

const attempt: Attempt = {
  failure: 'It failed',
  subject: 'contosoacr',
  scope: '/subscriptions/1',
  action: 'x/read',
  caller: { type: 'ServicePrincipal', objectId: '99999999-2222-4333-8444-555555555555', name: 'gh-deployer' },
}

it('a text of 200,000 spaces is cut before it is matched', () => {
  const before = process.cpuUsage()
  const said = { code: 'AuthorizationFailed', message: `No.${' '.repeat(200_000)}x` }
  const { message, azure } = explainAnswer(restError(403, { error: said }), attempt, armRules)
  expect(message.length + (azure?.message.length ?? 0)).toBeLessThan(10_000)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(5000)
})

describe('any other failure', () => {
  const asking = (thrown: unknown) => askArm(attempt, attempt, () => Promise.reject(thrown as Error))

  it('passes through if the job was cancelled', async () => {
    const abort = new DOMException('aborted', 'AbortError')
    await expect(asking(abort)).rejects.toBe(abort)
    expect(toActionError(abort).code).toBe('CANCELLED')
  })

  it('passes through if it is an ActionError', async () => {
    const error = new ActionError('SCOPE_LOCKED', 'locked')
    await expect(asking(error)).rejects.toBe(error)
  })

  it.each([new TypeError('x is undefined'), 'text', undefined, new RestError('broken', { code: 'PARSE_ERROR' })])(
    'can be an answer that the SDK cannot parse: %o',
    async thrown => {
      await expect(asking(thrown)).rejects.toMatchObject({ code: 'AZURE_UNAVAILABLE', subject: 'contosoacr' })
    },
  )
})
