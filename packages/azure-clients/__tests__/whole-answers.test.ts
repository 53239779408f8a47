import { createHttpHeaders, createPipelineRequest, type HttpMethods } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { wholeAnswers } from '../src/http/whole-answers.js'

const arm = 'https://management.azure.com/subscriptions/1'

/** The answer to a request as the SDKs see it. */
function answerTo(method: HttpMethods, url: string, body: unknown, status = 200, headers = {}) {
  const request = createPipelineRequest({ method, url })
  const bodyAsText = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = { request, status, headers: createHttpHeaders(headers), bodyAsText }
  return wholeAnswers.sendRequest(request, () => Promise.resolve(answer))
}

describe('an answer', () => {
  it.each<[HttpMethods, string, unknown]>([
    ['GET', 'https://registry.contoso.com/oauth2/token?scope=x', { token: 'abc' }],
    ['GET', 'https://contosoacr.azurecr.io/oauth2/token?scope=x', { access_token: 'abc' }],
    ['POST', 'https://graph.microsoft.com/v1.0/groups/1/getMemberGroups', { value: [] }],
  ])('is whole: %s %s', async (method, url, body) => {
    expect((await answerTo(method, url, body)).status).toBe(200)
  })

  it.each<[HttpMethods, string, unknown]>([
    ['GET', 'https://contosoacr.azurecr.io/oauth2/token?scope=x', { token: '' }],
    ['POST', 'https://graph.microsoft.com/v1.0/groups/1/getMemberGroups', {}],
    ['GET', `${arm}/providers/Microsoft.ContainerRegistry/locations/westeurope/operations/1`, { status: 'Succeeded' }],
  ])('is lost: %s %s', async (method, url, body) => {
    await expect(answerTo(method, url, body)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

describe('an answer in another form', () => {
  const cluster = `${arm}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`
  const assignments = `${arm}/providers/Microsoft.Authorization/roleAssignments`
  const members = 'https://graph.microsoft.com/v1.0/groups/1/transitiveMembers'
  const page = '<!DOCTYPE html><html><body>Please sign in to the guest network</body></html>'
  const forms = ['', {}, [], { value: null }, '{"value":[{"id":"/subscr', { message: 'Blocked.' }, page]

  it.each([cluster, assignments, members].flatMap(url => forms.map(body => [url, body] as const)))(
    'is lost: %s %j',
    async (url, body) => {
      const html = body === page ? { 'content-type': 'text/html' } : {}
      await expect(answerTo('GET', url, body, 200, html)).rejects.toMatchObject({ code: 'ECONNRESET' })
    },
  )

  it.each([202, 204])('is lost if it is a list with the status %i', async status => {
    await expect(answerTo('GET', assignments, '', status)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it.each<[HttpMethods, number]>([
    ['DELETE', 200],
    ['PUT', 200],
    ['GET', 401],
    ['GET', 404],
  ])('is lost if it is a web page: %s %i', async (method, status) => {
    const answered = answerTo(method, `${assignments}/1`, page, status, { 'content-type': 'text/html' })
    await expect(answered).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

describe('the answer of an operation', () => {
  it.each([
    [202, 'location'],
    [201, 'azure-asyncoperation'],
  ])('is whole at whatever URL an answer of %s names in %s', async (status, header) => {
    const url = `${arm}/providers/Microsoft.ContainerRegistry/locations/westeurope/operations/${header}`
    const created = { id: '/subscriptions/1' }
    await answerTo('PUT', `${arm}/resourceGroups/rg`, created, status, { [header]: `${url}?t=1` })
    expect((await answerTo('GET', `${url}?t=2`, { status: 'Succeeded' })).status).toBe(200)
  })
})

describe('an answer of 404', () => {
  const cluster = `${arm}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-1`
  const headers = { 'x-ms-request-id': '1', 'x-ms-correlation-request-id': '1' }
  const own = { error: { code: 'ResourceNotFound', message: 'No.' } }

  it.each<[string, unknown, object]>([
    ['nothing', undefined, {}],
    ["nothing, with Azure's headers", undefined, headers],
    ['an error without a code', { message: 'no route' }, headers],
  ])('is lost with %s: a gateway can send it', async (_, body, more) => {
    await expect(answerTo('GET', cluster, body, 404, more)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it.each([{}, headers])("counts with Azure's own code: %j", async more => {
    expect((await answerTo('GET', cluster, own, 404, more)).status).toBe(404)
  })
})
