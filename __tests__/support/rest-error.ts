import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline'

/** Creates an error as thrown by the Azure SDK for an answer: JSON, or a raw text. */
export function restError(status: number, body: unknown, headers: Record<string, string> = {}): RestError {
  const request = createPipelineRequest({ url: 'https://management.azure.com' })
  const bodyAsText = typeof body === 'string' ? body : JSON.stringify(body)
  const parsed = typeof body === 'string' ? undefined : (body as { error?: { code?: string; message?: string } }).error
  return new RestError(parsed?.message ?? bodyAsText, {
    statusCode: status,
    ...(parsed?.code && { code: parsed.code }),
    request,
    response: { request, status, headers: createHttpHeaders(headers), bodyAsText },
  })
}
