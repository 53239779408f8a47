import type { PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'

/**
 * Paths of the operations that Azure has named for polling. The form of their URLs is each service's own, and a client must not rely on it
 * (github.com/Azure/azure-resource-manager-rpc, Addendum.md, "Asynchronous Operations").
 */
const operations = new Set<string>()

/** Remembers the operation that an answer names, if it is about one that is running. */
export function noteOperation({ status, headers }: PipelineResponse): void {
  // With 201, `location` can be the URL of the resource itself.
  const names = ['azure-asyncoperation', 'operation-location', ...(status === 202 ? ['location'] : [])]
  for (const name of names) {
    const url = headers.get(name) ?? ''
    if (URL.canParse(url)) operations.add(pathOf(url))
  }
}

/** Whether a request polls an operation. */
export function isPoll({ method, url }: Pick<PipelineRequest, 'method' | 'url'>): boolean {
  return method === 'GET' && (/\/operation(Results|Statuses)\//i.test(url) || operations.has(pathOf(url)))
}

/** The URLs for polling an operation. */
export function operationsOf({ headers }: PipelineResponse): string[] {
  return ['azure-asyncoperation', 'location'].flatMap(name => headers.get(name) ?? [])
}

/** In lower case, with one leading slash (@azure/arm-authorization 9.0.0 sends two). */
export function pathOf(url: string): string {
  return new URL(url).pathname.toLowerCase().replace(/^\/+/, '/')
}
