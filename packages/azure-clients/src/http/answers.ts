/** The action adds it to an answer if Azure may have carried out an earlier try of the same request. */
export const repeatedHeader = 'x-attach-acr-repeated'

/** Headers that identify an answer as Azure's: Resource Manager and registries send the first two, Microsoft Graph the third (recorded). */
export const azureHeaders = ['x-ms-request-id', 'x-ms-correlation-request-id', 'request-id']

const bodies = new WeakMap<object, string>()

/** Keeps the body of a refusal, because newer SDK packages leave it out of the error. */
export function keepRefusal(request: object, body: string): void {
  bodies.set(request, body)
}

/** The body of a request's refusal; undefined if there is none. */
export function readRefusal(request: object | undefined): string | undefined {
  return request && bodies.get(request)
}
