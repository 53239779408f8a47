import { expect, it } from 'vitest'
import { oneLine, readAzureAnswer, refusedBodies } from '../src/http/answers.js'

const failure = (message: string, more: object) => Object.assign(new Error(message), { name: 'RestError', ...more })

it('explains a refusal by its body, and a lost answer by its own reason, even if an earlier try was refused', () => {
  const request = {}
  refusedBodies.set(request, JSON.stringify({ error: { code: 'ResourceRequestsThrottled', message: 'Too many.' } }))
  const refused = readAzureAnswer(failure('(empty)', { request, statusCode: 429 }))
  expect(refused).toEqual({ status: 429, code: 'ResourceRequestsThrottled', message: 'Too many.' })
  const lost = readAzureAnswer(failure('read ECONNRESET', { request, code: 'ECONNRESET' }))
  expect(lost).toEqual({ code: 'ECONNRESET', message: 'read ECONNRESET' })
})

it('can have a message that is not a text, as the SDK takes it from any JSON', () => {
  const body = JSON.stringify({ error: { code: {}, message: ['Bad', 'request'] } })
  const error = Object.assign(failure('', { statusCode: 400, response: { bodyAsText: body } }), {
    message: ['Bad', 'request'],
  })
  expect(readAzureAnswer(error)).toMatchObject({ status: 400, message: '["Bad","request"]' })
})

it('is the body if the SDK makes a text of a message that is an object', () => {
  const bodyAsText = JSON.stringify({ error: { code: 4711, message: { en: 'blocked' } } })
  const error = failure(String({}), { statusCode: 400, response: { bodyAsText } })
  expect(readAzureAnswer(error).message).toBe(bodyAsText)
})

it('is not shown if it is an object without members', () => {
  const error = failure('{}', { statusCode: 500, response: { bodyAsText: '{}' } })
  expect(readAzureAnswer(error).message).toBe('something between the runner and Azure answered (HTTP 500)')
})

it('is put on one line', () => {
  expect(oneLine('a\r\n\r\n  b  \nc\n')).toBe('a b c')
})
