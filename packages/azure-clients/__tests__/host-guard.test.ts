import { createHttpHeaders, createPipelineRequest, type SendRequest } from '@azure/core-rest-pipeline'
import { describe, expect, it, vi } from 'vitest'
import { createHostGuard } from '../src/http/client.js'

const next = vi.fn<SendRequest>(request => Promise.resolve({ request, status: 200, headers: createHttpHeaders() }))

const send = (url: string) =>
  createHostGuard('https://management.azure.com').sendRequest(createPipelineRequest({ url }), next)

describe('a request with a token', () => {
  it.each([
    'https://management.azure.com/subscriptions',
    'https://MANAGEMENT.azure.com/subscriptions',
    'https://westeurope.management.azure.com/operations/1',
  ])('is sent to %s', async url => {
    expect((await send(url)).status).toBe(200)
  })

  it.each([
    'https://evilmanagement.azure.com/subscriptions',
    'https://management.azure.com.evil.example/subscriptions',
    'https://management.azure.com@evil.example/subscriptions',
    'https://evil.example/management.azure.com',
    'https://azure.com/subscriptions',
    'https://management.azure.com:8443/subscriptions',
    'http://management.azure.com/subscriptions',
  ])('is not sent to %s', async url => {
    next.mockClear()
    await expect(send(url)).rejects.toMatchObject({ name: 'RestError', code: undefined })
    expect(next).not.toHaveBeenCalled()
  })
})
