import { type PipelinePolicy, type PipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline'
import type { Clock } from '../../model/time.js'

/**
 * How long parts of Azure may not know what was made a moment ago, in milliseconds: Azure Resource Manager answers from replicas that follow each
 * other (learn.microsoft.com/azure/role-based-access-control/troubleshooting), and Terraform waits through 404 alike (terraform-provider-azurerm,
 * role_assignment_resource.go).
 */
const unknownMs = 60_000

const firstPauseMs = 500

const longestPauseMs = 5000

const never = new AbortController().signal

/**
 * Asks again where Azure reports as missing what it has just reported as created: the resource of a PUT, what is below it, the role
 * assignments of which it is one, and the operation that creates it; and the operation of a POST, as that of an import.
 */
export function createPatienceWithNew(clock: Clock): PipelinePolicy {
  /** Until when a path may be unknown, in milliseconds since the epoch. */
  const made = new Map<string, number>()
  const remember = (url: string, now: number): void => void made.set(pathOf(url), now + unknownMs)
  return {
    name: 'attachAcrPatienceWithNew',
    async sendRequest(request, next) {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
        const response = await next(request)
        const now = clock.now()
        for (const url of madeBy(request, response)) remember(url, now)
        if (response.status !== 404 || now + pauseMs > patienceFor(pathOf(request.url), made)) return response
        await clock.sleep(pauseMs, (request.abortSignal as AbortSignal | undefined) ?? never)
      }
    },
  }
}

/** What an answer says that there is from now on. */
function madeBy({ method, url }: PipelineRequest, response: PipelineResponse): string[] {
  const { status } = response
  if (method === 'PUT' && [201, 202].includes(status)) return [url, ...operationsOf(response)]
  return method === 'POST' && status === 202 ? operationsOf(response) : []
}

/** Where Azure tells how an operation stands. */
function operationsOf({ headers }: PipelineResponse): string[] {
  return ['azure-asyncoperation', 'location'].flatMap(name => headers.get(name) ?? [])
}

/** Until when a 404 on a path is retried, in milliseconds since the epoch; 0 where nothing in it is new. */
function patienceFor(path: string, made: ReadonlyMap<string, number>): number {
  return Math.max(
    0,
    ...[...made].flatMap(([known, until]) =>
      path === known || path.startsWith(`${known}/`) || isListOf(path, known) ? until : [],
    ),
  )
}

/** Whether a path is that of the list of role assignments in which a new one will be. */
function isListOf(path: string, known: string): boolean {
  return path.endsWith('/roleassignments') && known.lastIndexOf('/') === path.length && known.startsWith(path)
}

/** In lower case, with one slash at the beginning (@azure/arm-authorization 9.0.0 sends two). */
function pathOf(url: string): string {
  return new URL(url).pathname.toLowerCase().replace(/^\/+/, '/')
}
