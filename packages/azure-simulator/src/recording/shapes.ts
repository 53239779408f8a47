/** An exchange recorded from Azure; see `simulator/recorded/README.md`. */
export interface Recording {
  readonly source: string
  /** Milliseconds from the start of the recording to the request, and from there to its answer. */
  readonly atMs?: number
  readonly durationMs?: number
  readonly request: {
    readonly method: string
    readonly url: string
    /** Headers that change the answer; tokens are replaced by their number. */
    readonly headers?: Readonly<Record<string, string>>
    readonly body: unknown
  }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
    /** The names and types of the claims of tokens in the body, by the property that holds the token. */
    readonly claims?: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
}

/** An answer to compare with a recorded one. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Headers that clients act on. */
const headers = ['content-type', 'location', 'azure-asyncoperation', 'retry-after', 'x-ms-failure-cause'] as const

/**
 * How an answer's shape differs from the recorded one, one line per difference: status, headers that matter, keys and
 * types.
 */
export function compareShapes({ source, response }: Recording, answered: Answered): string[] {
  const status =
    response.status === answered.status ? [] : [`status: recorded ${response.status}, answered ${answered.status}`]
  const wasQuoted = Object.keys(response.headers).length === 0 && response.status >= 400
  // azure-cli's recorder removes this header (azure-cli-testsdk, base.py, FILTER_HEADERS).
  const isRemoved = (name: string): boolean =>
    name === 'retry-after' && source.startsWith('src/azure-cli/') && !response.headers[name]
  const found = headers.flatMap(name =>
    wasQuoted || isRemoved(name) ? [] : compareHeader(name, response.headers[name], answered.headers[name]),
  )
  const recorded = shapeOf(response.body === '' ? undefined : response.body)
  const ours = shapeOf(answered.text === '' ? undefined : (parse(answered.text) ?? answered.text))
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
    // Values that were empty in the recording can be anything.
    if (ours === undefined || types.has('null') || ours.has('null')) return []
    return [...ours].every(type => types.has(type))
      ? []
      : [`${path}: recorded ${[...types].join('|')}, answered ${[...ours].join('|')}`]
  })
  return [...missing, ...extra, ...others].filter(line => !isBelowAnother(line, [...missing, ...extra]))
}

/** If a whole branch is missing on one side, only its top is reported. */
const isBelowAnother = (line: string, all: readonly string[]): boolean =>
  all.some(other => line.startsWith(`${other.slice(0, other.indexOf(':'))}/`))

/**
 * Every path in a value with the types found there. Elements of a list share one path, as do keys that are IDs or
 * images.
 */
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

/** How a refusal differs: its code, or its text without names and IDs. */
export function compareErrors({ response }: Recording, { text }: Answered): string[] {
  const [recorded, answered] = [errorOf(response.body), errorOf(parse(text))]
  if (recorded === undefined || answered === undefined) return []
  return (['code', 'message'] as const).flatMap(name => {
    const [was, is] = [plain(recorded[name]), plain(answered[name])]
    return was === is ? [] : [`error ${name}: recorded ${String(recorded[name])}, answered ${String(answered[name])}`]
  })
}

/** Headers that only some services send, with names and numbers as values. */
const serviceHeaders = ['www-authenticate', 'docker-content-digest', 'link', 'x-ms-user-quota-remaining'] as const

/** Such headers that only one side has. */
export const compareServiceHeaders = ({ response }: Recording, { headers: answered }: Answered): string[] =>
  serviceHeaders.flatMap(name => {
    const [was, is] = [response.headers[name] !== undefined, answered[name] !== undefined]
    return was === is ? [] : [`${name}: only ${was ? 'recorded' : 'answered'}`]
  })

/** Differences in the tokens' claims. */
export function compareClaims(
  { response: { claims = {} } }: Recording,
  answered: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string[] {
  return Object.entries(claims).flatMap(([property, recorded]) => {
    const ours = answered[property] ?? {}
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(ours)])]
    return names.flatMap(name => {
      const [was, is] = [recorded[name], ours[name]]
      if (was === is) return []
      const text =
        was === undefined || is === undefined
          ? `only ${was === undefined ? 'answered' : 'recorded'}`
          : `recorded ${was}, answered ${is}`
      return [`claim ${name} of ${property}: ${text}`]
    })
  })
}

interface ErrorText {
  readonly code?: unknown
  readonly message?: unknown
}

/** Azure Resource Manager and Graph use `error`, registries `errors`, and Entra a code with a description. */
function errorOf(body: unknown): ErrorText | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { error, errors, error_description } = body as {
    error?: ErrorText | string
    errors?: readonly ErrorText[]
    error_description?: string
  }
  // Entra appends the time and trace IDs to the text.
  if (typeof error === 'string') return { code: error, message: error_description?.split(/\s*Trace ID:/)[0] }
  return error ?? errors?.[0]
}

/** A text without values that differ between worlds: quoted text, IDs and numbers. */
const plain = (value: unknown): string =>
  String(value)
    .replace(/[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/gi, '…')
    .replace(/'[^']*'/g, "'…'")
    .replace(/\d+/g, '…')

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
