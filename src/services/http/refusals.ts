const bodies = new WeakMap<object, string>()

/** Keeps what a refusal says for as long as its request is remembered: newer SDK packages make an error of it without its text. */
export function keepRefusal(request: object, body: string): void {
  bodies.set(request, body)
}

/** What the refusal of a request said; undefined where there was none, or it had no body. */
export function readRefusal(request: object | undefined): string | undefined {
  return request && bodies.get(request)
}
