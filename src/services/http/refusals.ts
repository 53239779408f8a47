const bodies = new WeakMap<object, string>()

/** The text of each refusal, by its request, because newer SDK packages leave it out of the error. */
export function keepRefusal(request: object, body: string): void {
  bodies.set(request, body)
}

/** The text with which a request was refused; undefined where it was not refused, or the answer had no body. */
export function readRefusal(request: object | undefined): string | undefined {
  return request && bodies.get(request)
}
