const bodies = new WeakMap<object, string>()

/** Keeps the body of a refusal, because newer SDK packages leave it out of the error. */
export function keepRefusal(request: object, body: string): void {
  bodies.set(request, body)
}

/** The body of a request's refusal; undefined if there is none. */
export function readRefusal(request: object | undefined): string | undefined {
  return request && bodies.get(request)
}
