import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import type { Clock } from 'kernel'
import { policy } from './answers.js'
import { signalOf } from './client.js'

/**
 * How long a new resource can be missing from answers, in milliseconds: the replicas of Azure Resource Manager lag behind
 * (learn.microsoft.com/azure/role-based-access-control/troubleshooting). Terraform retries on 404, too (terraform-provider-azurerm,
 * role_assignment_resource.go).
 */
const unknownMs = 60_000

const firstPauseMs = 500

const maxPauseMs = 5000

/**
 * Retries when Azure answers 404 for something that it has just created: the resource of a PUT, anything below it, the list of role assignments that
 * it belongs to, and its operation; also the operation of a POST, such as an import. Not for a new role assignment itself: it is only read after a whole
 * wait for the list, to find out whether it is there.
 */
export function createPatienceWithNew(clock: Clock): PipelinePolicy {
  /** By path: until when a 404 is retried, in milliseconds since the epoch. */
  const made = new Map<string, number>()
  const remember = (url: string, now: number): void => void made.set(pathOf(url), now + unknownMs)
  return policy('PatienceWithNew', async (request, next) => {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
      const response = await next(request)
      const now = clock.now()
      for (const url of madeBy(request, response)) remember(url, now)
      if (response.status !== 404 || now + pauseMs > patienceFor(pathOf(request.url), made)) return response
      await clock.sleep(pauseMs, signalOf(request))
    }
  })
}

/** The URLs of what a request created. */
function madeBy({ method, url }: PipelineRequest, response: PipelineResponse): string[] {
  const { status } = response
  if (method === 'PUT' && [201, 202].includes(status)) return [url, ...operationsOf(response)]
  return method === 'POST' && status === 202 ? operationsOf(response) : []
}

/** When to stop retrying a 404, in milliseconds since the epoch; 0 if the path names nothing new. */
function patienceFor(path: string, made: ReadonlyMap<string, number>): number {
  return Math.max(
    0,
    ...[...made].flatMap(([known, until]) =>
      (path === known && !roleAssignment.test(path)) || path.startsWith(`${known}/`) || isListOf(path, known)
        ? until
        : [],
    ),
  )
}

const roleAssignment = /\/roleassignments\/[^/]+$/

/** Whether a path is the list that a new role assignment belongs to. */
function isListOf(path: string, known: string): boolean {
  return path.endsWith('/roleassignments') && known.lastIndexOf('/') === path.length && known.startsWith(path)
}

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
