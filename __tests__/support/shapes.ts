/** An exchange as it was recorded from Azure; see `simulator/recorded/README.md`. */
export interface Recording {
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
}

/** An answer to be compared with a recorded one. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Headers that a client acts on. */
const headers = ['content-type', 'location', 'azure-asyncoperation', 'retry-after', 'x-ms-failure-cause'] as const

/** Where an answer differs in shape from the recorded one: status, headers that matter, keys and types. One line each. */
export function compareShapes({ response }: Recording, answered: Answered): string[] {
  const status =
    response.status === answered.status ? [] : [`status: recorded ${response.status}, answered ${answered.status}`]
  const wasQuoted = Object.keys(response.headers).length === 0 && response.status >= 400
  const found = headers.flatMap(name =>
    wasQuoted ? [] : compareHeader(name, response.headers[name], answered.headers[name]),
  )
  const recorded = shapeOf(response.body === '' ? undefined : response.body)
  const ours = shapeOf(answered.text === '' ? undefined : JSON.parse(answered.text))
  return [...status, ...found, ...compareBodies(recorded, ours)]
}

function compareHeader(name: string, recorded: string | undefined, answered: string | string[] | undefined): string[] {
  if (recorded === undefined || answered === undefined) {
    return recorded === answered ? [] : [`${name}: only ${recorded === undefined ? 'answered' : 'recorded'}`]
  }
  const isSame = name === 'content-type' || name === 'x-ms-failure-cause' ? recorded === answered : true
  return isSame ? [] : [`${name}: recorded ${recorded}, answered ${String(answered)}`]
}

type Shape = ReadonlyMap<string, ReadonlySet<string>>

function compareBodies(recorded: Shape, answered: Shape): string[] {
  const missing = [...recorded.keys()].filter(path => !answered.has(path)).map(path => `${path}: only recorded`)
  const extra = [...answered.keys()].filter(path => !recorded.has(path)).map(path => `${path}: only answered`)
  const others = [...recorded].flatMap(([path, types]) => {
    const ours = answered.get(path)
    // What was empty where it was recorded may be anything.
    if (ours === undefined || types.has('null') || ours.has('null')) return []
    return [...ours].every(type => types.has(type))
      ? []
      : [`${path}: recorded ${[...types].join('|')}, answered ${[...ours].join('|')}`]
  })
  return [...missing, ...extra, ...others].filter(line => !isBelowAnother(line, [...missing, ...extra]))
}

/** Of a branch that only one side has, its top says enough. */
const isBelowAnother = (line: string, all: readonly string[]): boolean =>
  all.some(other => line.startsWith(`${other.slice(0, other.indexOf(':'))}/`))

/** Every path in a value and the types found there; elements of a list are one, and so are keys that are IDs or images. */
function shapeOf(value: unknown, path = 'body', shape = new Map<string, Set<string>>()): Shape {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  if (type === 'undefined') return shape
  shape.set(path, (shape.get(path) ?? new Set()).add(type))
  if (Array.isArray(value)) {
    for (const item of value) shapeOf(item, `${path}/*`, shape)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) shapeOf(inner, `${path}/${/[/:]/.test(key) ? '*' : key}`, shape)
  }
  return shape
}
